"""What an ordered weakening gives: scores by order and number of heads, as pictures, curves with bands and a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vxa.app.editing.outcome import Outcome
from vxa.app.heads.weaken import WeakenDrawn, WeakenPlan
from vxa.app.pixels import Picture
from vxa.render.plots import curve_plot
from vxa.render.sheet import labelled_sheet
from vxa.tiny.intervals import Figure, bootstrap_mean

TABLE_NAME = "weaken.csv"
_FIRST = {"most": "most relevant first", "least": "least relevant first", "random": "any order"}


@dataclass(frozen=True, kw_only=True)
class WeakenResult(Outcome):
    """A finished weakening."""

    plan: WeakenPlan
    """What was done."""
    drawn: WeakenDrawn
    """What it gave."""

    @property
    def main(self) -> tuple[str, Picture]:
        """The first picture, without weakening."""
        return "plain.png", self.drawn.shown[self.plan.job.orders[0], 0]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What is scored, such as "color" and "shape"."""
        return tuple(dict.fromkeys(name for row in self.drawn.rows for name in row.scores))

    def curve(self, name: str, order: str) -> list[Figure]:
        """Give the mean score for each number of weakened heads, with its interval over prompts and seeds."""
        return [
            bootstrap_mean([row.scores[name] for row in self.drawn.rows
                            if row.order == order and row.count == count and name in row.scores])
            for count in self.plan.counts
        ]  # fmt: skip

    @cached_property
    def areas(self) -> dict[str, Figure]:
        """By score, the area between the curves of least and most relevant heads first, with its interval.

        The number of heads is taken as a share of the last one, so that the area is at most the range of the score.
        Empty unless both orders were drawn for more than one number of heads.
        """
        counts = np.array(self.plan.counts, np.float64)
        if not {"most", "least"} <= set(self.plan.job.orders) or len(counts) < 2:
            return {}
        weights = trapezoid_weights(counts / counts[-1])
        return {name: bootstrap_mean((self._gaps(name) @ weights).tolist()) for name in self.names}

    def sheet(self) -> Image.Image:
        """Draw the first prompt and seed: a row an order, more and more heads weakened from left to right."""
        job, counts = self.plan.job, self.plan.counts
        cells = [
            (f"{order}: {count}", Image.fromarray(self.drawn.shown[order, count]))
            for order in dict.fromkeys(job.orders)
            for count in counts
        ]
        title = f"{job.prompt.strip().splitlines()[0]} — heads of {job.concept} × {job.factor:g}"
        return labelled_sheet(cells, columns=len(counts), title=title)

    def plot(self, name: str) -> Image.Image:
        """Draw the curves of a score with their intervals."""
        orders = dict.fromkeys(self.plan.job.orders)
        curves = {_FIRST[order]: self.curve(name, order) for order in orders}
        counts = self.plan.counts
        return curve_plot(
            {order: (counts, [figure.mean for figure in curve]) for order, curve in curves.items()},
            title=f"Heads of {self.plan.job.concept} weakened: what is left of the {name}",
            xlabel="weakened heads", ylabel=self.plan.scorer.label,
            bands={
                order: ([figure.low for figure in curve], [figure.high for figure in curve])
                for order, curve in curves.items()
            },
        )  # fmt: skip

    def iter_pictures(self) -> Iterator[tuple[str, Image.Image]]:
        """Yield the picture without weakening, the contact sheet, and the curves of each score."""
        yield "plain", Image.fromarray(self.main[1])
        yield "sheet", self.sheet()
        for name in self.names:
            yield f"curves-{name}", self.plot(name)

    def write_more(self, folder: Path) -> tuple[str, ...]:
        """Write the scores of every picture as CSV."""
        with (folder / TABLE_NAME).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["prompt", "seed", "order", "weakened heads", *self.names])
            for row in self.drawn.rows:
                scores = [row.scores.get(name, "") for name in self.names]
                writer.writerow([self.plan.job.prompts[row.prompt], row.seed, row.order, row.count, *scores])
        return (TABLE_NAME,)

    @property
    def status(self) -> str:
        """One line: area between the curves, pictures, seconds."""
        areas = [f"area of {name} {figure.mean:.2f}" for name, figure in self.areas.items()]
        drawn = f"{len(self.drawn.rows)} pictures with up to {self.plan.counts[-1]} heads of {self.plan.job.concept}"
        return " · ".join([drawn, *areas, f"{self.seconds:.1f} s"])

    @property
    def figures(self) -> dict[str, Any]:
        """Numbers of heads, mean scores by score and order, and the areas between the curves."""
        return {
            "counts": list(self.plan.counts),
            "curves": {
                name: {order: [figure.mean for figure in self.curve(name, order)] for order in self.plan.job.orders}
                for name in self.names
            },
            "area": {name: figure.mean for name, figure in self.areas.items()},
            "area_interval": {name: [figure.low, figure.high] for name, figure in self.areas.items()},
        }

    def _gaps(self, name: str) -> np.ndarray:
        """Give least minus most for each picture and number of heads: shape (prompt and seed, count)."""
        scores = {
            (row.prompt, row.seed, row.order, row.count): row.scores[name]
            for row in self.drawn.rows
            if name in row.scores
        }
        cases = dict.fromkeys((prompt, seed) for prompt, seed, _, _ in scores)
        return np.array(
            [[scores[(*case, "least", count)] - scores[(*case, "most", count)] for count in self.plan.counts]
             for case in cases]
        )  # fmt: skip


def trapezoid_weights(xs: np.ndarray) -> np.ndarray:
    """Give what each y is multiplied by in the area under a curve at these xs, ascending."""
    gaps = np.diff(xs)
    return (np.append(gaps, 0) + np.append(0, gaps)) / 2
