from __future__ import annotations

from typing import Any

import pytest

from vxa.core.tokens import Token, TokenTable, parse_selection
from vxa.engine.host import Host
from vxa.ui.chips import chip_data


def chip(data: dict[str, Any], text: str) -> dict[str, Any]:
    return next(each for each in data["chips"] if each["text"] == text)


def test_padding_is_one_range_and_every_other_token_a_chip(table: TokenTable) -> None:
    data = chip_data(table, "")
    assert [each["index"] for each in data["chips"]] + data["pads"] == list(range(77))
    assert (data["chips"][0]["special"], data["chips"][-1]["special"]) == ("bos", "eos")
    assert (data["parts"], data["error"]) == ([], "")


def test_a_chip_is_called_what_the_tokens_box_understands(host: Host) -> None:
    for prompt in [
        "a red circle left of a blue square",
        "a red-brown hat, a red hat's brim",
        "RED, (hat)!",
        "ünïcödé 猫 café",
    ]:
        table = host.tokenize(prompt)[0]
        for each in chip_data(table, "")["chips"]:
            columns = parse_selection(table, each["name"]).indices
            assert list(columns) == each["group"], each
            assert each["index"] in columns


def test_tokens_of_one_word_go_together(host: Host) -> None:
    # the random model cuts words into pieces of six letters
    data = chip_data(host.tokenize("a watermelon")[0], "")
    first = chip(data, "waterm")
    assert first["group"] == [2, 3]
    assert first["name"] == "watermelon"
    assert chip(data, "elon")["group"] == [2, 3]


def test_a_word_that_stands_twice_goes_by_its_column(table: TokenTable) -> None:
    data = chip_data(table, "")
    names = [each["name"] for each in data["chips"] if each["text"] == "a"]
    assert names == ["1", "6"]


def test_the_box_is_read_piece_by_piece(table: TokenTable) -> None:
    data = chip_data(table, "Blue square, 1-2 ,0")
    assert data["parts"] == [
        {"text": "Blue square", "indices": [7, 8]},
        {"text": "1-2", "indices": [1, 2]},
        {"text": "0", "indices": [0]},
    ]


@pytest.mark.parametrize("selection", ["dog", "99", "-1", "3-1", ",", "1.5"])
def test_what_cannot_be_read_is_said(table: TokenTable, selection: str) -> None:
    data = chip_data(table, selection)
    assert data["parts"] == []
    assert data["error"].startswith("Expected")


def test_an_empty_prompt_has_no_words() -> None:
    tokens = (Token(0, 0, 0, 8, "BOS", 0, 0, special="bos"), Token(1, 0, 1, 9, "EOS", 0, 0, special="eos"))
    data = chip_data(TokenTable("", tokens), "")
    assert [each["name"] for each in data["chips"]] == ["0", "1"]
