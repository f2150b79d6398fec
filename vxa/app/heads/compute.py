"""Count the votes of heads for concepts while pictures are drawn."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vxa.app.heads.compute_job import ComputeJob
from vxa.app.pixels import drawn_size
from vxa.app.progress import Progress, no_progress
from vxa.core.concepts import Concepts
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.head_counts import HeadCounts, add_winners, start_counts
from vxa.engine.host import Host
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.timesteps import remaining_timesteps
from vxa.methods.head_votes import Vocabulary, draw_words, encode_concepts, voting

Keep = Callable[[HeadCounts], object]
"""Puts away what is counted so far."""

_COUNTING = "counting votes"
_SHARE_OF_TIME = 0.02


@dataclass(frozen=True)
class ComputePlan:
    """A job whose settings have been checked against the model."""

    job: ComputeJob
    """What is asked for."""
    prompts: tuple[str, ...]
    """One a picture."""
    concepts: Concepts
    """What is voted for."""
    size: Grid
    """Of the pictures, pixels."""
    start: HeadCounts
    """Votes of no picture yet."""

    def batches(self, part: int = 0, num_parts: int = 1) -> list[range]:
        """List the pictures that are drawn together, for one of so many equal parts of the work."""
        firsts = range(0, len(self.prompts), self.job.batch)
        every = [range(first, min(first + self.job.batch, len(self.prompts))) for first in firsts]
        return every[part::num_parts]


def plan_compute(job: ComputeJob, prompts: Sequence[str], concepts: Concepts, host: Host) -> ComputePlan:
    """Check a job against the model, before anything runs.

    Args:
        job: What is asked for.
        prompts: One a picture.
        concepts: What is voted for: what the job names.
        host: The model.

    Raises:
        ConfigError: If there is no prompt, or a setting does not fit the model.
    """
    if not prompts or not all(prompt.strip() for prompt in prompts):
        raise ConfigError("prompts, none of them blank", got=f"{len(prompts)} prompts", remedy="Write one a line.")
    size = drawn_size(job.height, job.width, host)
    num_calls = len(remaining_timesteps(host.make_scheduler(job.scheduler, job.steps), job.steps, 1.0))
    settings = ("negative", "steps", "guidance", "seed", "scheduler", "batch")
    run = {
        "model": {"family": host.info.family, "hash": host.info.hash},
        "prompts": {"count": len(prompts), "hash": _hash(prompts)},
        "size": [size.height, size.width],
        **{name: getattr(job, name) for name in settings},
    }
    start = start_counts(concepts, host.sites.head_layers, num_calls, run)
    return ComputePlan(job, tuple(prompts), concepts, size, start)


def count_votes(
    plan: ComputePlan, host: Host, counts: HeadCounts | None = None, *, batches: Sequence[range] | None = None,
    keep: Keep = lambda _: None, progress: Progress = no_progress,
) -> HeadCounts:  # fmt: skip
    """Draw pictures and count the votes.

    The votes of a picture depend on the plan and its number alone, so pictures can be counted in any order, anywhere.

    Args:
        plan: What to do.
        host: The model.
        counts: What was counted before; None for nothing.
        batches: Pictures to draw, of the plan's own batches; None for all. Those counted before are left out.
        keep: Told now and then, and at the end, also at that of an interrupt.
        progress: Told (pictures, of how many, what) after every step.

    Returns:
        The votes of `counts` and the batches together.
    """
    keeper = _Keeper(plan.start if counts is None else counts, keep)
    batches = plan.batches() if batches is None else batches
    missing = [batch for batch in batches if not keeper.counts.pictures.issuperset(batch)]
    total = sum(map(len, batches))
    done = total - sum(map(len, missing))
    progress(done, total, _COUNTING)
    vocabulary: Vocabulary | None = None
    try:
        for batch in missing:
            with host.running():
                vocabulary = vocabulary or encode_concepts(host, plan.concepts, plan.size)
                winners_bsh = _draw(plan, host, vocabulary, batch, partial(progress, done, total, _COUNTING))
            keeper.take(add_winners(keeper.counts, winners_bsh, batch))
            done += len(batch)
            progress(done, total, _COUNTING)
    finally:
        keeper.put_away()
    return keeper.counts


def _draw(
    plan: ComputePlan, host: Host, vocabulary: Vocabulary, batch: range, tell: Callable[[], None]
) -> NDArray[np.integer]:
    """Draw a batch of pictures and give the winners of all votes, shape (picture, UNet call, head)."""
    job, num_calls, num_layers = plan.job, len(plan.start.votes_shn), len(plan.start.layers)
    sampling = SamplingPlan(
        plan.prompts[batch.start : batch.stop], plan.size, tuple(job.seed + picture for picture in batch),
        job.negative, job.steps, job.guidance, job.scheduler,
    )  # fmt: skip
    draws = [draw_words(plan.concepts, job.seed, picture, num_calls, num_layers) for picture in batch]
    with voting(host, vocabulary, draws) as votes:
        sample(host, sampling, lambda *_: tell())
    return votes.winners()


def _hash(prompts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(prompts)).encode()).hexdigest()[:16]


class _Keeper:
    """Holds the votes, and puts them away as often as takes little of the time."""

    def __init__(self, counts: HeadCounts, keep: Keep) -> None:
        self.counts, self._keep = counts, keep
        self._is_put_away = True
        self._next = 0.0

    def take(self, counts: HeadCounts) -> None:
        self.counts, self._is_put_away = counts, False
        if time.monotonic() >= self._next:
            self.put_away()

    def put_away(self) -> None:
        if self._is_put_away:
            return
        began = time.monotonic()
        self._keep(self.counts)
        ended = time.monotonic()
        self._is_put_away, self._next = True, ended + (ended - began) / _SHARE_OF_TIME
