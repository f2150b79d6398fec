"""Painting a noun: does its object come where the disc is, and do two discs give two objects?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.editing.cases import Subject, place_discs
from benchmarks.editing.intervals import Line, share_of
from benchmarks.editing.pictures import Picture, center_of, draw_discs, object_mask, separate_things
from benchmarks.editing.question import Desk, Question
from benchmarks.editing.record import Measured, Row
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.paint_result import PaintResult
from vxa.tiny.checker import judge
from vxa.tiny.intervals import bootstrap_mean
from vxa.tiny.regions import Mask
from vxa.tiny.vocabulary import PICTURE_SIZE

RADIUS = 0.2
"""Of the discs, as a share of the side; objects have 0.16 to 0.23."""
PLAIN, BEST, BEST_PHRASE = "not painted", "inject5", "inject5, colour and noun"
WAYS: dict[str, dict[str, Any]] = {
    "paint-with-words": {"compare": True},
    "paint-with-words × 2, colour and noun": {"scale": 2.0, "is_phrase": True},
    BEST: {"method": BEST},
    BEST_PHRASE: {"method": BEST, "is_phrase": True},
}
"""Ways to paint; the noun with the method's own scale, unless said otherwise."""
BLOB_WAYS = (BEST, BEST_PHRASE)


class Paint(Question):
    """Paints one disc anywhere."""

    name = "paint"
    num_cases = 24

    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Draw without painting, and painted in several ways."""
        disc = draw_discs(PICTURE_SIZE, place_discs(subject.seed, 1), RADIUS)
        row: Row = {"source": subject.caption}
        drawn: dict[str, Picture] = {}
        for way, options in WAYS.items():
            result = _paint(subject, desk, disc, **options)
            if result.plain is not None:
                drawn[PLAIN] = result.plain
            drawn[way] = result.drawn.pictures[0]
        for way, picture in drawn.items():
            mask = object_mask(picture)
            row |= {
                f"{way}: inside": _is_inside(mask, disc > 0), f"{way}: share": _share_inside(mask, disc > 0),
                f"{way}: right": judge(picture, [subject.expected]).all_right,
            }  # fmt: skip
        return Measured(row, {f"{subject.noun.text} painted here": _as_picture(disc), **drawn})

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give rates with and without painting."""
        lines = []
        for way in (PLAIN, *WAYS):
            target = 0.8 if way == BEST else None
            lines += [
                Line(
                    f"{way}: object's centre inside the disc", share_of([row[f"{way}: inside"] for row in rows]), target
                ),
                Line(f"{way}: share of the object inside", bootstrap_mean([row[f"{way}: share"] for row in rows])),
                Line(f"{way}: colour and shape right", share_of([row[f"{way}: right"] for row in rows])),
            ]
        return lines


class Blobs(Question):
    """Paints one disc, and two opposite ones."""

    name = "blobs"
    num_cases = 16

    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Draw with one disc and with two, from one noise."""
        centers = place_discs(subject.seed, 2)
        row: Row = {"source": subject.caption}
        pictures: dict[str, Picture] = {}
        for number in (1, 2):
            disc = draw_discs(PICTURE_SIZE, centers[:number], RADIUS)
            pictures[f"{number} painted"] = _as_picture(disc)
            for way in BLOB_WAYS:
                picture = _paint(subject, desk, disc, **WAYS[way]).drawn.pictures[0]
                row[f"{way}: things of {number}"] = len(separate_things(object_mask(picture)))
                pictures[f"{subject.noun.text}, {number}, {way}"] = picture
        return Measured(row, pictures)

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give how often there are two objects."""
        return [line for way in BLOB_WAYS for line in _blob_lines(way, rows)]


def _blob_lines(way: str, rows: Sequence[Row]) -> list[Line]:
    is_two = [[row[f"{way}: things of {number}"] == 2 for row in rows] for number in (1, 2)]
    gain = [float(two) - float(one) for one, two in zip(*is_two, strict=True)]
    return [
        Line(f"{way}, one disc: two objects", share_of(is_two[0])),
        Line(f"{way}, two discs: two objects", share_of(is_two[1])),
        Line(f"{way}, two objects: two discs less one disc", bootstrap_mean(gain), 0.01),
    ]


def _paint(subject: Subject, desk: Desk, disc: Picture, *, is_phrase: bool = False, **options: Any) -> PaintResult:
    words = f"{subject.color.text} {subject.noun.text}" if is_phrase else subject.noun.text
    job = PaintJob(prompt=subject.caption, words=words, seed=subject.seed, **{**desk.drawing, **options})
    return desk.studio.paint(job, {words: disc})


def _is_inside(mask: Mask, disc: Mask) -> bool:
    """Whether the centre of the largest thing lies in the disc."""
    things = separate_things(mask)
    center = center_of(things[0]) if things else None
    return center is not None and bool(disc[round(center[0]), round(center[1])])


def _share_inside(mask: Mask, disc: Mask) -> float:
    return float((mask & disc).sum() / max(mask.sum(), 1))


def _as_picture(mask: Picture) -> Picture:
    return mask[..., None].repeat(3, axis=2)
