"""Judges a picture against what its caption says, without ever seeing the model that made it.

Colours come from the palette, shapes from the overlap with our own outlines laid on at the right size and place,
relations from the centres of the outlines found. Its own errors on truly drawn scenes are measured by a test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.tiny.fits import Fit, fit_outlines
from vxa.tiny.regions import MIN_AREA, Region, find_regions
from vxa.tiny.vocabulary import PICTURE_SIZE

LEAF_WORD = "green"
"""The palette colour that stems and leaves are seen as."""

GOOD_OVERLAP = 0.75
"""Overlap at which several regions taken together are believed to be one thing."""

LEAF_ALLOWANCE = 0.1
"""How much worse a flower or fruit may fit with its leaf than its body fits some other shape alone."""

MIN_LEAF_AREA = MIN_AREA // 3
"""Smallest leaf in pixels."""


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
    Green regions where a flower or fruit has its leaf belong to it, if they fit well enough together.
    """
    regions = find_regions(_at_own_size(picture), MIN_LEAF_AREA)
    bodies = [region for region in regions if region.area >= MIN_AREA]
    used: set[int] = set()
    found = []
    for body in sorted(bodies, key=lambda region: region.color == LEAF_WORD):
        if id(body) in used:
            continue
        parts, fits = _joined(body, bodies, regions) or ([body], fit_outlines([body], regions, LEAF_WORD))
        best = _prefer_leafy(fits)
        used |= {id(region) for region in (*parts, *best.leaves)}
        area = sum(region.area for region in (*parts, *best.leaves))
        found.append(Detection(best.noun, body.color, best.overlap, best.center, best.radius, area))
    return sorted(found, key=lambda detection: -detection.area)


def _at_own_size(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if len(picture) == PICTURE_SIZE:
        return picture
    return np.asarray(Image.fromarray(picture).resize((PICTURE_SIZE, PICTURE_SIZE), Image.Resampling.BOX))


def _joined(body: Region, bodies: Sequence[Region], regions: Sequence[Region]) -> tuple[list[Region], list[Fit]] | None:
    """Return the one thing that all regions of a body's colour are parts of, cut up by what lies on it, if any."""
    parts = [region for region in bodies if region.color == body.color]
    if len(parts) < 2:
        return None
    fits = fit_outlines(parts, regions, LEAF_WORD)
    return (parts, fits) if fits[0].overlap > GOOD_OVERLAP else None


def _prefer_leafy(fits: Sequence[Fit]) -> Fit:
    """Return the best fit; one that explains a leaf may be a little worse."""
    leafy = [fit for fit in fits if fit.leaves and fit.overlap > max(GOOD_OVERLAP, fits[0].overlap - LEAF_ALLOWANCE)]
    return (leafy or fits)[0]


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
