"""Captions of one object to edit or paint, taken from a split in order of its seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from random import Random

from vxa.tiny.captions import WordSpan
from vxa.tiny.checker import Expected
from vxa.tiny.scenes import describe_scene
from vxa.tiny.vocabulary import AMBIGUOUS_WORDS, COLORS, SHAPES

NOUNS = tuple(noun for noun in SHAPES if noun not in AMBIGUOUS_WORDS)
COLOR_WORDS = tuple(color for color in COLORS if color not in AMBIGUOUS_WORDS)


@dataclass(frozen=True)
class Subject:
    """A caption of one object whose colour it names."""

    seed: int
    """Of the scene, and of the noise it is drawn from."""
    caption: str
    expected: Expected
    noun: WordSpan
    color: WordSpan


@dataclass(frozen=True)
class Swap:
    """A subject with its noun or colour word swapped for another."""

    subject: Subject
    edited: str
    """The caption after the swap."""
    expected: Expected
    old: str
    new: str


def find_subjects(split: str, number: int, seed: int = 0) -> list[Subject]:
    """Return the first subjects of a split, from a scene's seed on; words that read two ways are left out."""
    return list(islice(_iter_subjects(split, seed), number))


def _iter_subjects(split: str, first: int) -> Iterator[Subject]:
    for seed in count(first):
        layout, caption = describe_scene(seed, split)
        item = layout.objects[0]
        is_plain = item.is_color_named and item.noun in NOUNS and item.color in COLOR_WORDS
        if len(layout.objects) == 1 and is_plain:
            noun, color = (next(span for span in caption.spans if span.kind == kind) for kind in ("noun", "color"))
            yield Subject(seed, caption.text, Expected(item.noun, item.color), noun, color)


def swap_word(subject: Subject, kind: str) -> Swap:
    """Swap a subject's "shape" or "color" word for another one, chosen by its seed."""
    random = Random(f"swap {kind} {subject.seed}")
    span, words = (subject.noun, NOUNS) if kind == "shape" else (subject.color, COLOR_WORDS)
    new = random.choice([word for word in words if word != span.text])
    edited = subject.caption[: span.start] + new + subject.caption[span.end :]
    expected = replace(subject.expected, **{"noun" if kind == "shape" else "color": new})
    return Swap(subject, edited, expected, span.text, new)


def place_discs(seed: int, number: int) -> Sequence[tuple[float, float]]:
    """Return the centres (y, x) of one disc anywhere, or of two at opposite places, as shares of the side."""
    random = Random(f"disc {seed}")
    if number == 1:
        return [(random.uniform(0.25, 0.75), random.uniform(0.25, 0.75))]
    first = random.choice([(0.5, 0.25), (0.25, 0.5), (0.27, 0.27), (0.27, 0.73)])
    return [first, (1 - first[0], 1 - first[1])]
