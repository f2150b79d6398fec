"""Words that are a colour and a thing, meant as a colour: how often are they misread, plainly and adjusted?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, islice
from typing import Any

from benchmarks.editing.cases import NOUNS, Subject
from benchmarks.editing.intervals import Line, ratio_of_means, share_of
from benchmarks.editing.pictures import Picture
from benchmarks.editing.question import Desk
from benchmarks.editing.record import Measured, Row
from benchmarks.heads.question import HeadQuestion
from vxa.app.heads.adjust_job import AdjustJob
from vxa.tiny.captions import WordSpan
from vxa.tiny.checker import LEAF_WORD, MIN_LEAF_AREA, Expected, detect_objects
from vxa.tiny.intervals import bootstrap_mean
from vxa.tiny.regions import find_regions
from vxa.tiny.scenes import describe_scene
from vxa.tiny.vocabulary import AMBIGUOUS_WORDS

WAYS = ("plain", "adjusted")
FORMS = ("a {noun} of {color}", "a {noun} in {color}")
"""Captions in which the word stands after its noun, as training never has it, and is easily taken for a thing."""


class Adjusting(HeadQuestion):
    """Adjusts colour words that are things too.

    Args:
        clamp: Where entries of the vectors are cut off, 0 for nowhere; None as the job does by itself.
        strength: How far heads are reweighted; None as the job does by itself.
    """

    num_cases = 40

    def __init__(self, clamp: float | None = None, strength: float | None = None) -> None:
        given = {"clamp": clamp, "strength": strength}
        self._settings: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        self.name = "-".join(["adjusting", *(f"{name}-{value:g}" for name, value in self._settings.items())])

    def depends_on(self, desk: Desk) -> Row:
        """Say which vectors, where they are cut off, and how far they are followed."""
        return {**super().depends_on(desk), **self._settings}

    def cases(self, split: str, number: int, seed: int) -> Sequence[Subject]:
        """Return captions of one thing whose colour is such a word, said in a way that can be misread."""
        return list(islice(_iter_subjects(split, seed), number))

    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Draw one caption both ways from one noise."""
        job = AdjustJob(
            prompt=subject.caption, adjust=f"{subject.color.text}=color not shape", seed=subject.seed,
            vectors=desk.vectors, **self._settings, **desk.drawing,
        )  # fmt: skip
        result = desk.studio.adjust(job)
        pictures: dict[str, Picture] = {"plain": result.plain, "adjusted": result.adjusted}
        row: Row = {"source": subject.caption}
        for way, picture in pictures.items():
            found = detect_objects(picture)
            row |= {
                f"{way} misread": is_misread(picture, subject.color.text),
                f"{way} color": any(thing.color == subject.color.text for thing in found),
                f"{way} shape": any(thing.noun == subject.noun.text for thing in found),
            }
        return Measured(row, {f"{subject.caption}: {way}": picture for way, picture in pictures.items()})

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give rates both ways."""
        lines = [
            Line(f"{way}: {what}", share_of([row[f"{way} {key}"] for row in rows]))
            for key, what in (
                ("misread", "misread, the flower or fruit is seen"), ("color", "the colour is seen"),
                ("shape", "the shape is seen"),
            )
            for way in WAYS
        ]  # fmt: skip
        meant = {way: [_is_meant(row, way) for row in rows] for way in WAYS}
        lines += [
            Line(f"{way}: read as meant, colour and shape seen and no flower or fruit", share_of(meant[way]))
            for way in WAYS
        ]
        lines += [
            Line(f"{way}: the colour is seen, where no flower or fruit is",
                 share_of([row[f"{way} color"] for row in rows if not row[f"{way} misread"]]))
            for way in WAYS
        ]  # fmt: skip
        gains = [float(after) - float(before) for before, after in zip(*meant.values(), strict=True)]
        pairs = [(float(row["adjusted misread"]), float(row["plain misread"])) for row in rows]
        return [
            *lines,
            Line("read as meant, adjusted above plain", bootstrap_mean(gains), 0),
            Line("misread, adjusted / plain", ratio_of_means(pairs), high=0.5),
        ]


def _iter_subjects(split: str, first: int) -> Iterator[Subject]:
    for seed in count(first):
        item, *others = describe_scene(seed, split)[0].objects
        if not others and item.color in AMBIGUOUS_WORDS and item.is_color_named and item.noun in NOUNS:
            text = FORMS[seed % len(FORMS)].format(noun=item.noun, color=item.color)
            noun, color = _span(text, "noun", item.noun), _span(text, "color", item.color)
            yield Subject(seed, text, Expected(item.noun, item.color), noun, color)


def is_misread(picture: Picture, word: str) -> bool:
    """Return whether the thing is seen that the word names, or a leaf, which no caption here asks for."""
    is_seen = any(thing.noun == word for thing in detect_objects(picture))
    return is_seen or any(region.color == LEAF_WORD for region in find_regions(picture, MIN_LEAF_AREA))


def _is_meant(row: Row, way: str) -> bool:
    return row[f"{way} color"] and row[f"{way} shape"] and not row[f"{way} misread"]


def _span(text: str, kind: str, word: str) -> WordSpan:
    start = text.index(word)
    return WordSpan(kind, 0, word, start, start + len(word))
