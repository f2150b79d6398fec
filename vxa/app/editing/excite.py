"""Carry out an excitement: everything that can be wrong is found before the model runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from vxa.app.editing.drawing import Drawn, Phases, Run, Watch, draw
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.heads.find import find_vectors
from vxa.app.pixels import drawn_size
from vxa.app.progress import Progress, no_progress
from vxa.core.tokens import TokenTable
from vxa.engine.host import Host
from vxa.engine.observe import Observation
from vxa.engine.sampling import SamplingPlan
from vxa.methods.attend_excite import AttendExcite
from vxa.methods.attend_excite_loss import Competition, suggest_sharpness
from vxa.methods.attend_excite_maps import AttendExciteMaps
from vxa.methods.attend_excite_reading import HeadReading, LevelReading, Reading
from vxa.methods.exciter import make_exciter
from vxa.methods.registry import make_preset
from vxa.methods.smoothing import Kernel

_EXCITED, _PLAIN = "drawing the excited picture", "drawing it without excitement"


@dataclass(frozen=True, eq=False)
class ExcitePlan:
    """An excitement, checked and ready to run."""

    job: ExciteJob
    """What was asked."""
    run: Run
    """How it is drawn."""
    table: TokenTable
    """Tokens of the prompt."""
    watch: Watch
    """What is recorded: the maps that result."""


def plan_excite(job: ExciteJob, host: Host) -> ExcitePlan:
    """Check an excitement and make it ready, without running the model.

    Args:
        job: What is asked.
        host: The model.

    Raises:
        SelectionError: If a word is not in the prompt.
        ConfigError: If settings do not go together, or head vectors are of another model.
    """
    plan = SamplingPlan(
        (job.prompt,), drawn_size(job.height, job.width, host), (job.seed,), job.negative, job.steps,
        guidance=job.guidance, scheduler=job.scheduler,
    )  # fmt: skip
    config = AttendExcite(
        job.excited, job.moments, job.refinements, job.end, job.step_size,
        step_range=(1.0, job.step_end), largest_move=job.largest_move, competition=_competition(job, host),
        reading=_reading(job, host),
    )  # fmt: skip
    make_exciter(host, config, plan)  # for its errors
    sites = make_preset(job.preset).choose(host.sites, plan.size.divided(host.info.downscale))
    return ExcitePlan(job, Run(plan, excite=config), host.tokenize(job.prompt)[0], Watch(Observation(sites)))


def run_excite(plan: ExcitePlan, host: Host, progress: Progress = no_progress) -> tuple[Drawn, Drawn | None]:
    """Draw the picture.

    Args:
        plan: From `plan_excite`.
        host: The model.
        progress: Told after every step and every look.

    Returns:
        What was drawn, and the same without excitement if the job compares.
    """
    job = plan.job
    phases = Phases(progress, {_EXCITED: job.steps, **({_PLAIN: job.steps} if job.compare else {})})
    with host.running():
        excited = draw(host, plan.run, phases.of(_EXCITED), watch=plan.watch)
        if not job.compare:
            return excited, None
        return excited, draw(host, replace(plan.run, excite=None), phases.of(_PLAIN), watch=plan.watch)


def _competition(job: ExciteJob, host: Host) -> Competition:
    """Follow the authors where the job leaves it open: those of A&E-HRV smooth otherwise, and keep the last column."""
    by_heads = bool(job.concept_of)
    kernel = ("gaussian" if by_heads else "authors") if job.kernel == "auto" else job.kernel
    return Competition(
        sharpness=suggest_sharpness(host.sites.head_layers.total) if job.sharpness is None else job.sharpness,
        smoothing=(0.0 if by_heads else 0.5) if job.smoothing is None else job.smoothing,
        kernel=cast(Kernel, kernel),
        with_padding=host.info.family != "sd2" if job.padding == "auto" else job.padding == "competes",
        with_last=by_heads,
    )


def _reading(job: ExciteJob, host: Host) -> Reading:
    concepts = job.concept_of
    if not concepts:
        return LevelReading(AttendExciteMaps(cells=job.cells or 16))
    vectors = find_vectors(job.vectors, host.sites.head_layers)
    return HeadReading(vectors, tuple(concepts[word] for word in job.excited), job.cells or 8)
