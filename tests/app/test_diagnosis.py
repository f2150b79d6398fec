from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from vxa.app.diagnosis import PRESET, Diagnosis, content_words
from vxa.app.jobs import GenerateJob
from vxa.app.session import Session
from vxa.core.errors import ConfigError
from vxa.core.tokens import Word
from vxa.hosts.memory import RandomHost


def words(**maps: tuple[float, list[list[float]]]) -> Diagnosis:
    """A result of hand-made maps: peak, and the map from 0 to 1."""
    made = [SimpleNamespace(word=Word(name, (number,)), peak=peak, map_yx=np.array(map_yx, np.float32))
            for number, (name, (peak, map_yx)) in enumerate(maps.items())]  # fmt: skip
    return Diagnosis(SimpleNamespace(words=made))  # pyright: ignore[reportArgumentType]


def test_strengths_are_those_worked_out_by_hand() -> None:
    left, right, both = [[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 0.4]], [[1.0, 0.5], [0.5, 0.0]]
    red, circle, blue = words(red=(0.9, left), circle=(0.5, right), blue=(0.2, both)).words
    assert (red.peak, red.area) == (0.9, 0.5)
    assert (red.other, red.overlap) == ("blue", pytest.approx(1.5 / 2.5))
    assert circle.area == 0.25 and (circle.other, circle.overlap) == ("blue", pytest.approx(0.5 / 2.9))
    assert [each.is_weak for each in (red, circle, blue)] == [False, False, True]


def test_a_word_alone_overlaps_none_and_an_empty_map_has_no_area() -> None:
    (alone,) = words(red=(0.0, [[0.0, 0.0]])).words
    assert (alone.area, alone.overlap, alone.other, alone.is_weak) == (0.0, 0.0, "", True)


def test_the_status_names_the_weak_ones() -> None:
    assert words(red=(0.9, [[1.0]]), circle=(0.1, [[1.0]])).status == "weak: “circle”"
    assert "every word" in words(red=(0.9, [[1.0]])).status


def test_only_words_that_name_something_are_asked_for() -> None:
    host = RandomHost()
    table = host.tokenize("The red circle is left of 2 blue squares, and a circle")[0]
    assert content_words(table) == ("red", "circle", "blue", "squares")
    with pytest.raises(ConfigError, match="names something"):
        content_words(host.tokenize("left of the")[0])


def test_a_drawn_picture_is_diagnosed() -> None:
    host = RandomHost()
    job = GenerateJob(prompt="a red circle", tokens="red, circle", preset=PRESET, steps=2)
    found = Diagnosis(Session(lambda _: host, keeps_everything=True).generate(job)).words
    assert [each.word for each in found] == ["red", "circle"]
    assert all(0 < each.peak <= 1 and 0 < each.area <= 1 and 0 < each.overlap <= 1 for each in found)
    assert [each.other for each in found] == ["circle", "red"]
