from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vxa.app.editing.typed import (
    Adjustment,
    read_adjustments,
    read_names,
    read_numbers,
    read_prompts,
    read_windows,
    read_words,
)
from vxa.core.errors import ConfigError


def test_lists_are_split() -> None:
    assert read_prompts(" a\n\n b || c ") == ("a", "b", "c")
    assert read_words("red car, , hat") == ("red car", "hat")
    assert read_numbers("red car = -2, hat=.5\npink=1e1", "weights") == (("red car", -2), ("hat", 0.5), ("pink", 10))
    assert read_windows("red car=0.2 - 1, hat=.4", "windows") == (("red car", (0.2, 1)), ("hat", (0, 0.4)))
    assert read_names("red car = Color, hat=Time of Day", "") == (("red car", "Color"), ("hat", "Time of Day"))
    assert read_adjustments("rose= Color  not Geo-locations") == (Adjustment("rose", "Color", "Geo-locations"),)
    assert read_names("", "") == read_adjustments(" ") == ()
    assert read_prompts("") == read_words(" ,") == read_numbers("", "") == read_windows(" ", "") == ()


@pytest.mark.parametrize("text", ["hat", "=2", "hat=much", "hat=nan", "hat=1e9"])
def test_a_malformed_number_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match=r"weights .*got '?.*" + text.partition("=")[2]):
        read_numbers(text, "weights")


@pytest.mark.parametrize(("read", "text", "remedy"), [
    (read_windows, "hat=0.8-0.2", r"Write \(0\.2, 0\.8\)"),
    (read_windows, "hat=0-2", "Fractions of the run"),
    (read_windows, "hat=x", "word=0-0.4"),
    (read_names, "hat", "windows as “word=name”"),
    (read_names, "hat=", "windows as “word=name”"),
])  # fmt: skip
def test_a_wrong_window_is_refused(read: Callable[..., Any], text: str, remedy: str) -> None:
    with pytest.raises(ConfigError, match=remedy):
        read(text, "windows")
