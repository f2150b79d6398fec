"""Weakening the heads of colour and of shape in order: how soon does a picture lose each?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.editing.cases import Subject
from benchmarks.editing.intervals import Line
from benchmarks.editing.pictures import Picture
from benchmarks.editing.question import Desk
from benchmarks.editing.record import Measured, Row
from benchmarks.heads.question import HeadQuestion
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.heads.weaken_result import trapezoid_weights
from vxa.methods.ordered_weakening import ORDERS, WEAKENING
from vxa.render.plots import curve_plot
from vxa.tiny.intervals import Figure, bootstrap_mean

CONCEPTS = {"color": "shape", "shape": "color"}
"""Concepts whose heads are weakened, each with the attribute that should suffer less."""
NUM_COUNTS = 7
AREA = 0.2
"""Smallest area between the curves that is aimed at."""
_SHOWN = 5


class Weakening(HeadQuestion):
    """Weakens the heads of a concept in every order."""

    name = "weakening"
    num_cases = 8

    def __init__(self, factor: float = WEAKENING) -> None:
        self._factor = factor

    def depends_on(self, desk: Desk) -> Row:
        """Say which vectors, and how much is weakened."""
        return {**super().depends_on(desk), "factor": self._factor}

    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Weaken in one caption, the heads of each concept."""
        num_heads = desk.host.sites.head_layers.total
        counts = tuple(round(num_heads * point / (NUM_COUNTS - 1)) for point in range(NUM_COUNTS))
        row: Row = {"source": subject.caption, "shares": [count / num_heads for count in counts]}
        pictures: dict[str, Picture] = {}
        for concept in CONCEPTS:
            job = WeakenJob(
                prompt=subject.caption, concept=concept, counts=counts, factor=self._factor, seed=subject.seed,
                vectors=desk.vectors, **desk.drawing,
            )  # fmt: skip
            result = desk.studio.weaken(job)
            row |= {
                f"{concept} {order} {score}": [figure.mean for figure in result.curve(score, order)]
                for order in ORDERS
                for score in CONCEPTS
            }
            pictures |= {
                f"{concept} {order}: {count}": result.drawn.shown[order, count]
                for order in ("most", "least")
                for count in counts[:_SHOWN]
            }
        return Measured(row, pictures)

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give the areas between the curves, and how much less the other attribute suffers."""
        lines = []
        for concept, other in CONCEPTS.items():
            most, least, anyhow = (mean_heights(rows, f"{concept} {order} {concept}") for order in ORDERS)
            spared = mean_heights(rows, f"{concept} most {other}")
            lines += [
                Line(f"{concept} heads, {concept}: area between least and most relevant first",
                     _mean(least - most), AREA),
                Line(f"{concept} heads, {concept}: random order above most relevant first",
                     _mean(anyhow - most), 0),
                Line(f"{concept} heads, {concept}: least relevant first above random order",
                     _mean(least - anyhow), 0),
                Line(f"{concept} heads, most relevant first: {other} above {concept}",
                     _mean(spared - most), 0),
            ]  # fmt: skip
        return lines

    def draw(self, rows: Sequence[Row], folder: Path) -> None:
        """Draw the curves with their intervals."""
        shares = rows[0]["shares"]
        for concept in CONCEPTS:
            for score in CONCEPTS:
                columns = {order: np.array([row[f"{concept} {order} {score}"] for row in rows]).T for order in ORDERS}
                curves = {order: [bootstrap_mean(column) for column in table] for order, table in columns.items()}
                plot = curve_plot(
                    {order: (shares, [figure.mean for figure in curve]) for order, curve in curves.items()},
                    title=f"Heads of {concept} weakened × {self._factor:g}: share of pictures with the right {score}",
                    xlabel="share of heads weakened", ylabel=f"{score} right",
                    bands={
                        order: ([figure.low for figure in curve], [figure.high for figure in curve])
                        for order, curve in curves.items()
                    },
                )  # fmt: skip
                plot.save(folder / f"{self.name}-{concept}-heads-{score}.png")


def mean_heights(rows: Sequence[Row], name: str) -> np.ndarray:
    """Give the area under each row's curve, shares of the heads being its width: shape (row,)."""
    return np.array([row[name] for row in rows], np.float64) @ trapezoid_weights(np.array(rows[0]["shares"]))


def _mean(values: np.ndarray) -> Figure:
    return bootstrap_mean(values.tolist())
