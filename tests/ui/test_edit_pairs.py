from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vxa.core.tokens import TokenTable
from vxa.engine.host import Host
from vxa.ui.edit_pairs import pair_prompts

SOURCE = "a red circle left of a blue square"
Pair = Callable[[str, str, str], dict[str, Any]]


@pytest.fixture
def tokenize(host: Host) -> Callable[[str], TokenTable]:
    return lambda prompt: host.tokenize(prompt)[0]


@pytest.fixture
def pair(tokenize: Callable[[str], TokenTable]) -> Pair:
    return lambda source, target, kind: pair_prompts(tokenize(source), tokenize(target), kind)


def shown(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Each column as (state, words above, words below)."""
    return [
        (each["state"], *(" ".join(word["text"] for word in each[side]) for side in ("source", "target")))
        for each in answer["columns"]
    ]


def test_a_swapped_word_stands_over_the_one_that_takes_its_place(pair: Pair) -> None:
    answer = pair("a red circle", "a red star", "auto")
    assert answer["kind"] == "replace" and not answer["error"]
    assert shown(answer) == [("kept", "a", "a"), ("kept", "red", "red"), ("swapped", "circle", "star")]


def test_added_words_stand_alone_where_they_belong(pair: Pair) -> None:
    answer = pair("a circle", "a large red circle", "auto")
    assert answer["kind"] == "refine"
    assert shown(answer) == [
        ("kept", "a", "a"), ("added", "", "large"), ("added", "", "red"), ("kept", "circle", "circle"),
    ]  # fmt: skip


def test_words_that_are_gone_come_before_those_that_are_new(pair: Pair) -> None:
    assert shown(pair("a red circle", "a blue large circle", "refine")) == [
        ("kept", "a", "a"), ("removed", "red", ""), ("added", "", "blue"), ("added", "", "large"),
        ("kept", "circle", "circle"),
    ]  # fmt: skip


def test_new_words_at_the_end_and_at_the_start(pair: Pair) -> None:
    assert shown(pair("circle", "red circle left", "refine")) == [
        ("added", "", "red"), ("kept", "circle", "circle"), ("added", "", "left"),
    ]  # fmt: skip


def test_impossible_replacement_is_told_and_what_refining_would_do_is_shown(pair: Pair) -> None:
    answer = pair("a circle", "a red circle", "replace")
    assert answer["kind"] == "replace" and "as many words" in answer["error"]
    assert shown(answer) == [("kept", "a", "a"), ("added", "", "red"), ("kept", "circle", "circle")]


def test_a_word_of_several_tokens_is_one_chip(pair: Pair, tokenize: Callable[[str], TokenTable]) -> None:
    long = next(word for word in ("photorealistic", "velociraptor") if len(tokenize(word).content) > 1)
    answer = pair("a circle", f"a {long}", "replace")
    ((word,),) = (each["target"] for each in answer["columns"] if each["state"] == "swapped")
    assert word["text"] == long and word["columns"] == [token.index for token in tokenize(f"a {long}").content[1:]]


def test_every_token_is_shown_once(pair: Pair, tokenize: Callable[[str], TokenTable]) -> None:
    targets = [SOURCE, "a blue square left of a red circle", "square", "red red red", f"not {SOURCE} at all"]
    for target in targets:
        for kind in ("auto", "refine", "reweight", "cac"):
            answer = pair(SOURCE, target, kind)
            for side, prompt in (("source", SOURCE), ("target", target)):
                found = [column for each in answer["columns"] for word in each[side] for column in word["columns"]]
                assert sorted(found) == [token.index for token in tokenize(prompt).content], (target, kind, side)


@pytest.mark.parametrize("text", [",", "3", "1-3", "a=b"])
def test_what_a_list_would_read_otherwise_has_no_name(pair: Pair, text: str) -> None:
    (*_, last) = pair("a circle", f"a {text}", "refine")["columns"]
    words = [word for each in last["target"] for word in [each["word"]]]
    assert all(not word or not set(word) & set(",=0123456789") for word in words)
