"""Figures with 95 % intervals, their targets, and the table they are written to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.measure import write_rows
from vxa.tiny.intervals import Figure

_Z = 1.959964
_RESAMPLES = 4000


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    what: str
    figure: Figure
    low: float | None = None
    """Smallest value aimed at."""
    high: float | None = None
    """Largest value aimed at."""

    @property
    def target(self) -> str:
        """What is aimed at, in words."""
        parts = [f"≥ {self.low:.3g}"] if self.low is not None else []
        return " ".join([*parts, *([f"≤ {self.high:.3g}"] if self.high is not None else [])])

    @property
    def verdict(self) -> str:
        """Whether the figure reaches its target."""
        if not self.target or math.isnan(self.figure.mean):
            return ""
        is_met = (self.low is None or self.figure.mean >= self.low) and (
            self.high is None or self.figure.mean <= self.high
        )
        return "yes" if is_met else "no"


def share_of(values: Sequence[bool]) -> Figure:
    """Return the share of what is true, with Wilson's interval."""
    total = len(values)
    if not total:
        return Figure(math.nan, math.nan, math.nan, 0)
    share = sum(values) / total
    middle = (share + _Z**2 / (2 * total)) / (1 + _Z**2 / total)
    half = _Z / (1 + _Z**2 / total) * math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    return Figure(share, max(middle - half, 0.0), min(middle + half, 1.0), total)


def ratio_of_means(pairs: Sequence[tuple[float, float]], seed: int = 0) -> Figure:
    """Return Σ first / Σ second over pairs, with the percentile interval of its bootstrap over the pairs.

    Resamples whose second is 0 altogether have no ratio and are left out; so has the whole, which gives NaN.
    """
    array = np.asarray(pairs, np.float64).reshape(-1, 2)
    if not array[:, 1].any():
        return Figure(math.nan, math.nan, math.nan, len(array))
    picks = np.random.default_rng(seed).integers(0, len(array), (_RESAMPLES, len(array)))
    sums = array[picks].sum(axis=1)
    sums = sums[sums[:, 1] != 0]
    low, high = np.quantile(sums[:, 0] / sums[:, 1], (0.025, 0.975))
    first, second = array.sum(axis=0)
    return Figure(float(first / second), float(low), float(high), len(array))


def write_lines(lines: Sequence[Line]) -> str:
    """Write a markdown table."""
    rows = [
        (line.what, f"{line.figure.mean:.3g}", f"{line.figure.low:.3g} – {line.figure.high:.3g}", line.figure.count,
         line.target, line.verdict)
        for line in lines
    ]  # fmt: skip
    return write_rows(("", "figure", "95 % interval", "n", "target", "met"), rows)
