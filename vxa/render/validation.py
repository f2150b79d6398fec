"""Checks at the door of rendering: a map, a picture, a size or a number is right, or a VxaError says why not.

Knows arrays, images and numbers only; nothing here draws.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.core.errors import ConfigError, PictureError, ShapeError

# Interpolating and dividing in float32 may leave [0, 1] by a few units in the last place.
ROUNDING = 1e-5


def checked_map(map_yx: object) -> NDArray[np.float32]:
    """Return the map as float32 in exactly [0, 1], or say what is wrong with it.

    Args:
        map_yx: Shape (y, x), any float dtype, values in [0, 1] up to float32 rounding (1e-5). Not modified.

    Returns:
        Shape (y, x), float32, contiguous; possibly the argument itself.

    Raises:
        ShapeError: If it is not an array with two axes of at least one cell each.
        ConfigError: If the dtype is no float dtype, or a value is NaN, infinite or outside [0, 1].
    """
    if not isinstance(map_yx, np.ndarray):
        raise ShapeError("a map as a numpy array of shape (y, x)", got=type(map_yx).__name__)
    if map_yx.ndim != 2 or 0 in map_yx.shape:
        raise ShapeError(
            "a map of shape (y, x) with at least one cell",
            got=f"shape {map_yx.shape}",
            remedy="Pick one token and one layer, or average over the other axes first.",
        )
    if map_yx.dtype.kind != "f":
        raise ConfigError(
            "a map of floating-point values in [0, 1]",
            got=f"dtype {map_yx.dtype}",
            remedy="Convert it with map.astype('float32'), divided by 255 if it is an 8-bit image.",
        )
    lowest, highest = float(map_yx.min()), float(map_yx.max())
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        num_bad = int(np.count_nonzero(~np.isfinite(map_yx)))
        raise ConfigError(
            "a map of finite values in [0, 1]",
            got=f"NaN or infinity in {num_bad} of {map_yx.size} cells",
            remedy="The model produced them: try float32 instead of float16, or another VAE.",
        )
    if lowest < -ROUNDING or highest > 1 + ROUNDING:
        raise ConfigError(
            "map values in [0, 1]",
            got=f"values from {lowest:g} to {highest:g}",
            remedy="Scale the map first, for instance by its maximum.",
        )
    map_yx = np.ascontiguousarray(map_yx, dtype=np.float32)
    return np.clip(map_yx, 0.0, 1.0) if lowest < 0 or highest > 1 else map_yx


def checked_picture(picture: object) -> NDArray[np.uint8]:
    """Return the picture if it is uint8 of shape (y, x, 3) with at least one pixel.

    Raises:
        PictureError: Otherwise.
    """
    remedy = "Convert any Pillow image with vxa.render.rgb_array(image)."
    if not isinstance(picture, np.ndarray):
        raise PictureError("a picture as a uint8 array (height, width, 3)", got=type(picture).__name__, remedy=remedy)
    if picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise PictureError("a picture of shape (height, width, 3)", got=f"shape {picture.shape}", remedy=remedy)
    if picture.dtype != np.uint8:
        raise PictureError("a picture of dtype uint8, values 0 to 255", got=f"dtype {picture.dtype}", remedy=remedy)
    return picture


def checked_image(what: str, image: object) -> Image.Image:
    """Return the Pillow image if it has at least one pixel.

    Args:
        what: Where the image belongs, for the message.
        image: What was handed over.

    Raises:
        PictureError: If it is no Pillow image or has no pixel.
    """
    if not isinstance(image, Image.Image):
        got = "nothing" if image is None else type(image).__name__
        raise PictureError(f"a Pillow image {what}", got=got, remedy="Choose a picture first.")
    width, height = image.size
    if width < 1 or height < 1:
        raise PictureError(f"a picture of at least one pixel {what}", got=f"{width} × {height} (width × height)")
    return image


def checked_size(size: Sequence[object]) -> tuple[int, int]:
    """Return (height, width) in pixels as two ints.

    Raises:
        ConfigError: If there are not two whole numbers of at least 1.
    """
    if len(size) != 2:
        raise ConfigError("a size (height, width)", got=repr(size))
    return checked_count("a height in pixels", size[0]), checked_count("a width in pixels", size[1])


def checked_count(name: str, value: object) -> int:
    """Return `value` as an int.

    Args:
        name: What is counted, for the message.
        value: A whole number of at least 1, Python's or numpy's.

    Raises:
        ConfigError: If it is anything else.
    """
    if type(value) is bool or not isinstance(value, numbers.Integral) or int(value) < 1:
        raise ConfigError(f"{name}, a whole number from 1", got=repr(value))
    return int(value)


def checked_fraction(name: str, value: object) -> float:
    """Return `value` as a float in [0, 1].

    Args:
        name: What the value is, for the message.
        value: A real number.

    Raises:
        ConfigError: If it is no number, NaN, or outside [0, 1].
    """
    if type(value) is bool or not isinstance(value, numbers.Real) or not 0.0 <= float(value) <= 1.0:
        raise ConfigError(f"{name} from 0 to 1", got=repr(value))
    return float(value)
