from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.webui.standin.replay import Webui


@pytest.fixture
def read(webui: Webui) -> Callable[[str], Any]:
    from vxa.webui.prompts import read_prompt

    return read_prompt


CASES = [
    ("a red circle", "a red circle", "a red circle"),
    ("", "", ""),
    ("a <lora:hat:1> hat", "a  hat", "a              hat"),
    ("(hat:1.2), [b] \\(c\\)", "(hat:1.2), [b] \\(c\\)", " hat     ,  b   (c )"),
    ("a [cat:dog:0.5] runs", "a dog runs", "a      dog      runs"),
    ("a [cat:dog:150] runs", "a dog runs", "a      dog      runs"),
    ("a cat AND a dog:0.5", "a cat", "a cat              "),
    ("a cat :1.2 AND dog", "a cat", "a cat             "),
    ("a cat BREAK dog", "a cat BREAK dog", "a cat       dog"),
]


@pytest.mark.parametrize(("typed", "text", "spoken"), CASES, ids=[typed for typed, _, _ in CASES])
def test_what_the_text_encoder_reads_and_where_it_was_typed(
    read: Callable[[str], Any], typed: str, text: str, spoken: str
) -> None:
    prompt = read(typed)
    assert (prompt.typed, prompt.text.rstrip(), prompt.spoken) == (typed, text, spoken)


def test_without_emphasis_brackets_are_text(webui: Webui, read: Callable[[str], Any]) -> None:
    webui.shared.opts.emphasis = "None"
    assert read("(hat:1.2)").spoken == "(hat:1.2)"


def test_networks_are_handed_on_as_the_webui_parsed_them(read: Callable[[str], Any]) -> None:
    networks = read("a hat <lora:x:0.5:te=1> <hypernet:y>").networks
    assert networks["lora"][0].positional == ["x", "0.5"] and networks["lora"][0].named == {"te": "1"}
    assert networks["hypernet"][0].items == ["y"]
