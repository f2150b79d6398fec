"""The benchmark of head relevance vectors: its cases, what counts as misread, and its figures from known rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.heads.adjusting import Adjusting, is_misread
from benchmarks.heads.exciting import WAYS as EXCITED_WAYS
from benchmarks.heads.exciting import Exciting, Pair
from benchmarks.heads.strengthening import WAYS as EDITED_WAYS
from benchmarks.heads.strengthening import StrengthenColor
from benchmarks.heads.weakening import NUM_COUNTS, Weakening, mean_heights
from vxa.methods.ordered_weakening import ORDERS
from vxa.tiny.scenes import draw_scene
from vxa.tiny.vocabulary import AMBIGUOUS_WORDS

SHARES = [point / (NUM_COUNTS - 1) for point in range(NUM_COUNTS)]


def test_cases_use_words_of_two_meanings_as_colours() -> None:
    for subject in Adjusting().cases("dev", 4, 0):
        text = subject.caption
        assert subject.color.text in AMBIGUOUS_WORDS and subject.expected.color == subject.color.text
        assert [text[span.start : span.end] for span in (subject.noun, subject.color)] == [
            subject.noun.text, subject.color.text,
        ]  # fmt: skip
    assert Adjusting().cases("dev", 2, 0) == Adjusting().cases("dev", 4, 0)[:2]


def scene_with(noun: str, color: str) -> np.ndarray:
    for seed in range(3000):
        scene = draw_scene(seed, "train")
        if [(each.noun, each.color) for each in scene.objects] == [(noun, color)]:
            return scene.picture
    raise AssertionError(f"no scene of one {color} {noun}")


def test_a_flower_is_misread_and_a_square_of_its_colour_is_not() -> None:
    assert is_misread(scene_with("rose", "red"), "rose") and is_misread(scene_with("orange", "orange"), "orange")
    assert not is_misread(scene_with("square", "rose"), "rose")


def known_rows() -> list[dict[str, object]]:
    """Colour goes at once by the most relevant heads and at last by the least, shape half-way by any."""
    most, least = [1.0, *[0.0] * (NUM_COUNTS - 1)], [*[1.0] * (NUM_COUNTS - 1), 0.0]
    half = [float(share < 0.5) for share in SHARES]
    row: dict[str, object] = {"source": "a red circle", "shares": SHARES}
    for concept in ("color", "shape"):
        for order, own in zip(ORDERS, (most, least, half), strict=True):
            other = "shape" if concept == "color" else "color"
            row |= {f"{concept} {order} {concept}": own, f"{concept} {order} {other}": half}
    return [row, row]


def test_areas_and_what_is_spared(tmp_path: Path) -> None:
    rows = known_rows()
    area, random_above, least_above, spared, *_ = Weakening().lines(rows)
    step = 1 / (NUM_COUNTS - 1)
    assert area.figure.mean == pytest.approx(1 - step) and area.verdict == "yes"
    assert random_above.figure.mean + least_above.figure.mean == pytest.approx(area.figure.mean)
    half = mean_heights(rows, "color most shape")[0]
    assert spared.figure.mean == pytest.approx(half - step / 2)
    Weakening().draw(rows, tmp_path)
    assert len(list(tmp_path.glob("weakening-*.png"))) == 4


def test_rates_of_misreading() -> None:
    rows = [
        {f"{way} {key}": value for way, value in (("plain", plain), ("adjusted", adjusted))
         for key in ("misread", "color", "shape")}
        for plain, adjusted in ((True, False), (True, True), (True, False), (False, False))
    ]  # fmt: skip
    *rates, gain, ratio = Adjusting().lines(rows)
    assert [line.figure.mean for line in rates[:2]] == [0.75, 0.25]
    assert gain.figure.mean == 0, "whoever sees all, sees the flower too"
    assert ratio.figure.mean == pytest.approx(1 / 3) and ratio.verdict == "yes"


def test_only_sources_that_show_their_word_count() -> None:
    row = {f"{way} {key}": value for way in EDITED_WAYS
           for key, value in (("right", way != "p2p"), ("shift", 0.1), ("change", None))}  # fmt: skip
    lines = StrengthenColor().lines([{**row, "source right": True}, {**row, "source right": False}])
    assert lines[0].figure.mean == 0.5
    short, long = lines[-2:]
    assert (short.figure.mean, long.figure.mean) == (1, 0) and short.figure.count == 1 and short.verdict == "yes"


def test_pairs_are_two_things_beside_each_other() -> None:
    for pair in Exciting().cases("dev", 8, 0):
        assert isinstance(pair, Pair) and pair.expected.noun != pair.other.noun
        assert pair.expected.noun in pair.caption and pair.other.noun in pair.caption
        assert " in front of " not in pair.caption


def test_pictures_that_lack_a_thing_are_counted_whatever_the_plain_one_shows() -> None:
    failing = {f"{way} {key}": way == "excited" for way in ("plain", *EXCITED_WAYS) for key in ("things", "bound")}
    spoilt = {"plain things": True, "plain bound": True, "excited things": False, "excited bound": False}
    *lines, ratio = Exciting().lines([failing, failing, failing, spoilt])
    figures = {line.what: line.figure.mean for line in lines}
    assert figures["excited, where plain lacks a thing: both things are seen"] == 1
    assert figures["other noise, where plain lacks a thing: both things are seen"] == 0
    assert figures["excited, where plain has both things: both things are seen"] == 0
    assert ratio.figure.mean == pytest.approx(1 / 3) and ratio.verdict == "yes"


def test_settings_that_are_tried_are_named_and_kept_apart() -> None:
    assert Adjusting().name == "adjusting" and Adjusting(0.0, 0.5).name == "adjusting-clamp-0-strength-0.5"
    assert Exciting().name == "exciting" and Exciting(20.0).name == "exciting-sharpness-20"
