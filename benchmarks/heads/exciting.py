"""Captions of two things, one of which is left out: drawn by Attend-and-Excite, and by A&E-HRV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

from benchmarks.editing.cases import NOUNS, Subject
from benchmarks.editing.intervals import Line, ratio_of_means, share_of
from benchmarks.editing.pictures import Picture
from benchmarks.editing.question import Desk
from benchmarks.editing.record import Measured, Row
from benchmarks.heads.question import HeadQuestion
from vxa.app.editing.excite_job import ExciteJob
from vxa.tiny.checker import Expected, judge
from vxa.tiny.scenes import describe_scene
from vxa.tiny.vocabulary import OVERLAPPING_RELATIONS

_PLAINLY = {"end": 0.0, "thresholds": ""}
_OTHER_NOISE = 1_000_000
WAYS = ("other noise", "excited", "excited by heads")
"""What is tried where the plain picture lacks a thing."""
WORDINGS: dict[str, Callable[[Expected], Sequence[str]]] = {
    "nouns": lambda thing: [thing.noun],
    "phrases": lambda thing: [" ".join(_words_of(thing))],
    "each word": lambda thing: _words_of(thing),
}
"""What is excited of a thing: its noun, it and its colour together, or each on its own."""
FIGURES = {"things": "both things are seen", "bound": "both are seen in their colours"}


@dataclass(frozen=True)
class Pair(Subject):
    """A caption of two things."""

    other: Expected
    """The second."""


class Exciting(HeadQuestion):
    """Excites the nouns of captions of two things, whatever the plain picture shows; by heads where it lacks one.

    Whoever fails may be luckier with other noise, so that is drawn then too.

    Args:
        sharpness: Factor on attention before words compete; None as the job does by itself.
        wording: One of `WORDINGS`.
    """

    num_cases = 120
    """The plain picture lacks a thing in few of them; only those tell what exciting mends."""

    def __init__(self, sharpness: float | None = None, wording: str = "nouns") -> None:
        self._sharpness, self._wording = sharpness, wording
        self.name = "exciting"
        if sharpness is not None:
            self.name += f"-sharpness-{sharpness:g}"
        if wording != "nouns":
            self.name += f"-{wording.replace(' ', '-')}"

    def depends_on(self, desk: Desk) -> Row:
        """Say which vectors, and how sharply words compete."""
        return {**super().depends_on(desk), **({} if self._sharpness is None else {"sharpness": self._sharpness})}

    def cases(self, split: str, number: int, seed: int) -> Sequence[Subject]:
        """Return the first captions of two different things, neither of which hides the other."""
        return list(islice(_iter_pairs(split, seed), number))

    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Draw a caption in every way, from the same noise but for one."""
        assert isinstance(subject, Pair)
        expected = (subject.expected, subject.other)
        nouns = [each.noun for each in expected]
        words = [word for each in expected for word in WORDINGS[self._wording](each)]

        def draw(**settings: Any) -> Picture:
            given = {"words": ", ".join(words), "seed": subject.seed, "sharpness": self._sharpness}
            job = ExciteJob(prompt=subject.caption, vectors=desk.vectors, **{**given, **desk.drawing, **settings})
            return desk.studio.excite(job).main[1]

        pictures = {"plain": draw(**_PLAINLY), "excited": draw()}
        if not all(judge(pictures["plain"], expected).shape_right):
            pictures["excited by heads"] = draw(
                words=", ".join(nouns), concepts=", ".join(f"{noun}=shape" for noun in nouns)
            )
            pictures["other noise"] = draw(**{**_PLAINLY, "seed": subject.seed + _OTHER_NOISE})
        row: Row = {"source": subject.caption}
        for name, picture in pictures.items():
            verdict = judge(picture, expected)
            row |= {f"{name} things": all(verdict.shape_right), f"{name} bound": verdict.all_right}
        return Measured(row, {f"{subject.caption}: {name}": picture for name, picture in pictures.items()})

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give rates over all captions, over those that fail plainly, and over those that do not."""
        failed = [row for row in rows if not row["plain things"]]
        right = [row for row in rows if row["plain things"]]
        lines = [
            Line(f"{name}: {what}", share_of([row[f"{name} {key}"] for row in rows]))
            for key, what in FIGURES.items()
            for name in ("plain", "excited")
        ]
        lines += [
            Line(
                f"{name}, where plain lacks a thing: {what}", share_of([row[f"{name} {key}"] for row in failed]),
                0.5 if key == "things" and name != "other noise" else None,
            )
            for key, what in FIGURES.items()
            for name in WAYS
        ]  # fmt: skip
        lines += [
            Line(f"excited, where plain has both things: {what}", share_of([row[f"excited {key}"] for row in right]))
            for key, what in FIGURES.items()
        ]
        pairs = [(float(not row["excited things"]), float(not row["plain things"])) for row in rows]
        return [*lines, Line("pictures that lack a thing, excited / plain", ratio_of_means(pairs), high=0.5)]


def _words_of(thing: Expected) -> list[str]:
    return [thing.noun] if thing.color is None else [thing.color, thing.noun]


def _iter_pairs(split: str, first: int) -> Iterator[Pair]:
    for seed in count(first):
        layout, caption = describe_scene(seed, split)
        items = layout.objects
        nouns = {item.noun for item in items}
        is_plain = nouns <= set(NOUNS) and not caption.is_ambiguous and layout.relation not in OVERLAPPING_RELATIONS
        if len(items) == len(nouns) == 2 and is_plain:
            first_noun = next(span for span in caption.spans if span.kind == "noun")
            expected = [Expected(item.noun, item.color if item.is_color_named else None) for item in items]
            # which word names the colour does not matter here
            yield Pair(seed, caption.text, expected[0], first_noun, first_noun, expected[1])
