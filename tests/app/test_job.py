from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from vxa.app.job import Job
from vxa.app.settings import setting
from vxa.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class CountJob(Job):
    kind: ClassVar[str] = "count"
    most: int = setting("int", "Most", "How many.", 3, low=1, high=9)


def test_a_job_is_checked_and_says_what_it_is() -> None:
    assert CountJob(prompt="x").to_json() == {"job": "count", "prompt": "x", "model": "", "most": 3}
    for wrong in ({"prompt": " "}, {"prompt": "x", "most": 10}):
        with pytest.raises(ConfigError):
            CountJob(**wrong)
