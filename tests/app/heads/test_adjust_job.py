from __future__ import annotations

import pytest

from vxa.app.editing.typed import Adjustment
from vxa.app.heads.adjust_job import AdjustJob
from vxa.core.errors import ConfigError


def test_words_are_read_with_both_concepts() -> None:
    job = AdjustJob(prompt="a rose vase", adjust="rose = Color not Plants, vase=Shape not Time of Day")
    assert job.adjustments == (Adjustment("rose", "Color", "Plants"), Adjustment("vase", "Shape", "Time of Day"))


@pytest.mark.parametrize("adjust", ["", " , ", "rose", "rose=Color", "rose=Color-Plants", "rose=not b", "=a not b"])
def test_what_is_no_adjustment_is_refused(adjust: str) -> None:
    with pytest.raises(ConfigError, match=r"word=concept not concept|at least one adjusted word"):
        AdjustJob(prompt="a rose", adjust=adjust)
