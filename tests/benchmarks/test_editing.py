"""The editing benchmark: its measures on drawn pictures, its intervals, and that a run is taken up again."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.editing.cases import find_subjects, place_discs, swap_word
from benchmarks.editing.intervals import Line, ratio_of_means, share_of, write_lines
from benchmarks.editing.pictures import (
    Picture,
    background_change,
    draw_discs,
    object_mask,
    separate_things,
    shift_between,
)
from benchmarks.editing.record import Measured, Record
from benchmarks.editing.reweight import score_color, score_noun
from vxa.core.errors import ConfigError
from vxa.tiny.intervals import Figure
from vxa.tiny.vocabulary import COLORS


def draw(*centers: tuple[float, float], color: str = "red", grey: int = 240) -> Picture:
    inside = draw_discs(128, centers, 0.15) > 0
    return np.where(inside[..., None], COLORS[color], grey).astype(np.uint8)


def test_a_disc_that_moves_is_seen_to_move_and_its_background_not() -> None:
    source, moved = draw((0.5, 0.4)), draw((0.5, 0.6), color="blue")
    assert shift_between(source, moved) == pytest.approx(0.2, abs=0.01)
    assert background_change(source, moved) == 0
    assert background_change(source, draw((0.5, 0.4), grey=230)) == pytest.approx(10)
    assert shift_between(source, np.full_like(source, 240)) is None


def test_things_are_counted() -> None:
    centers = place_discs(3, 2)
    assert len(separate_things(object_mask(draw(*centers)))) == 2
    assert len(separate_things(object_mask(draw(centers[0])))) == 1


def test_words_are_scored() -> None:
    picture = np.concatenate([draw((0.5, 0.5))[:, :64], draw((0.5, 0.5), color="blue")[:, 64:]], axis=1)
    assert score_color(picture, "red") == pytest.approx(0.5, abs=0.02) and score_color(picture, "green") == 0
    assert score_noun(draw((0.5, 0.5)), "circle") > 0.9 and score_noun(draw((0.5, 0.5)), "star") == 0


@pytest.mark.parametrize("kind", ["shape", "color"])
def test_one_word_is_swapped(kind: str) -> None:
    for subject in find_subjects("dev", 6):
        swap = swap_word(subject, kind)
        pairs = zip(subject.caption.split(), swap.edited.split(), strict=True)
        assert [pair for pair in pairs if pair[0] != pair[1]] == [(swap.old, swap.new)]
        assert swap.expected != subject.expected and swap.new in (swap.expected.noun, swap.expected.color)


def test_wilson_s_interval() -> None:
    figure = share_of([True] * 8 + [False] * 2)
    assert (figure.mean, figure.count) == (0.8, 10)
    assert (figure.low, figure.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert math.isnan(share_of([]).mean)


def test_a_ratio_is_of_the_sums() -> None:
    figure = ratio_of_means([(1, 2), (3, 2), (2, 4)])
    assert figure.mean == 0.75 and figure.low < 0.75 < figure.high
    exact = ratio_of_means([(1, 4), (2, 8)])
    assert exact.low == exact.high == 0.25


def test_targets_are_judged() -> None:
    lines = [Line("a", Figure(0.9, 0.8, 1, 10), 0.8), Line("b", Figure(0.4, 0.3, 0.5, 10), high=1 / 3)]
    assert [line.verdict for line in lines] == ["yes", "no"]
    assert "| a | 0.9 | 0.8 – 1 | 10 | ≥ 0.8 | yes |" in write_lines(lines)


def test_a_run_is_taken_up_again(tmp_path: Path) -> None:
    about = {"model": "abc", "steps": 20}
    Record(tmp_path, "shape", about).add("7", Measured({"right": True}, {"source": draw((0.5, 0.5))}))
    again = Record(tmp_path, "shape", about)
    assert again.rows == {"7": {"right": True, "labels": ["source"]}}
    again.draw_sheet()
    assert (tmp_path / "shape.png").is_file()
    with pytest.raises(ConfigError, match="Name another folder"):
        Record(tmp_path, "shape", {**about, "steps": 50})
