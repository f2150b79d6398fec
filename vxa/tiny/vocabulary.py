"""The words of the drawn scenes and what each one means in pixels.

Holds names, colours and the pairs kept for the test split; knows nothing of drawing, captions or models.
"""

from __future__ import annotations

PICTURE_SIZE = 128
"""Side of every scene in pixels."""

COLORS: dict[str, tuple[int, int, int]] = {
    "red": (214, 28, 36),
    "green": (34, 158, 58),
    "blue": (36, 74, 214),
    "yellow": (244, 214, 40),
    "purple": (122, 40, 176),
    "cyan": (40, 196, 214),
    "rose": (250, 138, 182),
    "orange": (250, 134, 18),
}
"""Colour word -> sRGB, 0..255."""

SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond", "cross", "ring", "rose", "orange")
"""Object nouns. The last two are also colours."""

AMBIGUOUS_WORDS = ("rose", "orange")

DEFAULT_COLORS = {"rose": "red", "orange": "orange"}
"""Colour of a flower or fruit whose caption names none."""

SIZES: dict[str, float] = {"small": 20.0, "large": 30.0}
"""Size word -> nominal radius in pixels."""

PATTERNS = ("plain", "striped", "dotted")

BACKGROUNDS = ("white", "gray", "black", "gradient", "checkered", "wavy")

RELATIONS = ("left of", "right of", "above", "below", "on", "in front of")

OVERLAPPING_RELATIONS = ("on", "in front of")

HELD_OUT_PAIRS = frozenset({("red", "star"), ("blue", "heart"), ("green", "ring"), ("purple", "triangle")})
"""(colour, noun) pairs drawn in the test split only."""

LEAF_COLOR = (30, 120, 40)
"""Stem and leaf of the flower and the fruit."""

PATTERN_DARKENING = 0.5
"""Stripes and dots are the object's colour times this."""

SCAFFOLD_WORDS = ("a", "an", "and", "of", "with", "the", "on", "in", "front", "left", "right", "above", "below")

CARRIER_WORDS = ("picture", "drawing", "background")

MULTI_TOKEN_WORDS: dict[str, tuple[str, ...]] = {
    "triangle": ("tri", "angle"),
    "diamond": ("dia", "mond"),
    "purple": ("pur", "ple"),
    "yellow": ("yel", "low"),
    "striped": ("strip", "ed"),
    "dotted": ("dot", "ted"),
    "gradient": ("gra", "dient"),
    "checkered": ("check", "ered"),
    "picture": ("pic", "ture"),
    "drawing": ("draw", "ing"),
    "wavy": ("wav", "y"),
    "background": ("back", "ground"),
}
"""Words that the tokenizer splits, so that multi-token words are met everywhere, as in CLIP."""


def domain_words() -> tuple[str, ...]:
    """Return every word a caption may contain, each once, in a fixed order."""
    relation_words = [word for relation in RELATIONS for word in relation.split()]
    groups = (SHAPES, COLORS, SIZES, PATTERNS, BACKGROUNDS, relation_words, SCAFFOLD_WORDS, CARRIER_WORDS)
    return tuple(dict.fromkeys(word for group in groups for word in group))
