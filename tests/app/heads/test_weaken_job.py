from __future__ import annotations

from typing import Any

import pytest

from vxa.app.heads.weaken_job import WeakenJob
from vxa.core.errors import ConfigError


def test_several_prompts_and_seeds() -> None:
    job = WeakenJob(prompt="a red hat || a hat", concept="Color", seed=7, num_seeds=3, clip="m", targets="red||blue")
    assert job.prompts == ("a red hat", "a hat") and job.seeds == (7, 8, 9)
    assert job.scored_texts == ("red", "blue")


def test_one_text_is_for_all_and_none_for_the_prompts_themselves() -> None:
    job = {"prompt": "a\nb", "concept": "Color", "clip": "m"}
    assert WeakenJob(**job, targets="red").scored_texts == ("red", "red")
    assert WeakenJob(**job).scored_texts == ("a", "b")


@pytest.mark.parametrize(("settings", "message"), [
    ({"prompt": "||"}, "a prompt; got"),
    ({"orders": ()}, "at least one order; got none. There are: most, least, random"),
    ({"orders": ("up",)}, "orders to be a known name"),
    ({"counts": (-1,)}, "counts of at least 0"),
    ({"factor": float("nan")}, "factor from -100 to 100"),
    ({"targets": "red"}, "a CLIP model for scored texts; got none"),
    ({"targets": "a||b", "clip": "m"}, "one scored text, or 1; got 2"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        WeakenJob(**{"prompt": "a red car", "concept": "Color", **settings})
