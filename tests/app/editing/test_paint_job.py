from __future__ import annotations

from typing import Any

import pytest

from vxa.app.editing.paint_job import PaintJob
from vxa.core.errors import ConfigError


def test_numbers_belong_to_words() -> None:
    job = PaintJob(prompt="a", words="red car, hat", strengths="red car=1.5", seeds="hat=7", end=0.5)
    assert job.painted == ("red car", "hat") and job.window == (0, 0.5)
    assert (job.numbers("strengths"), job.numbers("seeds")) == ({"red car": 1.5}, {"hat": 7})


@pytest.mark.parametrize(("settings", "message"), [
    ({"words": ","}, "at least one painted word"),
    ({"words": "a, a"}, "each painted word once"),
    ({"strengths": "b=2"}, "There are: a"),
    ({"feathers": "a=65"}, "from 0 to 64 pixels"),
    ({"seeds": "a=1.5"}, "whole numbers"),
    ({"start": 0.5}, r"Write \(0\.2, 0\.5\)"),
    ({"levels": (0,)}, "levels with an injection; got pww-std"),
    ({"layers": "middle"}, "layers with an injection; got pww-std"),
    ({"layers": "middle", "levels": (0,), "method": "inject5"}, "levels or layers; got both"),
    ({"method": "inject3", "renormalise": True}, "inject1, 2, 5 or 6"),
])  # fmt: skip
def test_what_cannot_be_done_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        PaintJob(**{"prompt": "x", "words": "a", **settings})
