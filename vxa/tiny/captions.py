"""Captions of scenes, with the character span of every word that means something in the picture.

Knows layouts and words; knows no pixels and no tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from vxa.tiny.layout import Layout, ObjectSpec
from vxa.tiny.vocabulary import AMBIGUOUS_WORDS

BACKGROUND = -1
"""Object index of words that speak of the background."""

WHOLE_SCENE = -2
"""Object index of words that speak of no single thing."""


@dataclass(frozen=True)
class WordSpan:
    """Where a meaningful word stands in the caption."""

    kind: str
    """"noun", "color", "size", "pattern", "relation" or "background"."""
    object_index: int
    """Index into the scene's objects, or `BACKGROUND`, or `WHOLE_SCENE` for a relation."""
    text: str
    start: int
    """First character of the word in the caption."""
    end: int
    """One past the last character."""


@dataclass(frozen=True)
class Caption:
    """A caption and what its words mean."""

    text: str
    spans: tuple[WordSpan, ...]
    is_ambiguous: bool
    """Whether rose or orange can be read as a colour and as an object here ("rose square": one thing or two?)."""


@dataclass(frozen=True)
class _Piece:
    """A run of words; `glue` says whether a space stands before it."""

    text: str
    kind: str = ""
    object_index: int = WHOLE_SCENE
    glue: str = " "


def draw_caption(random: Random, layout: Layout) -> Caption:
    """Write one of several captions of a layout; sizes, patterns and the background are left out at random."""
    is_bare = random.random() < 0.08
    phrases = [_object_phrase(random, item, index, is_bare) for index, item in enumerate(layout.objects)]
    subject = _join(random, phrases, layout.relation, is_bare)
    pieces = _frame(random, subject, layout.background)
    return _assemble(pieces, is_bare and any(_reads_both_ways(item) for item in layout.objects))


def _reads_both_ways(item: ObjectSpec) -> bool:
    """Without articles, a flower or fruit without a colour and a thing of that colour read the same."""
    return (item.noun in AMBIGUOUS_WORDS and not item.is_color_named) or (
        item.color in AMBIGUOUS_WORDS and item.is_color_named
    )


def _object_phrase(random: Random, item: ObjectSpec, index: int, is_bare: bool) -> list[_Piece]:
    """Return "a small striped red circle" with some of the words left out."""
    pieces: list[_Piece] = []
    if random.random() < 0.35:
        pieces.append(_Piece(item.size, "size", index))
    if random.random() < (0.12 if item.pattern == "plain" else 0.75):
        pieces.append(_Piece(item.pattern, "pattern", index))
    if item.is_color_named:
        pieces.append(_Piece(item.color, "color", index))
    pieces.append(_Piece(item.noun, "noun", index))
    if not is_bare:
        article = "an" if pieces[0].text[0] in "aeiou" else "a"
        pieces.insert(0, _Piece(article))
    return pieces


def _join(random: Random, phrases: list[list[_Piece]], relation: str | None, is_bare: bool) -> list[_Piece]:
    """Join the objects' phrases by the relation, "and" or commas."""
    pieces = list(phrases[0])
    for index, phrase in enumerate(phrases[1:], start=1):
        is_last = index == len(phrases) - 1
        if index == 1 and relation is not None:
            pieces.append(_Piece(relation, "relation"))
        elif is_bare:
            pieces.extend([_Piece(",", glue="")] if random.random() < 0.5 else [])
        elif index == 2 and relation is not None:
            pieces.append(_Piece(random.choice(("and", "with"))))
        elif is_last:
            pieces.append(_Piece("and"))
        else:
            pieces.append(_Piece(",", glue=""))
        pieces.extend(phrase)
    return pieces


def _frame(random: Random, subject: list[_Piece], background: str) -> list[_Piece]:
    """Set the subject into a sentence, with the background named about every other time."""
    carrier = [_Piece(f"a {random.choice(('picture', 'drawing'))} of")] if random.random() < 0.15 else []
    if random.random() < 0.5:
        return carrier + subject
    ground = [_Piece(f"a {background}"), _Piece("background", "background", BACKGROUND)]
    if random.random() < 0.2:
        return [*ground, _Piece("with"), *subject]
    return [*carrier, *subject, _Piece("on"), *ground]


def _assemble(pieces: list[_Piece], is_ambiguous: bool) -> Caption:
    text = ""
    spans: list[WordSpan] = []
    for piece in pieces:
        text += (piece.glue if text else "") + piece.text
        if piece.kind:
            spans.append(WordSpan(piece.kind, piece.object_index, piece.text, len(text) - len(piece.text), len(text)))
    return Caption(text, tuple(spans), is_ambiguous)
