"""Pad a picture to sizes that a model accepts, and bring maps of the padded picture back.

The picture grows at its lower and right edge only, so that pixel (0, 0) stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vxa.core.errors import ShapeError
from vxa.render.scale import upscale
from vxa.render.validation import checked_count, checked_picture


@dataclass(frozen=True)
class Padding:
    """How a picture was padded: enough to undo it."""

    height: int
    """Rows of the picture itself, pixels."""
    width: int
    """Columns of the picture itself, pixels."""
    padded_height: int
    """Rows after padding, a multiple of what was asked for."""
    padded_width: int
    """Columns after padding."""

    def crop(self, padded: NDArray[np.generic]) -> NDArray[np.generic]:
        """Cut anything of the padded size back to the picture.

        Args:
            padded: Shape (padded_height, padded_width, ...), any dtype.

        Returns:
            Shape (height, width, ...), a view.

        Raises:
            ShapeError: If the size is not the padded one.
        """
        if padded.shape[:2] != (self.padded_height, self.padded_width):
            raise ShapeError(
                f"an array of {self.padded_height} × {self.padded_width} (height × width)",
                got=f"shape {padded.shape}",
                remedy="Scale maps to the padded size before cropping, or use crop_map.",
            )
        return padded[: self.height, : self.width]

    def crop_map(self, map_yx: NDArray[np.floating], mode: str = "bicubic") -> NDArray[np.float32]:
        """Scale a map of the padded picture to pixels and cut it back to the picture.

        In this order, because the picture's edge may run through a cell.

        Args:
            map_yx: Shape (y, x), float, in [0, 1], covering the whole padded picture.
            mode: "nearest", "bilinear" or "bicubic".

        Returns:
            Shape (height, width), float32, in [0, 1].

        Raises:
            ShapeError: If the map does not have two axes.
            ConfigError: If the mode is unknown or a value is not in [0, 1].
        """
        scaled_yx = upscale(map_yx, self.padded_height, self.padded_width, mode)
        return np.ascontiguousarray(scaled_yx[: self.height, : self.width])


def pad_to_multiple(picture: NDArray[np.uint8], multiple: int) -> tuple[NDArray[np.uint8], Padding]:
    """Pad a picture by reflection until both sides are multiples of `multiple`.

    Reflection leaves the edge pixels single (… c b a | b c …) and goes on bouncing where the padding is wider than
    the picture: no black border that the model would see as an object.

    Args:
        picture: Shape (height, width, 3), uint8. Not modified.
        multiple: Pixels, at least 1.

    Returns:
        The padded picture (the argument itself if nothing is missing) and how to undo it.

    Raises:
        PictureError: If the picture is not uint8 of shape (height, width, 3).
        ConfigError: If the multiple is no whole number of at least 1.
    """
    height, width, _ = checked_picture(picture).shape
    multiple = checked_count("a size multiple in pixels", multiple)
    padding = Padding(height, width, _next_multiple(height, multiple), _next_multiple(width, multiple))
    if (padding.padded_height, padding.padded_width) == (height, width):
        return picture, padding
    rows = _reflected_indices(height, padding.padded_height)
    columns = _reflected_indices(width, padding.padded_width)
    return np.ascontiguousarray(picture[rows][:, columns]), padding


def _next_multiple(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple


def _reflected_indices(length: int, padded_length: int) -> NDArray[np.int64]:
    if length == 1:
        return np.zeros(padded_length, dtype=np.int64)
    period = 2 * (length - 1)
    phase = np.arange(padded_length, dtype=np.int64) % period
    return np.minimum(phase, period - phase)
