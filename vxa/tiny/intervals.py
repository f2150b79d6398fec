"""Means with their uncertainty; pure numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_RESAMPLES = 2000


@dataclass(frozen=True)
class Figure:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float
    count: int
    """Number of values behind it."""

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}] (n = {self.count})"


def bootstrap_mean(values: Sequence[float], seed: int = 0) -> Figure:
    """Return the mean of some values and the 95 % percentile interval of its bootstrap.

    Args:
        values: Independent values; none at all give NaN.
        seed: Seed of the resampling.

    Source: Efron 1979; 2000 resamples.
    """
    if len(values) == 0:
        return Figure(float("nan"), float("nan"), float("nan"), 0)
    array = np.asarray(values, np.float64)
    picks = np.random.default_rng(seed).integers(0, len(array), (_RESAMPLES, len(array)))
    low, high = np.quantile(array[picks].mean(axis=1), (0.025, 0.975))
    return Figure(float(array.mean()), float(low), float(high), len(array))
