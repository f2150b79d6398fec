"""Carry out an adjustment: everything that can be wrong is found before the model runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vxa.app.editing.drawing import Phases, Run, draw
from vxa.app.editing.typed import Adjustment
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.find import find_vectors
from vxa.app.job import DrawJob
from vxa.app.pixels import Picture, drawn_size
from vxa.app.progress import Progress, no_progress
from vxa.core.tokens import parse_selection
from vxa.engine.host import Host
from vxa.engine.sampling import SamplingPlan
from vxa.methods.concept_adjusting import adjusting_weights, suggest_clamp, suggest_strength
from vxa.methods.head_weights import HeadWeights, weigh_heads
from vxa.methods.prompt_tables import read_tables

_ADJUSTED, _PLAIN = "drawing the adjusted picture", "drawing it without"


@dataclass(frozen=True, eq=False)
class AdjustPlan:
    """An adjustment, checked and ready to run."""

    job: AdjustJob
    """What was asked."""
    run: Run
    """How the picture is drawn."""
    words: tuple[tuple[Adjustment, tuple[int, ...]], ...]
    """Each adjusted word with its token columns."""


def plan_adjust(job: AdjustJob, host: Host) -> AdjustPlan:
    """Check an adjustment and make it ready, without running the model.

    Raises:
        SelectionError: If a word is not in the prompt.
        ConfigError: If there is no such concept, or the vectors are those of another model.
    """
    layers = host.sites.head_layers
    vectors = find_vectors(job.vectors, layers)
    clamp = suggest_clamp(layers.total) if job.clamp is None else job.clamp or None
    strength = suggest_strength(layers.total) if job.strength is None else job.strength
    plan = plan_drawing(job, host, job.prompt, (job.seed,))
    table = read_tables(host.tokenize, plan)[job.prompt]
    words = tuple((each, parse_selection(table, each.words).indices) for each in job.adjustments)
    weights = [
        (columns, adjusting_weights(vectors, each.desired, each.undesired, clamp, strength)) for each, columns in words
    ]
    method = HeadWeights(layers, weigh_heads(len(table.tokens), weights))
    return AdjustPlan(job, Run(plan, (method,)), words)


def run_adjust(plan: AdjustPlan, host: Host, progress: Progress = no_progress) -> tuple[Picture, Picture]:
    """Draw the picture adjusted, and as it is without."""
    phases = Phases(progress, dict.fromkeys((_ADJUSTED, _PLAIN), plan.job.steps))
    with host.running():
        adjusted = draw(host, plan.run, phases.of(_ADJUSTED)).pictures[0]
        plain = draw(host, replace(plan.run, methods=()), phases.of(_PLAIN)).pictures[0]
    return adjusted, plain


def plan_drawing(job: DrawJob, host: Host, prompt: str, seeds: Sequence[int]) -> SamplingPlan:
    """Plan to draw a prompt from some seeds as a job says."""
    size = drawn_size(job.height, job.width, host)
    count = len(seeds)
    return SamplingPlan(
        (prompt,) * count, size, tuple(seeds), job.negative, job.steps, job.guidance, job.scheduler
    )  # fmt: skip
