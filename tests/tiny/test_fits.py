from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vxa.tiny.checker import LEAF_WORD, MIN_LEAF_AREA, detect_objects
from vxa.tiny.fits import fit_outlines
from vxa.tiny.layout import ObjectSpec
from vxa.tiny.regions import find_regions
from vxa.tiny.scenes import paint_object
from vxa.tiny.shapes import cover
from vxa.tiny.vocabulary import COLORS, PICTURE_SIZE

Picture = NDArray[np.uint8]


def thing(noun: str, color: str, center: tuple[float, float], radius: float) -> ObjectSpec:
    return ObjectSpec(noun, color, "small", "plain", center, radius)


def picture_of(*things: ObjectSpec) -> Picture:
    """Paint things on white, the last one in front."""
    canvas = np.full((PICTURE_SIZE, PICTURE_SIZE, 3), 240, np.float32)
    for item in things:
        coverage = cover(item.noun, item.center, item.radius, PICTURE_SIZE)
        canvas += coverage.whole[..., None] * (paint_object(item, coverage, [0, 0, 0]) - canvas)
    return np.rint(canvas).astype(np.uint8)


def read(picture: Picture) -> set[tuple[str, str]]:
    return {(found.color, found.noun) for found in detect_objects(picture)}


@pytest.mark.parametrize("noun", ["circle", "star", "cross", "ring", "heart"])
def test_a_thing_with_a_covered_side_keeps_its_place_and_size(noun: str) -> None:
    hidden = thing(noun, "blue", (60.0, 50.0), 28.0)
    picture = picture_of(hidden, thing("square", "yellow", (60.0, 86.0), 20.0))
    regions = find_regions(picture, MIN_LEAF_AREA)
    fit = fit_outlines([region for region in regions if region.color == "blue"], regions, LEAF_WORD)[0]
    assert fit.noun == noun
    assert fit.center == pytest.approx(hidden.center, abs=2.5)
    assert fit.radius == pytest.approx(hidden.radius, rel=0.08)


READ_WELL = {
    "a second place to begin with": (
        thing("cross", "red", (64.0, 54.0), 30.0), thing("cross", "yellow", (72.0, 74.0), 22.0),
    ),
    "a shape that was not the best at first": (
        thing("triangle", "orange", (64.0, 54.0), 30.0), thing("rose", "red", (94.0, 54.0), 10.0),
    ),
    "places around the first": (
        thing("rose", "blue", (64.0, 64.0), 22.0), thing("heart", "orange", (56.0, 76.0), 14.0),
    ),
    "green that lies in the place of a leaf for a part": (
        thing("heart", "green", (64.0, 54.0), 26.0), thing("rose", "red", (44.0, 66.0), 22.0),
    ),
    "a leaf that is not all in its place": (
        thing("rose", "orange", (64.0, 64.0), 26.0), thing("ring", "yellow", (56.0, 84.0), 14.0),
    ),
    "a shape that is not hidden but absent": (
        thing("cross", "red", (64.0, 54.0), 26.0), thing("ring", "purple", (64.0, 54.0), 10.0),
    ),
    "a shape that is not absent but hidden": (
        thing("diamond", "purple", (64.0, 64.0), 26.0), thing("circle", "orange", (44.0, 76.0), 22.0),
    ),
    "a bloom whose box is without its leaf": (
        thing("triangle", "orange", (64.0, 54.0), 18.0), thing("rose", "yellow", (44.0, 54.0), 14.0),
    ),
    "a green fruit, whose leaf is in its box": (
        thing("cross", "yellow", (64.0, 44.0), 30.0), thing("orange", "green", (64.0, 80.0), 18.0),
    ),
    "a fruit rather than a circle and its leaf": (
        thing("orange", "purple", (64.0, 44.0), 26.0), thing("star", "blue", (84.0, 64.0), 14.0),
    ),
    "a circle with something green behind it rather than a fruit": (
        thing("star", "green", (33.0, 62.0), 10.0), thing("circle", "blue", (70.0, 60.0), 30.0),
    ),
}  # fmt: skip
"""Pairs, the second in front, each of which is read wrongly without one thing that fitting does."""


@pytest.mark.parametrize("name", READ_WELL)
def test_pairs_are_read(name: str) -> None:
    assert read(picture_of(*READ_WELL[name])) == {(item.color, item.noun) for item in READ_WELL[name]}


@pytest.mark.parametrize(("noun", "radius", "shift"), [("orange", 18.0, (-2.0, 0.0)), ("rose", 22.0, (-2.0, 2.0))])
def test_a_leaf_drawn_a_little_beside_its_place_is_one(noun: str, radius: float, shift: tuple[float, float]) -> None:
    """Models do not draw as exactly as `cover`."""
    bloom = thing(noun, "red", (64.0, 50.0), radius)
    whole = cover(noun, bloom.center, radius, PICTURE_SIZE)
    drawn = cover(noun, (64.0 + shift[0], 50.0 + shift[1]), 1.1 * radius, PICTURE_SIZE)
    assert whole.leaf is not None and drawn.leaf is not None
    canvas = np.full((PICTURE_SIZE, PICTURE_SIZE, 3), 240, np.float32)
    for coverage, color in ((drawn.leaf, "green"), (np.clip(whole.whole - whole.leaf, 0, 1), "red")):
        canvas += coverage[..., None] * (np.float32(COLORS[color]) - canvas)
    assert read(np.rint(canvas).astype(np.uint8)) == {("red", noun)}


def test_a_leaf_that_something_cuts_off_still_makes_a_flower() -> None:
    picture = picture_of(thing("rose", "red", (50.0, 60.0), 30.0), thing("circle", "blue", (62.0, 64.0), 9.0))
    assert ("red", "rose") in read(picture)
    assert len(read(picture)) == 2, "the leaf is no thing of its own"


def test_a_circle_on_something_green_is_no_fruit() -> None:
    picture = picture_of(thing("square", "green", (64.0, 64.0), 34.0), thing("circle", "blue", (64.0, 64.0), 16.0))
    assert read(picture) == {("green", "square"), ("blue", "circle")}


def test_a_flower_beside_a_green_thing_keeps_its_own_leaf() -> None:
    picture = picture_of(thing("rose", "red", (64.0, 34.0), 26.0), thing("square", "green", (64.0, 92.0), 22.0))
    assert read(picture) == {("red", "rose"), ("green", "square")}


def test_a_green_thing_far_from_a_flower_is_no_leaf_of_it() -> None:
    picture = picture_of(thing("rose", "red", (40.0, 40.0), 22.0), thing("square", "green", (100.0, 100.0), 18.0))
    assert read(picture) == {("red", "rose"), ("green", "square")}


def test_a_circle_without_a_leaf_is_no_fruit_nor_flower() -> None:
    assert read(picture_of(thing("circle", "orange", (64.0, 64.0), 24.0))) == {("orange", "circle")}
