"""Which outlines a coloured patch can be: fits each noun's outline, with its leaf, and tells how well each one does.

Arrays and outlines; knows nothing of captions, of judging, or of models.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from vxa.tiny.regions import Mask, Region, dilate
from vxa.tiny.shapes import OUTLINES, cover

HIDDEN_WEIGHT = 0.2
"""How much a missing pixel counts where another thing may hide it: of two fits the one that explains more wins."""

NUM_FINALISTS = 5
"""How many nouns of the first fit are tried at other places and sizes."""

TRIALS = tuple((dy, dx, scale) for scale in (1.0, 0.94, 1.06, 1.13) for dy in (-2, 0, 2) for dx in (-2, 0, 2))
"""Shifts in pixels and size factors tried around the first fit."""

MARGIN = 0.7
"""What is looked at around a patch, as a share of its longer side; a flower's stem is half as long as its bloom."""

LEAF_SHARE = 0.6
"""Share of a green region that lies in the outline of a leaf, at least, if the region is that leaf."""


@dataclass(frozen=True)
class Fit:
    """One noun's outline laid on a patch."""

    noun: str
    overlap: float
    """Intersection over union, in [0, 1]; pixels that may be hidden count little."""
    center: tuple[float, float]
    """(y, x) of the outline in pixels."""
    radius: float
    """Of the outline, in pixels."""
    leaves: tuple[Region, ...] = ()
    """The regions taken for the leaf of a flower or fruit."""


def fit_outlines(parts: Sequence[Region], regions: Sequence[Region], leaf_color: str) -> list[Fit]:
    """Lay outlines on some regions taken together, as one thing.

    Args:
        parts: Regions of one colour.
        regions: All regions of the picture; those beside the parts may hide some of the thing, or be its leaf.
        leaf_color: The colour of leaves. A thing of that colour is one patch with its leaf.

    Returns:
        The most promising nouns, the best overlap first.
    """
    patch = _Patch(parts, regions, leaf_color)
    first = [_best([patch.lay(noun, place) for place in patch.places(noun)]) for noun in OUTLINES]
    finalists = sorted(first, key=lambda fit: -fit.overlap)[:NUM_FINALISTS]
    best = [_best([patch.lay(fit.noun, place) for place in _around(fit)]) for fit in finalists]
    return [patch.moved_back(fit) for fit in sorted(best, key=lambda fit: -fit.overlap)]


class _Patch:
    """The pixels of one thing and of what is around it, cut out of the picture."""

    def __init__(self, parts: Sequence[Region], regions: Sequence[Region], leaf_color: str) -> None:
        visible = np.logical_or.reduce([part.mask for part in parts])
        beside = [region for region in regions if not (region.mask & visible).any()]
        top, bottom, left, right = (int(edge + 0.5) for edge in _box(visible))
        side = max(bottom - top, right - left)
        margin = int(MARGIN * side) + 6
        self._corner, self._size = (top - margin, left - margin), side + 2 * margin
        self._visible = self._cut(visible)
        leaf_is_apart = parts[0].color != leaf_color
        self._leaves = [(r, self._cut(r.mask)) for r in beside if leaf_is_apart and r.color == leaf_color]
        self._others = [self._cut(r.mask) for r in beside if not leaf_is_apart or r.color != leaf_color]
        self._leaf_is_apart = leaf_is_apart
        self._hidden = self._hiding([])

    def places(self, noun: str) -> list[tuple[float, float, float]]:
        """Return (y, x, radius) to begin with: boxes agree in the middle and in mean size.

        Where something may hide an edge, also: they agree in the larger extent and in one corner.
        """
        top, bottom, left, right = _box(self._visible)
        up, down, west, east = _outline_box(noun, self._leaf_is_apart)
        tall, wide = (bottom - top) / (down - up), (right - left) / (east - west)
        mean, largest = math.sqrt(tall * wide), max(tall, wide)
        middle = ((top + bottom - mean * (up + down)) / 2, (left + right - mean * (west + east)) / 2, mean)
        if not (self._hidden & dilate(self._visible)).any():
            return [middle]
        ys = (top - largest * up, bottom - largest * down)
        xs = (left - largest * west, right - largest * east)
        return [middle, *((y, x, largest) for y in ys for x in xs)]

    def lay(self, noun: str, place: tuple[float, float, float]) -> Fit:
        """Return how well an outline at (y, x, radius) does."""
        y, x, radius = place
        coverage = cover(noun, (y, x), radius, self._size)
        outline = coverage.whole > 0.5
        seen, hidden, leaves = self._visible, self._hidden, []
        if coverage.leaf is not None and self._leaves:
            leaf = dilate(coverage.leaf > 0.5)
            leaves = [(r, mask) for r, mask in self._leaves if (mask & leaf).sum() >= LEAF_SHARE * r.area]
            seen = np.logical_or.reduce([seen, *(mask for _, mask in leaves)])
            hidden = self._hiding(leaves) & ~seen
        missing = outline & ~seen
        unexplained = (missing & ~hidden).sum() + HIDDEN_WEIGHT * (missing & hidden).sum()
        overlap = float((outline & seen).sum() / max(seen.sum() + unexplained, 1))
        return Fit(noun, overlap, (y, x), radius, tuple(region for region, _ in leaves))

    def moved_back(self, fit: Fit) -> Fit:
        """Return a fit in the picture's own coordinates."""
        return replace(fit, center=(fit.center[0] + self._corner[0], fit.center[1] + self._corner[1]))

    def _hiding(self, leaves: Sequence[tuple[Region, Mask]]) -> Mask:
        """Return the pixels under everything but this thing and its own leaves, and their seam."""
        own = [id(region) for region, _ in leaves]
        masks = [*self._others, *(mask for region, mask in self._leaves if id(region) not in own)]
        return dilate(np.logical_or.reduce(masks)) & ~self._visible if masks else np.zeros_like(self._visible)

    def _cut(self, mask: Mask) -> Mask:
        """Cut the patch's square out of a mask; what lies beyond the picture is False."""
        y, x = (edge + self._size for edge in self._corner)
        return np.pad(mask, self._size)[y : y + self._size, x : x + self._size]


def _best(fits: Sequence[Fit]) -> Fit:
    return max(fits, key=lambda fit: fit.overlap)


def _around(fit: Fit) -> list[tuple[float, float, float]]:
    (y, x), radius = fit.center, fit.radius
    return [(y + dy, x + dx, radius * scale) for dy, dx, scale in TRIALS]


def _box(mask: Mask) -> tuple[float, float, float, float]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(rows[0]) - 0.5, float(rows[-1]) + 0.5, float(columns[0]) - 0.5, float(columns[-1]) + 0.5


@cache
def _outline_box(noun: str, without_leaf: bool) -> tuple[float, float, float, float]:
    """Return an outline's box in radii around its centre."""
    radius, center = 100.0, 127.5
    coverage = cover(noun, (center, center), radius, 256)
    mask = coverage.whole > 0.5
    if without_leaf and coverage.leaf is not None:
        mask &= coverage.leaf <= 0.5
    top, bottom, left, right = _box(mask)
    return ((top - center) / radius, (bottom - center) / radius, (left - center) / radius, (right - center) / radius)
