from __future__ import annotations

import numpy as np

from vxa.tiny.regions import connected_components, dilate, find_regions
from vxa.tiny.vocabulary import COLORS


def test_components_of_a_hand_made_mask() -> None:
    mask = np.array([[1, 1, 0, 1], [0, 0, 0, 1], [1, 0, 1, 1]], bool)
    parts = sorted(connected_components(mask), key=lambda part: part.sum())
    assert [int(part.sum()) for part in parts] == [1, 2, 4]
    assert np.array_equal(np.logical_or.reduce(parts), mask)
    assert connected_components(np.zeros((3, 3), bool)) == []


def test_a_snake_is_one_component() -> None:
    mask = np.ones((31, 31), bool)
    mask[1::4, :-1] = False
    mask[3::4, 1:] = False
    assert len(connected_components(mask)) == 1


def test_dilation_adds_the_four_neighbours() -> None:
    mask = np.zeros((5, 5), bool)
    mask[2, 2] = True
    assert dilate(mask).sum() == 5
    mask = np.zeros((2, 2), bool)
    mask[0, 0] = True
    assert dilate(mask).sum() == 3


def test_every_colour_and_its_dark_form_are_told_apart() -> None:
    for share in (1.0, 0.75, 0.5):
        for name, color in COLORS.items():
            picture = np.full((40, 40, 3), 150, np.uint8)
            picture[10:30, 10:30] = (np.array(color) * share).astype(np.uint8)
            regions = find_regions(picture)
            assert [(region.color, region.area) for region in regions] == [(name, 400)]


def test_grey_and_specks_are_nothing() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 1)).astype(np.uint8).repeat(3, axis=2)
    picture[10:14, 10:14] = COLORS["red"]
    assert find_regions(picture) == []
