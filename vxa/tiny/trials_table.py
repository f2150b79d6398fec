"""The table of the recipe's trials, out of their figures. Knows nothing of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vxa.tiny.intervals import bootstrap_mean


@dataclass(frozen=True)
class TrialResult:
    """What one trial came to."""

    figures: Mapping[str, float]
    """Shares in [0, 1] by name."""
    losses: Sequence[float] = ()
    """Loss of each dev scene; the same scenes in all trials."""


def compose_table(label: str, results: Mapping[str, TrialResult]) -> str:
    """Return a table in Markdown.

    Args:
        label: Of the first column.
        results: By title, of the same figures each; losses are set against those of the first, scene by scene.
    """
    first_title, first = next(iter(results.items()))
    columns = [label, *(name.replace("_", " ") for name in first.figures)]
    if first.losses:
        columns.append(f"loss against {first_title}, %")
    rows = [columns, ["---"] * len(columns)]
    for title, result in results.items():
        row = [title, *(f"{value:.3f}" for value in result.figures.values())]
        if first.losses:
            row.append("–" if result is first else _change(np.array(first.losses), np.array(result.losses)))
        rows.append(row)
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _change(base: NDArray[np.float64], own: NDArray[np.float64]) -> str:
    change = bootstrap_mean(list(100 * (own - base) / base.mean()))
    return f"{change.mean:+.2f} [{change.low:+.2f}, {change.high:+.2f}]"
