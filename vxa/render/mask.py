"""A map becomes a mask for inpainting: cut at a threshold, inverted, its border softened."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from vxa.core.errors import ConfigError
from vxa.render.overlay import threshold_mask

MAX_FEATHER = 64
"""Pixels; what the webui's own mask blur goes up to."""


def soft_mask(
    map_yx: NDArray[np.floating], threshold: float, *, feather: float = 0, invert: bool = False
) -> Image.Image:
    """Mark where a map is above the threshold.

    Args:
        map_yx: Shape (height, width) of the picture, float, in [0, 1].
        threshold: In [0, 1]; strictly above it is white.
        feather: Standard deviation in pixels of the Gaussian that softens the border, 0 to 64; 0 leaves it hard.
        invert: Mark the rest instead.

    Returns:
        Greyscale image (mode L) of the map's size.

    Raises:
        ShapeError: If the map does not have two axes.
        ConfigError: If the threshold, the feather or a map value is out of range.
    """
    if not 0 <= feather <= MAX_FEATHER:
        raise ConfigError(f"a feather from 0 to {MAX_FEATHER} pixels", got=feather)
    mask = threshold_mask(map_yx, (map_yx.shape[0], map_yx.shape[-1]), threshold)
    if invert:
        mask = ImageChops.invert(mask)
    return soften(mask, feather)


def soften(mask: Image.Image, feather: float) -> Image.Image:
    """Soften the border of a greyscale mask by a Gaussian, its standard deviation in pixels; 0 leaves it hard."""
    return mask.filter(ImageFilter.GaussianBlur(feather)) if feather else mask
