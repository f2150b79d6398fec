from __future__ import annotations

import numpy as np
import pytest

from vxa.tiny.shapes import OUTLINES, cover
from vxa.tiny.vocabulary import SHAPES


def test_every_noun_has_an_outline() -> None:
    assert tuple(OUTLINES) == SHAPES


@pytest.mark.parametrize("noun", SHAPES)
def test_outlines_stay_near_their_radius_and_are_soft_at_edges_only(noun: str) -> None:
    whole = cover(noun, (63.5, 63.5), 40, 128).whole
    rows, columns = np.nonzero(whole > 0)
    assert max(abs(rows - 63.5).max(), abs(columns - 63.5).max()) <= 1.15 * 40
    assert whole.min() == 0 and whole.max() == 1
    assert ((whole > 0) & (whole < 1)).mean() < 0.06


def test_a_disc_has_a_disc_s_area() -> None:
    assert cover("circle", (63.5, 63.5), 40, 128).whole.sum() == pytest.approx(np.pi * (0.98 * 40) ** 2, rel=0.01)


def test_only_flower_and_fruit_have_leaves() -> None:
    assert [noun for noun in SHAPES if cover(noun, (32, 32), 20, 64).leaf is not None] == ["rose", "orange"]


def test_outlines_differ_from_each_other() -> None:
    masks = [cover(noun, (63.5, 63.5), 40, 128).whole > 0.5 for noun in SHAPES]
    for place, one in enumerate(masks):
        for other in masks[:place]:
            assert (one & other).sum() / (one | other).sum() < 0.92
