from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import pytest

from vxa.app.settings import Field, check, from_json, iter_fields, parse_text, setting, to_json
from vxa.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Toy:
    """One setting of each kind."""

    text: str = setting("text", "Text", "Any text.")
    flag: bool = setting("flag", "Flag", "Yes or no.", False)
    count: int = setting("int", "Count", "A number.", 3, low=1, high=9)
    share: float = setting("float", "Share", "A number.", 0.5, low=0, high=1)
    level: float | None = setting("float", "Level", "A number or auto.", None, low=0, high=1, optional=True)
    steps: tuple[int, ...] = setting("ints", "Steps", "Numbers.", (), low=0)
    color: str = setting("choice", "Colour", "A name.", "red", names=("red", "green"))
    modes: tuple[str, ...] = setting("choices", "Modes", "Names.", ("a",), names=("a", "b"))
    undeclared: int = 7

    def __post_init__(self) -> None:
        check(self)


FIELDS = {field.name: field for field in iter_fields(Toy)}


def test_fields_come_in_order_and_only_the_declared_ones() -> None:
    assert list(FIELDS) == ["text", "flag", "count", "share", "level", "steps", "color", "modes"]


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("text", 3, "text as text; got 3"),
        ("text", "\udcff", "Unicode"),
        ("flag", 1, "flag as yes or no; got 1"),
        ("count", 0, "count from 1 to 9; got 0"),
        ("count", 10, "count from 1 to 9; got 10"),
        ("count", 2.0, "count as a whole number"),
        ("count", True, "count as a whole number; got True"),
        ("share", math.nan, "share from 0 to 1; got nan"),
        ("share", math.inf, "share from 0 to 1"),
        ("share", None, "share as a number; got None"),
        ("level", 2.0, "level from 0 to 1"),
        ("steps", [1], "steps as a list"),
        ("steps", (1, -1), "steps of at least 0; got -1"),
        ("steps", (1, "a"), "whole numbers"),
        ("color", "gren", "Did you mean green"),
        ("modes", ("a", "c"), "modes to be a known name"),
        ("modes", "a", "modes as a list"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(name: str, value: Any, complaint: str) -> None:
    with pytest.raises(ConfigError, match="Expected ") as caught:
        Toy(**{"text": "x", name: value})
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("text", " as is ", " as is "),
        ("flag", "Yes", True),
        ("flag", "0", False),
        ("count", " 4 ", 4),
        ("count", "4.0", 4),
        ("share", "1e-1", 0.1),
        ("level", "auto", None),
        ("level", "", None),
        ("level", "0.25", 0.25),
        ("steps", "1, 2,3,", (1, 2, 3)),
        ("steps", "", ()),
        ("color", "red ", "red"),
        ("modes", "a, b", ("a", "b")),
    ],
)
def test_typed_text_becomes_the_value(name: str, typed: str, value: Any) -> None:
    assert parse_text(FIELDS[name], typed) == value


@pytest.mark.parametrize(
    ("name", "typed"),
    [("flag", "maybe"), ("count", "1.5"), ("count", "x"), ("count", "inf"), ("share", ""), ("steps", "1;2")],
)
def test_typed_nonsense_is_refused(name: str, typed: str) -> None:
    with pytest.raises(ConfigError, match=f"Expected {name} as "):
        parse_text(FIELDS[name], typed)


def test_json_goes_there_and_back() -> None:
    toy = Toy(text="ä “b”", steps=(1, 2), modes=("b", "a"), level=0.5)
    assert from_json(Toy, json.loads(json.dumps(to_json(toy)))) == toy
    assert list(to_json(toy)) == list(FIELDS)


def test_json_with_an_unknown_or_a_missing_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"a setting of Toy; got 'stpes'\. Did you mean steps"):
        from_json(Toy, {"text": "x", "stpes": [1]})
    with pytest.raises(ConfigError, match=r"the setting 'text'; got nothing\. Any text\."):
        from_json(Toy, {})


def test_a_field_knows_its_default() -> None:
    assert isinstance(FIELDS["count"], Field)
    assert FIELDS["count"].default == 3
