from __future__ import annotations

import sys

import pytest
import torch

from benchmarks.measure import measure_peak


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the highest level of a process's memory")
def test_the_peak_is_what_a_run_needed_at_most() -> None:
    (found, large), (_, small) = (measure_peak(lambda size=size: torch.ones(size)) for size in (50_000_000, 1_000_000))
    assert len(found) == 50_000_000
    assert 180 < int(large.removesuffix(" MiB")) < 230 and int(small.removesuffix(" MiB")) < 20
