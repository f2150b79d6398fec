"""What is in a scene and where: attributes, positions and relations, drawn at random from a seed.

Everything about a scene except its caption and its pixels. Knows no arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

from vxa.tiny.vocabulary import (
    AMBIGUOUS_WORDS,
    BACKGROUNDS,
    COLORS,
    DEFAULT_COLORS,
    HELD_OUT_PAIRS,
    OVERLAPPING_RELATIONS,
    PATTERNS,
    PICTURE_SIZE,
    RELATIONS,
    SHAPES,
    SIZES,
)

SPLITS = ("train", "dev", "test")

COUNT_WEIGHTS = (0.15, 0.55, 0.30)
"""How often a scene has one, two or three objects."""

HELD_OUT_SHARE = 0.3
"""Share of test scenes in which one object is a colour×noun pair that training never showed."""

MARGIN = 3.0
"""Smallest gap in pixels between an object and the border."""


@dataclass(frozen=True)
class ObjectSpec:
    """One object before drawing."""

    noun: str
    color: str
    size: str
    pattern: str
    center: tuple[float, float]
    """(y, x) in pixels."""
    radius: float
    """In pixels."""
    is_color_named: bool = True
    """False where the caption leaves the colour out."""


@dataclass(frozen=True)
class Layout:
    """All attributes of a scene; objects in the order in which the caption names them."""

    objects: tuple[ObjectSpec, ...]
    relation: str | None
    """How the first object stands to the second; None where the caption states nothing."""
    background: str

    @property
    def paint_order(self) -> tuple[int, ...]:
        """Indices of the objects from back to front: the first object is the one that overlaps others."""
        return tuple(reversed(range(len(self.objects))))


def scene_random(split: str, seed: int) -> Random:
    """Return the random source of one scene; the split's name is part of the seed, so splits never share a scene."""
    if split not in SPLITS:
        raise ValueError(f"split must be one of {SPLITS}, got {split!r}")
    return Random(f"vxa scene {split} {seed}")


def draw_layout(random: Random, split: str) -> Layout:
    """Draw the attributes and positions of one scene.

    Args:
        random: As made by `scene_random`.
        split: Only "test" may contain pairs of `HELD_OUT_PAIRS`.
    """
    num_objects = random.choices((1, 2, 3), COUNT_WEIGHTS)[0]
    pairs = _draw_pairs(random, num_objects, split)
    relation = random.choice(RELATIONS) if num_objects > 1 and random.random() < 0.6 else None
    if relation in OVERLAPPING_RELATIONS and pairs[0][1] == pairs[1][1]:
        relation = None  # two overlapping objects of one colour cannot be told apart
    background = random.choice(BACKGROUNDS)
    while True:
        sizes = _draw_sizes(random, num_objects, relation)
        placed = _place(random, sizes, relation)
        if placed is not None:
            break
    objects = []
    for (noun, color), size, (center, radius) in zip(pairs, sizes, placed, strict=True):
        pattern = random.choices(PATTERNS, (0.5, 0.25, 0.25))[0]
        objects.append(_leave_color_out(random, ObjectSpec(noun, color, size, pattern, center, radius), split))
    return Layout(tuple(objects), relation, background)


def _draw_pairs(random: Random, num_objects: int, split: str) -> list[tuple[str, str]]:
    """Draw a (noun, colour) for each object, mostly all different."""
    distinct_nouns, distinct_colors = random.random() < 0.92, random.random() < 0.92
    while True:
        pairs = [(random.choice(SHAPES), random.choice(list(COLORS))) for _ in range(num_objects)]
        if split == "test" and random.random() < HELD_OUT_SHARE:
            color, noun = random.choice(sorted(HELD_OUT_PAIRS))
            pairs[random.randrange(num_objects)] = (noun, color)
        nouns, colors = zip(*pairs, strict=True)
        if distinct_nouns and len(set(nouns)) < num_objects:
            continue
        if distinct_colors and len(set(colors)) < num_objects:
            continue
        if len(set(pairs)) < num_objects:
            continue
        if split == "test" or not any((color, noun) in HELD_OUT_PAIRS for noun, color in pairs):
            return pairs


def _leave_color_out(random: Random, item: ObjectSpec, split: str) -> ObjectSpec:
    """Leave a colour unnamed now and then; a flower or fruit without a colour word has its natural colour."""
    if item.noun in AMBIGUOUS_WORDS:
        if random.random() < 0.3:
            return replace(item, color=DEFAULT_COLORS[item.noun], is_color_named=False)
        return item
    return replace(item, is_color_named=random.random() > 0.05)


def _draw_sizes(random: Random, num_objects: int, relation: str | None) -> list[str]:
    names = list(SIZES)
    sizes = [random.choice(names) for _ in range(num_objects)]
    if relation == "on":
        sizes[:2] = ["small", "large"]
    return sizes


def _place(random: Random, sizes: list[str], relation: str | None) -> list[tuple[tuple[float, float], float]] | None:
    """Find positions that obey the relation and overlap only where it says so; None after too many attempts."""
    radii = [SIZES[size] * random.uniform(0.94, 1.08) for size in sizes]
    if relation == "on":
        radii[0] *= 0.8
        radii[1] *= 1.12
    for _ in range(60):
        centers: list[tuple[float, float]] = []
        for index, radius in enumerate(radii):
            reach = 1.05 * radius + MARGIN
            if index == 1 and relation in OVERLAPPING_RELATIONS:
                center = _beneath(random, centers[0], radii, relation)
            else:
                center = (random.uniform(reach, PICTURE_SIZE - reach), random.uniform(reach, PICTURE_SIZE - reach))
            if not all(reach <= place <= PICTURE_SIZE - reach for place in center):
                break
            centers.append(center)
        if len(centers) == len(radii) and _is_valid(centers, radii, relation):
            return list(zip(centers, radii, strict=True))
    return None


def _beneath(random: Random, front: tuple[float, float], radii: list[float], relation: str) -> tuple[float, float]:
    """Return a centre for the second object under or behind the first."""
    share = (0.0, 0.12) if relation == "on" else (0.62, 0.74)
    distance = random.uniform(*share) * (radii[0] + radii[1])
    angle = random.uniform(0, 2 * math.pi)
    return front[0] + distance * math.sin(angle), front[1] + distance * math.cos(angle)


def _is_valid(centers: list[tuple[float, float]], radii: list[float], relation: str | None) -> bool:
    """Whether the relation is plainly visible and no other two objects touch."""
    for one in range(len(centers)):
        for other in range(one):
            if (other, one) == (0, 1) and relation in OVERLAPPING_RELATIONS:
                continue
            if math.dist(centers[one], centers[other]) < 1.05 * (radii[one] + radii[other]):
                return False
    if relation is None or relation in OVERLAPPING_RELATIONS:
        return True
    down, right = centers[1][0] - centers[0][0], centers[1][1] - centers[0][1]
    ahead, aside = {
        "left of": (right, down),
        "right of": (-right, down),
        "above": (down, right),
        "below": (-down, right),
    }[relation]
    return ahead > 0 and abs(aside) < 0.7 * ahead
