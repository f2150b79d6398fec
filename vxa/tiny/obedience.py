"""Whether generated pictures obey their captions: draws test captions and lets the checker judge.

Knows hosts, captions and the checker; the checker knows no model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice

import numpy as np
from numpy.typing import NDArray

from vxa.engine.host import Host
from vxa.engine.sampling import SamplingPlan, sample
from vxa.tiny.checker import Expected, Verdict, find_expected, judge
from vxa.tiny.layout import Layout
from vxa.tiny.pixels import pictures_from_pixels
from vxa.tiny.scenes import Scene, SceneObject, describe_scene, scale_place
from vxa.tiny.shapes import cover
from vxa.tiny.vocabulary import HELD_OUT_PAIRS

_BATCH = 8


@dataclass(frozen=True)
class Task:
    """A caption and what it asks for."""

    caption: str
    expected: tuple[Expected, ...]
    relation: str | None
    is_held_out: bool
    """Whether a colour×noun pair of it was never shown in training."""
    seed: int
    """Seed of the starting noise."""


@dataclass(frozen=True)
class Drawing:
    """How to draw; the defaults are those of the model card's figures."""

    num_steps: int = 20
    """Sampler steps (DDIM)."""
    guidance: float = 6.0
    """Classifier-free guidance."""


def find_tasks(split: str, num_tasks: int, wanted: Callable[[Layout], bool]) -> list[Task]:
    """Return the first tasks of a split whose layout is wanted; captions that read two ways are left out."""
    return list(islice(_iter_tasks(split, wanted), num_tasks))


def has_two_named(layout: Layout) -> bool:
    """Whether there are two objects, and the caption says the colour of both."""
    return len(layout.objects) == 2 and all(item.is_color_named for item in layout.objects)


def _iter_tasks(split: str, wanted: Callable[[Layout], bool]) -> Iterator[Task]:
    for seed in count():
        layout, caption = describe_scene(seed, split)
        if wanted(layout) and not caption.is_ambiguous:
            expected = tuple(Expected(o.noun, o.color if o.is_color_named else None) for o in layout.objects)
            is_held_out = any((o.color, o.noun) in HELD_OUT_PAIRS for o in layout.objects)
            yield Task(caption.text, expected, layout.relation, is_held_out, seed)


def draw_tasks(host: Host, tasks: Sequence[Task], drawing: Drawing) -> Iterator[NDArray[np.uint8]]:
    """Draw every task's caption at the size the model was trained at: pictures of shape (y, x, 3), in order."""
    for first in range(0, len(tasks), _BATCH):
        batch = tasks[first : first + _BATCH]
        plan = SamplingPlan(
            prompts=tuple(task.caption for task in batch),
            size=host.info.sample,
            seeds=tuple(task.seed for task in batch),
            num_steps=drawing.num_steps,
            guidance=drawing.guidance,
        )
        with host.running():
            pictures = pictures_from_pixels(host.decode(sample(host, plan)))
        yield from pictures  # the host's turn is over while the caller looks at them


def judge_tasks(
    host: Host, tasks: Sequence[Task], drawing: Drawing, on_done: Callable[[int], None] | None = None
) -> list[Verdict]:
    """Draw every task's caption and judge the picture."""
    verdicts: list[Verdict] = []
    for task, picture in zip(tasks, draw_tasks(host, tasks, drawing), strict=True):
        verdicts.append(judge(picture, task.expected, task.relation))
        if on_done is not None:
            on_done(len(verdicts))
    return verdicts


def scene_of_drawing(task: Task, split: str, picture: NDArray[np.uint8]) -> Scene:
    """Return a drawn picture as a scene: masks are the outlines the checker finds, empty where a thing is missing.

    Args:
        task: What was drawn.
        split: The split it is of.
        picture: The drawing, shape (side, side, 3).
    """
    layout, caption = describe_scene(task.seed, split)
    is_free = np.ones(picture.shape[:2], bool)
    objects: list[SceneObject] = []
    side = len(picture)
    for item, found in zip(layout.objects, find_expected(picture, task.expected), strict=True):
        mask = np.zeros_like(is_free)
        if found is not None:
            center, radius = scale_place(found.center, found.radius, side)
            mask = is_free & (cover(found.noun, center, radius, side).whole > 0.5)
        is_free = is_free & ~mask
        objects.append(SceneObject(**{**vars(item), "mask": mask}))
    return Scene(
        picture=picture,
        caption=caption.text,
        words=caption.spans,
        is_ambiguous=caption.is_ambiguous,
        objects=tuple(objects),
        background=layout.background,
        background_mask=is_free,
        relation=layout.relation,
        split=split,
        seed=task.seed,
    )
