"""What the embedded model's heads are asked about: the words of the scenes as concepts, and captions to draw."""

from __future__ import annotations

from vxa.core.concepts import Concepts
from vxa.tiny.scenes import describe_scene
from vxa.tiny.vocabulary import AMBIGUOUS_WORDS, BACKGROUNDS, COLORS, PATTERNS, RELATIONS, SHAPES, SIZES


def scene_concepts() -> Concepts:
    """Return the concepts of the scenes: colour, shape, size, pattern, background, relation.

    Words that are both a colour and a thing stand for neither.
    """
    return Concepts.of(
        {
            "Color": [word for word in COLORS if word not in AMBIGUOUS_WORDS],
            "Shape": [word for word in SHAPES if word not in AMBIGUOUS_WORDS],
            "Size": SIZES,
            "Pattern": PATTERNS,
            "Background": BACKGROUNDS,
            "Relation": RELATIONS,
        }
    )


def scene_prompts(count: int, split: str = "train") -> tuple[str, ...]:
    """Return captions of scenes to draw while the heads vote."""
    return tuple(describe_scene(seed, split)[1].text for seed in range(count))
