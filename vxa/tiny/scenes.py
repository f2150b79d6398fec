"""Scenes drawn by a seed: picture, caption, an exact mask of every noun and of the background, all attributes.

Knows nothing of models. `describe_scene` gives all but the pixels, which is what the text encoder is trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vxa.tiny.captions import Caption, WordSpan, draw_caption
from vxa.tiny.layout import Layout, ObjectSpec, draw_layout, scene_random
from vxa.tiny.shapes import Coverage, cover
from vxa.tiny.vocabulary import COLORS, LEAF_COLOR, PATTERN_DARKENING, PICTURE_SIZE


@dataclass(frozen=True)
class SceneObject:
    """One object as drawn."""

    noun: str
    color: str
    size: str
    pattern: str
    center: tuple[float, float]
    """(y, x) in pixels."""
    radius: float
    """In pixels."""
    is_color_named: bool
    """False where the caption leaves the colour out."""
    mask: NDArray[np.bool_]
    """The visible part, shape (y, x)."""

    @property
    def shape(self) -> str:
        """The outline's name, which is the noun."""
        return self.noun


@dataclass(frozen=True)
class Scene:
    """A picture and everything that is true about it."""

    picture: NDArray[np.uint8]
    """Shape (y, x, 3), sRGB."""
    caption: str
    words: tuple[WordSpan, ...]
    """Spans of the meaningful words of the caption."""
    is_ambiguous: bool
    """Whether rose or orange can be read both ways in this caption."""
    objects: tuple[SceneObject, ...]
    """In the order in which the caption names them; the first is in front of the second."""
    background: str
    background_mask: NDArray[np.bool_]
    """Shape (y, x). Together with the objects' masks every pixel is in exactly one mask."""
    relation: str | None
    """How the first object stands to the second, where the caption says so."""
    split: str
    seed: int

    def mask_of(self, word: WordSpan) -> NDArray[np.bool_] | None:
        """Return the mask of what a word speaks of, shape (y, x); None for words of no single thing."""
        if word.object_index >= 0:
            return self.objects[word.object_index].mask
        return self.background_mask if word.kind == "background" else None


def describe_scene(seed: int, split: str) -> tuple[Layout, Caption]:
    """Return layout and caption of `draw_scene(seed, split)` without drawing it."""
    random = scene_random(split, seed)
    layout = draw_layout(random, split)
    return layout, draw_caption(random, layout)


def draw_scene(seed: int, split: str, side: int = PICTURE_SIZE) -> Scene:
    """Draw one scene.

    Args:
        seed: Any integer >= 0; the same (seed, split) always gives the same scene.
        split: "train", "dev" or "test"; different splits never share a scene.
        side: Of the picture in pixels. The scene is the same at every size.
    """
    random = scene_random(split, seed)
    layout = draw_layout(random, split)
    caption = draw_caption(random, layout)
    phase, tint = random.random(), [random.uniform(-7, 7) for _ in range(3 * len(layout.objects))]
    canvas = paint_background(layout.background, phase, side)
    order = layout.paint_order
    shares = np.zeros((len(order) + 1, side, side), np.float32)
    places = [scale_place(item.center, item.radius, side) for item in layout.objects]
    shares[-1] = 1
    for index in order:
        item = layout.objects[index]
        coverage = cover(item.noun, *places[index], side)
        color_yxc = paint_object(item, coverage, tint[3 * index : 3 * index + 3])
        whole = coverage.whole
        canvas += whole[..., None] * (color_yxc - canvas)
        shares *= 1 - whole
        shares[index] = whole
    owner = shares.argmax(axis=0)
    objects = tuple(
        SceneObject(**{**vars(item), "center": center, "radius": radius, "mask": owner == index})
        for index, (item, (center, radius)) in enumerate(zip(layout.objects, places, strict=True))
    )
    return Scene(
        picture=np.clip(np.rint(canvas), 0, 255).astype(np.uint8),
        caption=caption.text,
        words=caption.spans,
        is_ambiguous=caption.is_ambiguous,
        objects=objects,
        background=layout.background,
        background_mask=owner == len(objects),
        relation=layout.relation,
        split=split,
        seed=seed,
    )


def scale_place(center: tuple[float, float], radius: float, side: int) -> tuple[tuple[float, float], float]:
    """Return where something lies in a picture of another side than `PICTURE_SIZE`: (y, x) and radius in its pixels."""
    scale = side / PICTURE_SIZE
    y, x = ((place + 0.5) * scale - 0.5 for place in center)
    return (y, x), radius * scale


def paint_background(name: str, phase: float, side: int = PICTURE_SIZE) -> NDArray[np.float32]:
    """Return a grey background, shape (y, x, 3), 0..255.

    Args:
        name: A word of `vocabulary.BACKGROUNDS`.
        phase: Shifts the texture, in [0, 1).
        side: Of the picture in pixels.
    """
    places = (np.arange(side, dtype=np.float32) + np.float32(0.5)) * np.float32(PICTURE_SIZE / side) - np.float32(0.5)
    y, x = places[:, None], places[None, :]
    cell = np.float32(32)
    shift = np.float32(phase) * cell
    if name == "gradient":
        grey = 90 + 120 * y / PICTURE_SIZE + 0 * x
    elif name == "checkered":
        wave = np.sin(np.pi * (y + shift) / cell) * np.sin(np.pi * (x + shift) / cell)
        grey = 178 + 20 * np.clip(wave * 12, -1, 1)
    elif name == "wavy":
        grey = 120 + 18 * np.sin(2 * np.pi * (y + 5 * np.sin(2 * np.pi * x / 64) + shift) / cell)
    else:
        grey = np.full((side, side), {"white": 240, "gray": 148, "black": 22}[name], np.float32)
    return np.repeat(grey.astype(np.float32)[..., None], 3, axis=2)


def paint_object(item: ObjectSpec, coverage: Coverage, tint: list[float]) -> NDArray[np.float32]:
    """Return the surface of an object, shape (y, x, 3), 0..255, to be laid on by its coverage."""
    base = np.array(COLORS[item.color], np.float32) + np.array(tint, np.float32)
    y, x = coverage.y * np.float32(item.radius), coverage.x * np.float32(item.radius)
    dark = _pattern_share(item, y, x)
    color_yxc = base * (1 - np.float32(1 - PATTERN_DARKENING) * dark)[..., None]
    if coverage.leaf is not None:
        color_yxc += coverage.leaf[..., None] * (np.array(LEAF_COLOR, np.float32) - color_yxc)
    return color_yxc


def _pattern_share(item: ObjectSpec, y: NDArray[np.float32], x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how dark the pattern makes each pixel, in [0, 1], shape (y, x)."""
    period = np.float32(15)
    if item.pattern == "striped":
        wave = np.sin(2 * np.pi * (y + 0 * x) / period)
        return np.clip(0.5 + 2 * wave, 0, 1).astype(np.float32)
    if item.pattern == "dotted":
        cell_y, cell_x = (y + period / 2) % period - period / 2, (x + period / 2) % period - period / 2
        return np.clip(np.float32(4.7) - np.hypot(cell_y, cell_x), 0, 1)
    return np.zeros(np.broadcast_shapes(y.shape, x.shape), np.float32)
