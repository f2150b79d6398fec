"""Measuring in pairs: A and B in turn within one run, medians, and the facts of the machine beside them.

On a busy machine the wall clock measures the neighbours too, so the processor time of this process is given as well.
"""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy
import torch

T = TypeVar("T")


@dataclass(frozen=True)
class Timing:
    """Durations of one contender, in the order they were taken."""

    wall: tuple[float, ...]
    """Seconds by the clock on the wall."""
    processor: tuple[float, ...]
    """Seconds of processor time, all threads together."""

    @property
    def median(self) -> float:
        """Middle wall time, seconds."""
        return statistics.median(self.wall)

    def ratio(self, base: Timing) -> float:
        """Median over the pairs of this wall time over the base's."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.wall, base.wall, strict=True))

    def processor_ratio(self, base: Timing) -> float:
        """The same of processor times."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.processor, base.processor, strict=True))


def interleave(contenders: Mapping[str, Callable[[], object]], rounds: int, warmups: int = 1) -> dict[str, Timing]:
    """Run contenders in turn, each round in the opposite order of the last, so that drift falls on all alike.

    Args:
        contenders: By name; the first is the baseline.
        rounds: Times each is measured.
        warmups: Rounds before that which do not count.
    """
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    processor: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(-warmups, rounds):
        for name in list(contenders)[:: 1 if number % 2 == 0 else -1]:
            began = time.perf_counter(), time.process_time()
            contenders[name]()
            if number >= 0:
                wall[name].append(time.perf_counter() - began[0])
                processor[name].append(time.process_time() - began[1])
    return {name: Timing(tuple(wall[name]), tuple(processor[name])) for name in contenders}


def measure_peak(run: Callable[[], T]) -> tuple[T, str]:
    """Run something; say also by how much the memory of the process rose at most, or "–" where nobody tells."""
    gc.collect()
    try:
        # what the allocator keeps for later would hide the rise
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # the highest level so far is forgotten
    except OSError:
        return run(), "–"
    status = Path("/proc/self/status")
    before = _kibibytes(status, "VmRSS")
    found = run()
    return found, f"{(_kibibytes(status, 'VmHWM') - before) / 1024:.0f} MiB"


def _kibibytes(status: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(f"{name}:"))


def write_table(timings: Mapping[str, Timing], target: str) -> str:
    """Write timings as a markdown table; the first is the baseline of the ratios."""
    base = next(iter(timings.values()))
    lines = ["| | median | ratio | ratio of processor time | target |", "|---|---|---|---|---|"]
    for name, timing in timings.items():
        is_base = timing is base
        ratios = ("1 (baseline)", "1", "") if is_base else _ratios(timing, base, target)
        lines.append(f"| {name} | {_seconds(timing.median)} | {' | '.join(ratios)} |")
    return "\n".join(lines)


def _ratios(timing: Timing, base: Timing, target: str) -> tuple[str, str, str]:
    return f"{timing.ratio(base):.3f}", f"{timing.processor_ratio(base):.3f}", target


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"


def write_rows(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Write any markdown table."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)])


def describe_machine() -> str:
    """One line: processor, cores, load, versions."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads{load}; "
        f"Python {platform.python_version()}, torch {torch.__version__}, numpy {numpy.__version__}"
    )
