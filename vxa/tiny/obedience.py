"""Whether generated pictures obey their captions: draws test captions and lets the checker judge.

Knows hosts, captions and the checker; the checker knows no model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice

from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.engine.sampling import SamplingPlan, sample
from vxa.tiny.checker import Expected, Verdict, judge
from vxa.tiny.layout import Layout
from vxa.tiny.scenes import describe_scene
from vxa.tiny.train_vae import pictures_from_pixels
from vxa.tiny.vocabulary import HELD_OUT_PAIRS, PICTURE_SIZE

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
    """How to draw."""

    num_steps: int
    """Sampler steps."""
    guidance: float
    """Classifier-free guidance."""


def find_tasks(split: str, num_tasks: int, wanted: Callable[[Layout], bool]) -> list[Task]:
    """Return the first tasks of a split whose layout is wanted; captions that read two ways are left out."""
    return list(islice(_iter_tasks(split, wanted), num_tasks))


def _iter_tasks(split: str, wanted: Callable[[Layout], bool]) -> Iterator[Task]:
    for seed in count():
        layout, caption = describe_scene(seed, split)
        if wanted(layout) and not caption.is_ambiguous:
            expected = tuple(Expected(o.noun, o.color if o.is_color_named else None) for o in layout.objects)
            is_held_out = any((o.color, o.noun) in HELD_OUT_PAIRS for o in layout.objects)
            yield Task(caption.text, expected, layout.relation, is_held_out, seed)


def judge_tasks(
    host: Host, tasks: Sequence[Task], drawing: Drawing, on_done: Callable[[int], None] | None = None
) -> list[Verdict]:
    """Draw every task's caption and judge the picture."""
    verdicts: list[Verdict] = []
    for first in range(0, len(tasks), _BATCH):
        batch = tasks[first : first + _BATCH]
        plan = SamplingPlan(
            prompts=tuple(task.caption for task in batch),
            size=Grid(PICTURE_SIZE, PICTURE_SIZE),
            seeds=tuple(task.seed for task in batch),
            num_steps=drawing.num_steps,
            guidance=drawing.guidance,
        )
        with host.running():
            pictures = pictures_from_pixels(host.decode(sample(host, plan)))
        verdicts += [
            judge(picture, task.expected, task.relation) for picture, task in zip(pictures, batch, strict=True)
        ]
        if on_done is not None:
            on_done(len(verdicts))
    return verdicts
