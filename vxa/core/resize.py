"""Resize attention maps between grids; pure torch."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from vxa.core.errors import ConfigError, did_you_mean
from vxa.core.grid import Grid

MODES = ("nearest", "bilinear", "bicubic")


def resize_maps(maps_ntyx: Tensor, grid: Grid, mode: str = "bicubic") -> Tensor:
    """Resize the last two axes to `grid`.

    Args:
        maps_ntyx: Shape (n, t, y, x), floating point. Not modified.
        grid: Rows and columns wanted.
        mode: "nearest", "bilinear" or "bicubic" (half-pixel centres, no antialiasing). Bicubic overshoots: results
            can be slightly negative, and clamping is left to the caller because the presets clamp at different points.

    Returns:
        Shape (n, t, grid.height, grid.width), same dtype and device; the same values if the size is already right.

    Raises:
        ConfigError: If the mode is unknown.
    """
    if mode not in MODES:
        raise ConfigError("a known way to resize", got=repr(mode), remedy=did_you_mean(mode, MODES))
    if tuple(maps_ntyx.shape[-2:]) == (grid.height, grid.width):
        return maps_ntyx
    if mode == "nearest":
        # "nearest-exact" takes the cell whose area covers the target pixel's centre; "nearest" is off for odd ratios.
        return functional.interpolate(maps_ntyx, size=(grid.height, grid.width), mode="nearest-exact")
    return functional.interpolate(maps_ntyx, size=(grid.height, grid.width), mode=mode, align_corners=False)
