"""Coloured regions of a picture: nearest palette colour, cleaned of thin rims, split into connected pieces.

Arrays in, arrays out. Knows the palette and that backgrounds are grey; knows no shapes and no models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vxa.tiny.vocabulary import COLORS, PATTERN_DARKENING

MIN_CHROMA = 40
"""Largest minus smallest channel of a pixel that belongs to an object; backgrounds are grey."""

MIN_AREA = 90
"""Smallest region in pixels that counts as a thing; the smallest object drawn has three times as many."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Region:
    """A connected patch of one colour."""

    color: str
    """A colour word; stems and leaves are green."""
    mask: Mask
    """Shape (y, x)."""

    @property
    def area(self) -> int:
        """Number of pixels."""
        return int(self.mask.sum())


def find_regions(picture: NDArray[np.uint8], min_area: int = MIN_AREA) -> list[Region]:
    """Return the coloured regions of a picture, largest first.

    Args:
        picture: Shape (y, x, 3), sRGB.
        min_area: Smaller regions are left out.
    """
    labels = _nearest_colors(picture)
    regions = []
    for index, name in enumerate(COLORS):
        whole = labels == index
        cores = connected_components(_without_rims(whole))
        regions += [Region(name, _grow(core, whole)) for core in cores if core.sum() >= min_area // 2]
    return sorted((region for region in regions if region.area >= min_area), key=lambda region: -region.area)


def connected_components(mask: Mask) -> list[Mask]:
    """Split a mask into its four-connected parts."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        spread = labels.copy()
        np.maximum(spread[1:], labels[:-1], out=spread[1:])
        np.maximum(spread[:-1], labels[1:], out=spread[:-1])
        np.maximum(spread[:, 1:], labels[:, :-1], out=spread[:, 1:])
        np.maximum(spread[:, :-1], labels[:, 1:], out=spread[:, :-1])
        spread[~mask] = 0
        spread = np.where(mask, spread.ravel()[np.maximum(spread - 1, 0)], 0)  # jump along the chains found so far
        if np.array_equal(spread, labels):
            return [labels == value for value in np.unique(labels) if value]
        labels = spread


def dilate(mask: Mask) -> Mask:
    """Add the four neighbours of every pixel."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown


def _nearest_colors(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the index of each pixel's colour in the palette, -1 for background, shape (y, x).

    A colour is the line from its darkened form, which stripes and dots have, to itself, so that the soft edges of a
    pattern belong to it too.
    """
    pixels = picture.astype(np.float32)
    bright = np.array(list(COLORS.values()), np.float32)
    share = pixels @ bright.T / (bright**2).sum(axis=1)
    nearest = np.clip(share, PATTERN_DARKENING, 1)[..., None] * bright
    distance = ((pixels[:, :, None, :] - nearest) ** 2).sum(axis=-1)
    chroma = pixels.max(axis=-1) - pixels.min(axis=-1)
    return np.where(chroma >= MIN_CHROMA, distance.argmin(axis=-1), -1)


def _without_rims(mask: Mask) -> Mask:
    """Open a mask by one pixel: mixed colours at edges make rims that are one or two pixels wide."""
    return dilate(~dilate(~mask)) & mask


def _grow(core: Mask, whole: Mask) -> Mask:
    """Give a core back the pixels of its own colour within two steps."""
    for _ in range(2):
        core = dilate(core) & whole
    return core
