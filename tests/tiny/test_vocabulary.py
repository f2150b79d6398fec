from __future__ import annotations

from vxa.tiny.vocabulary import (
    AMBIGUOUS_WORDS,
    BACKGROUNDS,
    COLORS,
    HELD_OUT_PAIRS,
    MULTI_TOKEN_WORDS,
    PATTERNS,
    SHAPES,
    SIZES,
    domain_words,
)


def test_there_is_enough_of_everything() -> None:
    assert len(SHAPES) >= 8 and len(COLORS) >= 8 and len(SIZES) == 2 and len(PATTERNS) == 3 and len(BACKGROUNDS) == 6
    assert len(MULTI_TOKEN_WORDS) >= 10


def test_ambiguous_words_are_colours_and_things() -> None:
    assert set(AMBIGUOUS_WORDS) <= set(COLORS) & set(SHAPES)


def test_held_out_pairs_are_pairs_of_known_words() -> None:
    assert all(color in COLORS and noun in SHAPES for color, noun in HELD_OUT_PAIRS)


def test_words_are_listed_once_and_split_words_are_among_them() -> None:
    words = domain_words()
    assert len(words) == len(set(words))
    assert set(MULTI_TOKEN_WORDS) <= set(words)
    assert all("".join(pieces) == word for word, pieces in MULTI_TOKEN_WORDS.items())
