"""Judges a picture against what its caption says, without ever seeing the model that made it.

Colours come from the palette, shapes from the overlap with our own outlines laid on at the right size and place,
relations from the centres of the outlines found. Its own errors on truly drawn scenes are measured by a test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.tiny.regions import MIN_AREA, Mask, Region, dilate, find_regions
from vxa.tiny.shapes import OUTLINES, cover
from vxa.tiny.vocabulary import AMBIGUOUS_WORDS, PICTURE_SIZE

LEAF_WORD = "green"
"""The palette colour that stems and leaves are seen as."""

GOOD_OVERLAP = 0.75
"""Overlap at which several regions taken together are believed to be one thing."""

LEAF_ALLOWANCE = 0.1
"""How much worse a flower or fruit may fit with its leaf than its body fits some other shape alone."""

HIDDEN_WEIGHT = 0.2
"""How much a missing pixel counts where another thing may hide it: of two fits the one that explains more wins."""

MIN_LEAF_AREA = MIN_AREA // 3
"""Smallest leaf in pixels."""

TRIALS = tuple((dy, dx, scale) for scale in (1.0, 0.94, 1.06, 1.13) for dy in (-2, 0, 2) for dx in (-2, 0, 2))
"""Shifts in pixels and size factors tried around the first fit."""


@dataclass(frozen=True)
class Expected:
    """One object that a caption asks for."""

    noun: str
    color: str | None
    """None where the caption names no colour."""


@dataclass(frozen=True)
class Detection:
    """One object found in a picture."""

    noun: str
    color: str
    overlap: float
    """Intersection over union with the best outline, in [0, 1]."""
    center: tuple[float, float]
    """(y, x) of the outline in pixels."""
    radius: float
    """Of the outline, in pixels."""
    area: int
    """Visible pixels."""


@dataclass(frozen=True)
class Verdict:
    """What is right about a picture."""

    color_right: tuple[bool, ...]
    """For each expected object: is there a thing of its colour?"""
    shape_right: tuple[bool, ...]
    """For each expected object: is there a thing of its shape?"""
    bound_right: tuple[bool, ...]
    """For each expected object: is there a thing of both?"""
    relation_right: bool | None
    """Whether the first stands to the second as said; None where nothing was said, False where either is missing."""
    num_extra: int
    """Things found beyond those asked for."""

    @property
    def all_right(self) -> bool:
        """Whether every object has its colour and shape."""
        return all(self.bound_right)


def judge(picture: NDArray[np.uint8], expected: Sequence[Expected], relation: str | None = None) -> Verdict:
    """Compare a picture with what was asked for.

    Args:
        picture: Square, shape (side, side, 3), uint8.
        expected: The objects in the caption's order.
        relation: A word of `vocabulary.RELATIONS` between the first two, or None.
    """
    found = detect_objects(picture)
    matches = _match(expected, found)
    relation_right = None
    if relation is not None:
        first, second = matches[0], matches[1]
        relation_right = first is not None and second is not None and stands(first, second, relation)
    return Verdict(
        color_right=tuple(item.color is None or any(d.color == item.color for d in found) for item in expected),
        shape_right=tuple(any(d.noun == item.noun for d in found) for item in expected),
        bound_right=tuple(match is not None for match in matches),
        relation_right=relation_right,
        num_extra=max(len(found) - len(expected), 0),
    )


def find_expected(picture: NDArray[np.uint8], expected: Sequence[Expected]) -> list[Detection | None]:
    """Return the thing of the right shape and colour for each expected one, None where there is none.

    Args:
        picture: Square, shape (side, side, 3), uint8.
        expected: The objects in the caption's order.
    """
    return _match(expected, detect_objects(picture))


def detect_objects(picture: NDArray[np.uint8]) -> list[Detection]:
    """Return every coloured thing in a picture with its most fitting noun, largest first.

    A picture of another size is looked at shrunk to `PICTURE_SIZE`, and places and sizes are counted in pixels of that.
    A green region that touches a flower or fruit is tried as its leaf, and belongs to it if they fit better together.
    """
    regions = find_regions(_at_own_size(picture), MIN_LEAF_AREA)
    bodies = [region for region in regions if region.area >= MIN_AREA]
    used: set[int] = set()
    found = []
    for body in sorted(bodies, key=lambda region: region.color == LEAF_WORD):
        if id(body) in used:
            continue
        whole = _joined(body, bodies, regions)
        if whole is not None:
            used |= {id(part) for part in bodies if part.color == body.color}
            found.append(whole)
            continue
        leaves = [leaf for leaf in regions if _is_leaf_of(leaf, body) and id(leaf) not in used]
        best, with_leaves = _fit_region([body], regions), _fit_region([body, *leaves], regions)
        is_better = with_leaves.overlap > max(GOOD_OVERLAP, best.overlap - LEAF_ALLOWANCE)
        if with_leaves.noun in AMBIGUOUS_WORDS and is_better:
            best = with_leaves
            used |= {id(leaf) for leaf in leaves}
        found.append(best)
    return sorted(found, key=lambda detection: -detection.area)


def _at_own_size(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if len(picture) == PICTURE_SIZE:
        return picture
    return np.asarray(Image.fromarray(picture).resize((PICTURE_SIZE, PICTURE_SIZE), Image.Resampling.BOX))


def _joined(body: Region, bodies: Sequence[Region], regions: Sequence[Region]) -> Detection | None:
    """Return the one thing that all regions of a body's colour are parts of, cut up by what lies on it, if any."""
    parts = [region for region in bodies if region.color == body.color]
    if len(parts) < 2:
        return None
    whole = _fit_region(parts, regions)
    return whole if whole.overlap > GOOD_OVERLAP else None


