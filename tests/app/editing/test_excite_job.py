from __future__ import annotations

from typing import Any

import pytest

from vxa.app.editing.excite_job import ExciteJob
from vxa.core.errors import ConfigError
from vxa.methods.attend_excite import AttendExcite

PLAIN = {"prompt": "a cat and a frog", "words": "cat, frog"}


def test_defaults_are_the_published_ones() -> None:
    job, config = ExciteJob(**PLAIN), AttendExcite(("cat", "frog"))
    assert job.excited == config.words and job.moments == config.thresholds
    assert (job.refinements, job.end, job.step_size) == (config.max_refinements, config.end, config.step_size)
    assert (1.0, job.step_end) == config.step_range and (job.steps, job.guidance) == (50, 7.5)
    assert job.concept_of == {}


def test_each_word_may_have_a_concept() -> None:
    job = ExciteJob(**PLAIN, concepts="frog=Animals, cat=Image Style", thresholds="")
    assert job.concept_of == {"cat": "Image Style", "frog": "Animals"} and job.moments == ()


@pytest.mark.parametrize(("settings", "message"), [
    ({"words": " , "}, "words to excite; got none"),
    ({"words": "cat, cat"}, "each word once"),
    ({"concepts": "cat=Animals"}, "a concept for each word to excite, or for none; got frog"),
    ({"concepts": "cat, frog"}, "concepts of words"),
    ({"thresholds": "first=0.5"}, "thresholds as moment=peak; got first=0.5"),
    ({"thresholds": "0.5"}, "thresholds as"),
    ({"thresholds": "0.5=2"}, r"peak in \[0, 1\]"),
    ({"end": 1.5}, "end from 0 to 1"),
    ({"kernel": "box"}, "kernel to be a known name"),
])  # fmt: skip
def test_what_makes_no_sense_is_told(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ExciteJob(**{**PLAIN, **settings})
