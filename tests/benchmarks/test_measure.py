from __future__ import annotations

import sys

import pytest
import torch

from benchmarks.measure import measure_peak


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the highest level of a process's memory")
def test_the_peak_is_what_a_run_needed_at_most() -> None:
    peak = measure_peak(lambda: torch.ones(50_000_000))
    assert peak is not None and 190e6 < peak < 240e6
    again = measure_peak(lambda: torch.ones(1_000_000))
    assert again is not None and again < 20e6
