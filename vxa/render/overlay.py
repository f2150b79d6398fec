"""A picture and a map become one picture: masked, grey, heat, threshold mask, cut-out.

Maps may have any size; they are brought to the picture's. Knows nothing of layers, tokens or models, and never rescales
values: 1 means 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.render.colormaps import color_table
from vxa.render.scale import upscale
from vxa.render.validation import checked_fraction, checked_picture, checked_size

_FULL = np.float32(255)


def masked(picture: NDArray[np.uint8], map_yx: NDArray[np.floating], *, mode: str = "nearest") -> Image.Image:
    """Darken a picture where the map is low: every channel times the map.

    Args:
        picture: Shape (height, width, 3), uint8. Not modified.
        map_yx: Shape (y, x), float, in [0, 1].
        mode: How the map is scaled; "nearest" shows its blocks, as the original VXA does.

    Returns:
        RGB image of the picture's size; rounded to the nearest level (the original cut the fraction off).

    Raises:
        ShapeError: If the map does not have two axes.
        PictureError: If the picture is not uint8 of shape (height, width, 3).
        ConfigError: If the mode is unknown or a map value is not in [0, 1].
    """
    scaled_yx = _fitted(picture, map_yx, mode)
    return Image.fromarray(_rounded(picture.astype(np.float32) * scaled_yx[:, :, None]))


def grey(map_yx: NDArray[np.floating], size: tuple[int, int], *, mode: str = "nearest") -> Image.Image:
    """Show the map alone, black at 0 and white at 1.

    Args:
        map_yx: Shape (y, x), float, in [0, 1].
        size: (height, width) in pixels.
        mode: How the map is scaled; "nearest" shows its blocks, as the original VXA does.

    Returns:
        Greyscale image (mode L), values round(255 · map).

    Raises:
        ShapeError: If the map does not have two axes.
        ConfigError: If the mode is unknown, the size not two whole numbers from 1, or a map value not in [0, 1].
    """
    height, width = checked_size(size)
    return Image.fromarray(_rounded(upscale(map_yx, height, width, mode) * _FULL))


def heat(
    picture: NDArray[np.uint8],
    map_yx: NDArray[np.floating],
    *,
    colormap: str = "turbo",
    opacity: float = 0.6,
    mode: str = "bicubic",
) -> Image.Image:
    """Lay the coloured map over the picture: (1 - opacity) · picture + opacity · colour.

    Args:
        picture: Shape (height, width, 3), uint8. Not modified.
        map_yx: Shape (y, x), float, in [0, 1].
        colormap: One of `COLORMAPS`.
        opacity: In [0, 1]; 0 shows the picture alone, 1 the colours alone.
        mode: How the map is scaled.

    Returns:
        RGB image of the picture's size.

    Raises:
        ShapeError: If the map does not have two axes.
        PictureError: If the picture is not uint8 of shape (height, width, 3).
        ConfigError: If the colour map or mode is unknown, or the opacity or a map value is not in [0, 1].
    """
    opacity = checked_fraction("an opacity", opacity)
    table = color_table(colormap)
    indices_yx = _rounded(_fitted(picture, map_yx, mode) * _FULL)
    # Weighting 256 colours once is cheaper than weighting every pixel's colour.
    weighted_table = table.astype(np.float32) * np.float32(opacity)
    mixed = picture.astype(np.float32)
    mixed *= np.float32(1.0 - opacity)
    mixed += weighted_table.take(indices_yx, axis=0)
    return Image.fromarray(_rounded(mixed))


def threshold_mask(
    map_yx: NDArray[np.floating], size: tuple[int, int], threshold: float, *, mode: str = "bicubic"
) -> Image.Image:
    """Mark where the map is above the threshold, as an inpainting mask.

    The map is scaled first and then cut, so that the border follows the heat overlay and not the cells.

    Args:
        map_yx: Shape (y, x), float, in [0, 1].
        size: (height, width) in pixels.
        threshold: In [0, 1]; strictly above it is white, so 1 gives an empty mask.
        mode: How the map is scaled.

    Returns:
        Greyscale image (mode L) of 0 and 255 only.

    Raises:
        ShapeError: If the map does not have two axes.
        ConfigError: If the mode is unknown, the size not two whole numbers from 1, or the threshold or a map value
            not in [0, 1].
    """
    height, width = checked_size(size)
    threshold = checked_fraction("a threshold", threshold)
    above_yx = upscale(map_yx, height, width, mode) > threshold
    return Image.fromarray(above_yx.astype(np.uint8) * np.uint8(255))


def cutout(
    picture: NDArray[np.uint8],
    map_yx: NDArray[np.floating],
    *,
    threshold: float | None = None,
    mode: str = "bicubic",
) -> Image.Image:
    """Cut the word's pixels out of the picture onto transparency.

    Args:
        picture: Shape (height, width, 3), uint8. Not modified; its colours are kept under transparent pixels too.
        map_yx: Shape (y, x), float, in [0, 1].
        threshold: In [0, 1]: strictly above it is opaque, the rest transparent. None takes the map itself as alpha.
        mode: How the map is scaled.

    Returns:
        RGBA image of the picture's size.

    Raises:
        ShapeError: If the map does not have two axes.
        PictureError: If the picture is not uint8 of shape (height, width, 3).
        ConfigError: If the mode is unknown, or the threshold or a map value is not in [0, 1].
    """
    scaled_yx = _fitted(picture, map_yx, mode)
    if threshold is not None:
        scaled_yx = (scaled_yx > checked_fraction("a threshold", threshold)).astype(np.float32)
    return Image.fromarray(np.dstack([picture, _rounded(scaled_yx * _FULL)]))


def _fitted(picture: NDArray[np.uint8], map_yx: NDArray[np.floating], mode: str) -> NDArray[np.float32]:
    height, width, _ = checked_picture(picture).shape
    return upscale(map_yx, height, width, mode)


def _rounded(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Nearest level, ties to even; the values are ours and fresh, so the rounding is done in place."""
    return np.rint(values, out=values).astype(np.uint8)
