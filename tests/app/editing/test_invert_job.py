from __future__ import annotations

import pytest

from vxa.app.editing.invert_job import INVERSIONS, InvertJob
from vxa.core.errors import ConfigError


def test_every_way_to_invert_can_be_named_and_no_other() -> None:
    assert [InvertJob(prompt="x", inversion=name).inversion for name in INVERSIONS] == list(INVERSIONS)
    with pytest.raises(ConfigError, match="Did you mean null-text"):
        InvertJob(prompt="x", inversion="nulltext")
