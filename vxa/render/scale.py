"""Bring a map to the size of a picture.

The display counterpart of `vxa.core.resize`: numpy and Pillow instead of torch, always within [0, 1]. Figures that are
measured are resized in core; here the eye is served.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.core.errors import ConfigError, did_you_mean
from vxa.render.validation import checked_map, checked_size

SCALE_MODES = ("nearest", "bilinear", "bicubic")
"""How a map can be brought to another size."""

_RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def upscale(map_yx: NDArray[np.floating], height: int, width: int, mode: str = "bicubic") -> NDArray[np.float32]:
    """Resize a map to `height` × `width` pixels.

    Args:
        map_yx: Shape (y, x), float, in [0, 1]. Not modified.
        height: Rows wanted, at least 1.
        width: Columns wanted, at least 1.
        mode: "nearest" shows the cells as the blocks they are: a pixel takes the cell that its centre lies in, at
            any ratio. "bilinear" and "bicubic" (Catmull-Rom, a = -0.5, where torch has -0.75) are smooth, with
            half-pixel centres; at the border the kernel is cut and renormalised, and when shrinking it is widened.

    Returns:
        Shape (height, width), float32, in [0, 1] (bicubic overshoot is cut off); always a new array.

    Raises:
        ShapeError: If the map does not have two axes.
        ConfigError: If the mode is unknown, the size below 1, or a value not in [0, 1].

    Example:
        >>> upscale(np.float32([[0, 1]]), 1, 4, "nearest").tolist()
        [[0.0, 0.0, 1.0, 1.0]]
    """
    map_yx = checked_map(map_yx)
    height, width = checked_size((height, width))
    if mode not in SCALE_MODES:
        raise ConfigError("a known way to scale", got=repr(mode), remedy=did_you_mean(str(mode), SCALE_MODES))
    if map_yx.shape == (height, width):
        return map_yx.copy()
    if mode == "nearest":
        rows = _cell_of_pixel(map_yx.shape[0], height)
        columns = _cell_of_pixel(map_yx.shape[1], width)
        return map_yx[rows].take(columns, axis=1)
    resized = Image.fromarray(map_yx).resize((width, height), _RESAMPLING[mode])
    return np.clip(np.asarray(resized), 0.0, 1.0)


def _cell_of_pixel(num_cells: int, num_pixels: int) -> NDArray[np.int64]:
    """Which cell each pixel's centre lies in, in whole numbers: floor((p + 1/2) · cells / pixels)."""
    return (2 * np.arange(num_pixels, dtype=np.int64) + 1) * num_cells // (2 * num_pixels)
