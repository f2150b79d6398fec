"""Captions of two things, one of which is left out: drawn by Attend-and-Excite, and by A&E-HRV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

from benchmarks.editing.cases import NOUNS, Subject
from benchmarks.editing.intervals import Line, share_of
from benchmarks.editing.pictures import Picture
from benchmarks.editing.question import Desk
from benchmarks.editing.record import Measured, Row
from benchmarks.heads.question import HeadQuestion
from vxa.app.editing.excite_job import ExciteJob
from vxa.tiny.checker import Expected, judge
from vxa.tiny.scenes import describe_scene

_OTHER_NOISE = 1_000_000
OTHERS = ("other noise", "excited", "excited by heads")
FIGURES = {"things": "both things are seen", "bound": "both are seen in their colours"}


@dataclass(frozen=True)
class Pair(Subject):
    """A caption of two things."""

    other: Expected
    """The second."""


class Exciting(HeadQuestion):
    """Excites the nouns of captions of two things, where the plain picture lacks one of them.

    Whoever fails may be luckier with other noise, so that is drawn too.
    """

    name = "exciting"
    num_cases = 60

    def cases(self, split: str, number: int, seed: int) -> Sequence[Subject]:
        """Return the first captions of two different things."""
        return list(islice(_iter_pairs(split, seed), number))

    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Draw a caption plainly, and if a thing is left out in the other ways, from the same noise but for one."""
        assert isinstance(subject, Pair)
        expected = (subject.expected, subject.other)
        nouns = [each.noun for each in expected]

        def draw(**settings: Any) -> Picture:
            drawn: dict[str, Any] = {"seed": subject.seed, **desk.drawing, **settings}
            job = ExciteJob(prompt=subject.caption, words=", ".join(nouns), vectors=desk.vectors, **drawn)
            return desk.studio.excite(job).main[1]

        plainly = {"end": 0.0, "thresholds": ""}
        pictures = {"plain": draw(**plainly)}
        if not all(judge(pictures["plain"], expected).shape_right):
            concepts = ", ".join(f"{noun}=shape" for noun in nouns)
            ways: list[dict[str, Any]] = [{**plainly, "seed": subject.seed + _OTHER_NOISE}, {}, {"concepts": concepts}]
            pictures |= {name: draw(**way) for name, way in zip(OTHERS, ways, strict=True)}
        row: Row = {"source": subject.caption}
        for name, picture in pictures.items():
            verdict = judge(picture, expected)
            row |= {f"{name} things": all(verdict.shape_right), f"{name} bound": verdict.all_right}
        return Measured(row, {f"{subject.caption}: {name}": picture for name, picture in pictures.items()})

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give the rate of the plain pictures, and of each other way where these fail."""
        failed = [row for row in rows if not row["plain things"]]
        lines = [
            Line(f"plain: {what}", share_of([row[f"plain {key}"] for row in rows])) for key, what in FIGURES.items()
        ]
        return lines + [
            Line(
                f"{name}, where plain lacks a thing: {what}", share_of([row[f"{name} {key}"] for row in failed]),
                0.5 if key == "things" and name != "other noise" else None,
            )
            for key, what in FIGURES.items()
            for name in OTHERS
        ]  # fmt: skip


def _iter_pairs(split: str, first: int) -> Iterator[Pair]:
    for seed in count(first):
        layout, caption = describe_scene(seed, split)
        items = layout.objects
        nouns = {item.noun for item in items}
        if len(items) == len(nouns) == 2 and nouns <= set(NOUNS) and not caption.is_ambiguous:
            first_noun = next(span for span in caption.spans if span.kind == "noun")
            expected = [Expected(item.noun, item.color if item.is_color_named else None) for item in items]
            # which word names the colour does not matter here
            yield Pair(seed, caption.text, expected[0], first_noun, first_noun, expected[1])
