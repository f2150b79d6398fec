"""Carry out an edit: everything that can be wrong is found before the model runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from vxa.app.editing.drawing import Beginning, Drawn, Phases, Run, Watch, check_strength, draw
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.inversion import Inversion
from vxa.app.editing.sharing import share_out, share_out_pairs, share_out_to_all
from vxa.app.editing.token_pairs import TokenPairs, pair_tokens
from vxa.app.editing.typed import read_names, read_numbers, read_windows, read_words
from vxa.app.heads.find import find_vectors
from vxa.app.pixels import Picture, drawn_size, encode
from vxa.app.progress import Progress, no_progress
from vxa.core.alignment import pad_tables
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable
from vxa.engine.host import Host
from vxa.engine.observe import Observation
from vxa.engine.sampling import SamplingPlan, Start
from vxa.methods.cross_attention_control import CrossAttentionControl
from vxa.methods.local_blend import LocalBlend
from vxa.methods.p2p import EditKind, PromptEdit, PromptToPrompt, suggest_kind
from vxa.methods.registry import make_preset
from vxa.methods.windows import is_empty
from vxa.render.padding import Padding, pad_to_multiple

_DRAWING = "drawing the source and its edits"


@dataclass(frozen=True, eq=False)
class EditPlan:
    """An edit, checked and ready to run."""

    job: EditJob
    """What was asked."""
    runs: tuple[Run, ...]
    """Their pictures are the source, then the edits."""
    pairs: tuple[TokenPairs, ...]
    """How each edited prompt is aligned with the source."""
    watch: Watch | None
    """What is recorded."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """Prompt of each picture."""
        return (self.job.prompt, *self.job.drawn)


def plan_edit(job: EditJob, host: Host, picture: Picture | None = None, *, watches: bool = False) -> EditPlan:
    """Check an edit and make it ready, without running the model.

    Args:
        job: What is asked.
        host: The model.
        picture: A given picture, shape (height, width, 3), uint8; None draws the source too.
        watches: Record attention even if the job names no words to show.

    Raises:
        AlignmentError: If words shall be replaced by more or fewer words.
        SelectionError: If a word is in none of the prompts that may have it.
        ConfigError: If settings do not go together.
    """
    size = _size(job, host, picture)
    source, *targets = pad_tables(*(host.tokenize(prompt)[0] for prompt in (job.prompt, *job.drawn)))
    share_out(read_words(job.tokens), [source, *targets])
    options = _options(job, is_given=picture is not None)
    plan_runs = _plan_p2p if job.method == "p2p" else _plan_control
    runs = plan_runs(job, host, [source, *targets], {"size": size, "seeds": (job.seed,), **options})
    kind = "cac" if job.method == "cac" else job.edit_kind
    pairs = tuple(pair_tokens(source, target, kind) for target in targets)
    watch = None
    if job.tokens.strip() or watches:
        latent = size.divided(host.info.downscale)
        sites = tuple(host.sites.cross) if watches else make_preset(job.preset).choose(host.sites, latent)
        watch = Watch(Observation(sites), job.maps_before)
    return EditPlan(job, runs, pairs, watch)


def run_edit(
    plan: EditPlan, host: Host, picture: Picture | None = None, inversion: Inversion | None = None,
    progress: Progress = no_progress,
) -> Drawn:  # fmt: skip
    """Draw the source and its edits.

    Args:
        plan: From `plan_edit` for this picture.
        host: The model.
        picture: The given picture, if any.
        inversion: Of that picture, where the job asks for one.
        progress: Told after every step.
    """
    count = len(plan.runs)
    names = [f"{_DRAWING} ({number + 1} of {count})" if count > 1 else _DRAWING for number in range(count)]
    phases = Phases(progress, {name: run.plan.num_steps for name, run in zip(names, plan.runs, strict=True)})
    with host.running():
        beginning, padding = _begin(picture, inversion, host)
        drawn = [
            draw(host, run, phases.of(name), beginning=beginning, padding=padding, watch=plan.watch)
            for name, run in zip(names, plan.runs, strict=True)
        ]
    return Drawn(
        tuple(picture for each in drawn for picture in each.pictures),
        tuple(maps for each in drawn for maps in each.maps),
    )


def _begin(picture: Picture | None, inversion: Inversion | None, host: Host) -> tuple[Beginning, Padding | None]:
    if inversion is not None:
        return inversion.beginning(host), pad_to_multiple(inversion.picture, host.info.size_multiple)[1]
    if picture is not None:
        latents_bcyx, padding = encode(host, picture)
        return Beginning(Start(latents_bcyx)), padding
    return Beginning(), None


def _size(job: EditJob, host: Host, picture: Picture | None) -> Grid:
    if picture is None:
        return drawn_size(job.height, job.width, host)
    if job.height or job.width:
        raise ConfigError("height and width of 0 for a given picture", got=f"{job.height}, {job.width}")
    inversion = job.invert_job
    if inversion is not None and inversion.inversion != "refined" and job.scheduler != "ddim":
        raise ConfigError(
            f"the sampler ddim, which {inversion.inversion} inversion retraces", got=job.scheduler,
            remedy="Choose ddim, or the inversion refined or none.",
        )  # fmt: skip
    padding = pad_to_multiple(np.asarray(picture), host.info.size_multiple)[1]
    return Grid(padding.padded_height, padding.padded_width)


def _options(job: EditJob, *, is_given: bool) -> dict[str, Any]:
    strength = job.strength if is_given and job.invert_job is None else 1.0
    check_strength(strength, job.steps)
    return {
        "negative": job.negative, "num_steps": job.steps, "guidance": job.guidance, "scheduler": job.scheduler,
        "strength": strength,
    }  # fmt: skip


def _plan_p2p(job: EditJob, host: Host, tables: Sequence[TokenTable], options: dict[str, Any]) -> tuple[Run, ...]:
    source, *targets = tables
    concepts = read_names(job.concepts, "concepts of words")
    weights, windows = read_numbers(job.weights, "weights"), read_windows(job.word_windows, "windows of words")
    edits = tuple(
        PromptEdit(
            prompt=target.prompt,
            kind=suggest_kind(source, target) if job.edit_kind == "auto" else cast(EditKind, job.edit_kind),
            cross=job.cross_window,
            word_windows=timed,
            weights=weighed,
            concepts=named,
        )
        for target, timed, weighed, named in zip(
            targets, *(share_out_pairs(pairs, targets) for pairs in (windows, weights, concepts)), strict=True
        )
    )
    vectors = find_vectors(job.vectors, host.sites.head_layers) if concepts else None
    latent = options["size"].divided(host.info.downscale)
    # what the authors replace in pictures of 512 pixels, where both are the same
    area = max(1 / 16, min(1, 16**2 / latent.cells)) if job.self_area is None else job.self_area
    cross = host.sites.cross[: round(job.cross_layers * len(host.sites.cross))]
    config = PromptToPrompt(
        job.prompt, edits, job.self_window, area, cross_layers=tuple(site.address for site in cross), vectors=vectors
    )
    plan = config.plan(**options)
    blend = _blend(job, tables)
    if blend is not None:
        blend.observation(host, plan)  # for its errors
    return (Run(plan, (config.method(host.tokenize, plan),), blend),)


def _blend(job: EditJob, tables: Sequence[TokenTable]) -> LocalBlend | None:
    words, spared = read_words(job.blend), read_words(job.subtract)
    if not words:
        return None
    return LocalBlend(
        words=share_out_to_all(words, tables, "words to blend"),
        subtract=share_out_to_all(spared, tables, "words to leave out") if spared else (),
        threshold=job.blend_threshold,
        subtract_threshold=job.subtract_threshold,
        start=job.blend_start,
    )


def _plan_control(job: EditJob, host: Host, tables: Sequence[TokenTable], options: dict[str, Any]) -> tuple[Run, ...]:
    weights = read_numbers(job.weights, "weights")
    weighed = share_out_pairs(weights, tables[1:])
    runs = [Run(SamplingPlan((job.prompt,), **options))]
    for number, prompt in enumerate(job.drawn):
        config = CrossAttentionControl(
            job.prompt,
            prompt if job.edits else None,
            weighed[number],
            None if is_empty(job.cross_window) else job.cross_window,
            None if is_empty(job.self_window) else job.self_window,
            unit="calls",
        )
        plan = config.plan(**options)
        runs.append(Run(plan, config.methods(host.tokenize, plan)))
    return tuple(runs)