def stands(first: Detection, second: Detection, relation: str) -> bool:
    """Whether the first object stands to the second as a relation says."""
    down, right = second.center[0] - first.center[0], second.center[1] - first.center[1]
    distance, reach = math.hypot(down, right), first.radius + second.radius
    if relation == "on":
        return distance < 0.45 * reach and first.radius < second.radius
    if relation == "in front of":
        return 0.3 * reach < distance < 1.0 * reach
    ahead, aside = {
        "left of": (right, down),
        "right of": (-right, down),
        "above": (down, right),
        "below": (-down, right),
    }[relation]
    return ahead > 0 and abs(aside) < ahead


def _match(expected: Sequence[Expected], found: list[Detection]) -> list[Detection | None]:
    """Give each expected object a detection of its own, best overlap first."""
    left = sorted(found, key=lambda detection: -detection.overlap)
    matches: list[Detection | None] = []
    for item in expected:
        fitting = [d for d in left if d.noun == item.noun and item.color in (None, d.color)]
        matches.append(fitting[0] if fitting else None)
        if fitting:
            left.remove(fitting[0])
    return matches


def _is_leaf_of(leaf: Region, body: Region) -> bool:
    """Whether a green region touches a body of another colour."""
    return leaf.color == LEAF_WORD != body.color and bool((leaf.mask & dilate(dilate(dilate(body.mask)))).any())


def _fit_region(parts: Sequence[Region], regions: Sequence[Region]) -> Detection:
    """Fit outlines to some regions taken together; what lies beside them may hide a part."""
    visible = np.logical_or.reduce([part.mask for part in parts])
    others = [region.mask for region in regions if not (region.mask & visible).any()]
    hidden = dilate(np.logical_or.reduce(others)) & ~visible if others else np.zeros_like(visible)
    top, bottom, left, right = (int(edge + 0.5) for edge in _box(visible))
    margin = max(bottom - top, right - left) // 3 + 6
    size = max(bottom - top, right - left) + 2 * margin
    corner = (top - margin, left - margin)
    best = _fit(_window(visible, corner, size), _window(hidden, corner, size), parts[0].color)
    return replace(best, center=(best.center[0] + corner[0], best.center[1] + corner[1]))


def _window(mask: Mask, corner: tuple[int, int], size: int) -> Mask:
    """Cut a square out of a mask; what lies beyond the picture is False."""
    padded = np.pad(mask, size)
    y, x = corner[0] + size, corner[1] + size
    return padded[y : y + size, x : x + size]


def _fit(visible: Mask, hidden: Mask, color: str) -> Detection:
    """Return the outline that overlaps a region best; what other things may hide counts neither way."""
    starts = {noun: _first_fit(noun, visible) for noun in OUTLINES}
    scores = {noun: _overlap(noun, start, visible, hidden) for noun, start in starts.items()}
    finalists = sorted(scores, key=lambda noun: -scores[noun])[:4]
    best = Detection("", color, -1.0, (0.0, 0.0), 0.0, int(visible.sum()))
    for noun in finalists:
        y, x, radius = starts[noun]
        for dy, dx, scale in TRIALS:
            place = (y + dy, x + dx, radius * scale)
            overlap = _overlap(noun, place, visible, hidden)
            if overlap > best.overlap:
                best = replace(best, noun=noun, overlap=overlap, center=place[:2], radius=place[2])
    return best


def _first_fit(noun: str, visible: Mask) -> tuple[float, float, float]:
    """Return (y, x, radius) at which the outline's box has the height and width of the region's on average."""
    top, bottom, left, right = _box(visible)
    up, down, west, east = _outline_box(noun)
    radius = math.sqrt((bottom - top) * (right - left) / ((down - up) * (east - west)))
    y = (top + bottom) / 2 - radius * (up + down) / 2
    x = (left + right) / 2 - radius * (west + east) / 2
    return y, x, radius


def _overlap(noun: str, place: tuple[float, float, float], visible: Mask, hidden: Mask) -> float:
    """Return intersection over union of an outline with a region; pixels that may be hidden count little."""
    y, x, radius = place
    outline = cover(noun, (y, x), radius, visible.shape[0]).whole > 0.5
    missing = outline & ~visible
    unexplained = (missing & ~hidden).sum() + HIDDEN_WEIGHT * (missing & hidden).sum()
    return float((outline & visible).sum() / max(visible.sum() + unexplained, 1))


def _box(mask: Mask) -> tuple[float, float, float, float]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(rows[0]) - 0.5, float(rows[-1]) + 0.5, float(columns[0]) - 0.5, float(columns[-1]) + 0.5


@cache
def _outline_box(noun: str) -> tuple[float, float, float, float]:
    """Return an outline's box in radii around its centre."""
    radius, center = 100.0, 127.5
    top, bottom, left, right = _box(cover(noun, (center, center), radius, 256).whole > 0.5)
    return ((top - center) / radius, (bottom - center) / radius, (left - center) / radius, (right - center) / radius)
