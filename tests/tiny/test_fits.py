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
from vxa.tiny.vocabulary import PICTURE_SIZE

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
