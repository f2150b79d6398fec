"""What pictures of coloured things on grey backgrounds tell by their pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vxa.tiny.regions import MIN_AREA, Mask, connected_components, dilate, find_regions

Picture = NDArray[np.uint8]
_RIM = 8
"""Pixels around an object that belong neither to it nor to the background: a latent cell, decoded as a whole."""


def object_mask(picture: Picture) -> Mask:
    """Return where anything but background is, shape (y, x)."""
    regions = find_regions(picture)
    return np.logical_or.reduce([region.mask for region in regions]) if regions else np.zeros(picture.shape[:2], bool)


def separate_things(mask: Mask) -> list[Mask]:
    """Return the connected things of a mask that are no specks, largest first."""
    things = [thing for thing in connected_components(mask) if thing.sum() >= MIN_AREA]
    return sorted(things, key=lambda thing: -thing.sum())


def center_of(mask: Mask) -> tuple[float, float] | None:
    """Return the mean (y, x) of a mask in pixels; None of an empty one."""
    y, x = np.nonzero(mask)
    return (float(y.mean()), float(x.mean())) if len(y) else None


def shift_between(source: Picture, edit: Picture) -> float | None:
    """Return how far the object's centre moved, as a share of the width; None where either has no object."""
    before, after = center_of(object_mask(source)), center_of(object_mask(edit))
    if before is None or after is None:
        return None
    return float(np.hypot(after[0] - before[0], after[1] - before[1])) / source.shape[1]


def background_change(source: Picture, edit: Picture) -> float | None:
    """Return the mean absolute difference, 0..255, outside the objects of both; None where nothing is outside."""
    covered = object_mask(source) | object_mask(edit)
    for _ in range(_RIM):
        covered = dilate(covered)
    difference = np.abs(source.astype(np.float64) - edit)[~covered]
    return float(difference.mean()) if difference.size else None


def draw_discs(size: int, centers: Sequence[tuple[float, float]], radius: float) -> Picture:
    """Draw white discs on black, shape (size, size).

    Args:
        size: Side, pixels.
        centers: (y, x) as shares of the side.
        radius: Likewise.
    """
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    inside = [np.hypot(y - center_y, x - center_x) < radius for center_y, center_x in centers]
    return np.where(np.logical_or.reduce(inside), 255, 0).astype(np.uint8)
