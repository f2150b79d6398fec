"""Weighing the colour and the shape word of a caption with five factors, all drawn from one noise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter
from typing import ClassVar

import numpy as np

from benchmarks.editing.cases import Subject
from benchmarks.editing.intervals import Line
from benchmarks.editing.pictures import Picture
from benchmarks.editing.question import Desk, Question
from benchmarks.editing.record import Measured, Row
from vxa.app.pixels import decode
from vxa.core.grid import Grid
from vxa.methods.p2p import PromptEdit, PromptToPrompt, draw_edits
from vxa.tiny.checker import detect_objects
from vxa.tiny.intervals import bootstrap_mean
from vxa.tiny.regions import find_regions
from vxa.tiny.vocabulary import PICTURE_SIZE

FACTORS = (-2.0, 0.0, 0.5, 1.0, 3.0)
SLACK = 0.02
"""By how much a score may fall and still be said to stay."""


class Reweight(Question):
    """Scores a word while its weight rises."""

    name = "reweight"
    num_cases = 24
    words: ClassVar[tuple[str, ...]] = ("color", "noun")

    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Draw each word with each factor; a factor of 1 is the source."""
        row: Row = {"source": subject.caption}
        pictures: dict[str, Picture] = {}
        others = [factor for factor in FACTORS if factor != 1]
        for kind in self.words:
            word = getattr(subject, kind).text
            edits = tuple(PromptEdit(subject.caption, "reweight", weights=((word, factor),)) for factor in others)
            config = PromptToPrompt(subject.caption, edits)
            size = Grid(PICTURE_SIZE, PICTURE_SIZE)
            plan = config.plan(size, (subject.seed,), num_steps=desk.steps, guidance=desk.guidance)
            with desk.host.running():
                drawn = decode(desk.host, draw_edits(desk.host, config, plan))
            by_factor = sorted(zip((1.0, *others), drawn, strict=True), key=itemgetter(0))
            score = score_color if kind == "color" else score_noun
            row |= {f"{kind} {factor:g}": score(picture, word) for factor, picture in by_factor}
            pictures |= {f"{word} × {factor:g}": picture for factor, picture in by_factor}
        return Measured(row, pictures)

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give the mean score of each factor, and the steps between neighbours, case by case."""
        lines = []
        for kind in self.words:
            scores = [[row[f"{kind} {factor:g}"] for factor in FACTORS] for row in rows]
            lines += [
                Line(f"{kind} word × {factor:g}: score", bootstrap_mean([row[number] for row in scores]))
                for number, factor in enumerate(FACTORS)
            ]
            lines += [
                Line(
                    f"{kind} word: rise of the score from × {first:g} to × {second:g}",
                    bootstrap_mean([row[number + 1] - row[number] for row in scores]), -SLACK,
                )
                for number, (first, second) in enumerate(pairwise(FACTORS))
            ]  # fmt: skip
        return lines


def score_color(picture: Picture, color: str) -> float:
    """Return the share of the picture that is of a colour, as a share of what is coloured at all; 0 of nothing."""
    areas = {region.color: 0 for region in find_regions(picture)}
    for region in find_regions(picture):
        areas[region.color] += region.area
    return float(areas.get(color, 0) / max(sum(areas.values()), 1))


def score_noun(picture: Picture, noun: str) -> float:
    """Return how well the best thing that looks like a noun fits its outline, in [0, 1]; 0 if none does."""
    return float(np.max([found.overlap for found in detect_objects(picture) if found.noun == noun], initial=0.0))
