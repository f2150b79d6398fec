from __future__ import annotations

import pytest

from vxa.core.concepts import VISUAL_CONCEPTS, Concepts
from vxa.core.errors import ConfigError

WORDS = {"Color": ["red", "blue"], "Size": ["small"]}


def test_plain_data_and_back() -> None:
    concepts = Concepts.of(WORDS)
    assert len(concepts) == 2 and concepts.words == (("red", "blue"), ("small",))
    assert Concepts.of(concepts.to_json()) == concepts and concepts.to_json() == WORDS


def test_the_published_concepts_are_34() -> None:
    assert len(set(VISUAL_CONCEPTS)) == 34 and VISUAL_CONCEPTS[17] == "Color" and VISUAL_CONCEPTS[22] == "Image Style"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({}, "at least one concept"),
        ({"Color": []}, "at least one word for 'Color'"),
        ({"Color": ["red", " "]}, "none of them blank"),
        ({"Color": ["red", "Red"]}, "'Red' twice"),
        ({"Color": ["red"], "COLOR": ["blue"]}, "'COLOR' twice"),
    ],
)
def test_sets_that_cannot_be_voted_for_are_refused(words: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Concepts.of(words)
