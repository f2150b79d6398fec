from __future__ import annotations

import pytest

from vxa.engine.host import Host
from vxa.ui.edit_lists import READERS, read_lists

BLANK = dict.fromkeys(READERS, "")


@pytest.fixture
def read(host: Host):
    source, *targets = (host.tokenize(prompt)[0] for prompt in ("a red circle", "a red star", "a circle"))
    return lambda **typed: read_lists(BLANK | typed, source, targets)


def test_words_are_found_in_each_prompt(read) -> None:
    (part,) = read(tokens="red")["lists"]["tokens"]
    assert (part["source"], part["targets"]) == ([2], [[2], []])


def test_weights_are_of_edited_prompts_only(read) -> None:
    answer = read(weights="a red=0.5, star=-1")
    phrase, star = answer["lists"]["weights"]
    assert phrase == {"text": "a red", "value": 0.5, "source": [], "targets": [[1, 2], []]}
    assert star["value"] == -1 and not answer["errors"]


def test_windows_come_as_start_and_end(read) -> None:
    (part,) = read(word_windows="star=0.2-0.6")["lists"]["word_windows"]
    assert part["value"] == (0.2, 0.6)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("weights", "star", "weights"),
        ("weights", "star=much", "weights"),
        ("word_windows", "star=0.6-0.2", "windows"),
    ],
)
def test_what_cannot_be_read_is_left_to_its_writer(read, name: str, text: str, said: str) -> None:
    answer = read(**{name: text})
    assert answer["lists"][name] is None and said in answer["errors"][name]
    assert all(answer["lists"][other] == [] for other in BLANK if other != name)


def test_a_word_of_no_prompt_is_told_and_stays(read) -> None:
    answer = read(tokens="dog, red")
    assert "'dog'" in answer["errors"]["tokens"]
    assert [part["text"] for part in answer["lists"]["tokens"]] == ["dog", "red"]


def test_blending_needs_a_word_of_each_prompt(read) -> None:
    assert "every prompt" in read(blend="star")["errors"]["blend"]
    assert not read(blend="circle, star")["errors"]
