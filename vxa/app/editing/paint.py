"""Carry out a painting: everything that can be wrong is found before the model runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from vxa.app.editing.drawing import Beginning, Drawn, Phases, Run, Watch, check_strength, draw
from vxa.app.editing.masks import Mask, Painted, check_masks
from vxa.app.editing.paint_job import PaintJob
from vxa.app.layers import named_sites
from vxa.app.pixels import Picture, drawn_size, encode
from vxa.app.progress import Progress, no_progress
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable, parse_selection
from vxa.engine.host import Host
from vxa.engine.observe import Observation
from vxa.engine.sampling import SamplingPlan, Start
from vxa.engine.sites import Site
from vxa.engine.steering.method import Method
from vxa.methods.injection import INJECTIONS
from vxa.methods.paint_with_words import PaintWithWords, make_region_noise
from vxa.methods.registry import make_preset
from vxa.methods.windows import check_holds_a_call
from vxa.methods.word_map import WordMap
from vxa.render.padding import Padding, pad_to_multiple

_PAINTED, _PLAIN = "drawing the painted picture", "drawing it without painting"


@dataclass(frozen=True, eq=False)
class PaintPlan:
    """A painting, checked and ready to run."""

    job: PaintJob
    """What was asked."""
    painted: tuple[Painted, ...]
    """Words with their masks."""
    run: Run
    """How it is drawn."""
    table: TokenTable
    """Tokens of the prompt."""
    watch: Watch
    """What is recorded: the map that results."""
    levels: tuple[int, ...]
    """Levels that receive masks."""
    noise_regions: tuple[tuple[torch.Tensor, int], ...]
    """Masks with noise of their own."""


def plan_paint(job: PaintJob, host: Host, masks: Mapping[str, Mask], picture: Picture | None = None) -> PaintPlan:
    """Check a painting and make it ready, without running the model.

    Args:
        job: What is asked.
        host: The model.
        masks: Of each painted word, shape (height, width) of the picture, uint8.
        picture: A picture to begin with, shape (height, width, 3), uint8; None begins with noise.

    Raises:
        SelectionError: If a word is not in the prompt.
        ShapeError: If a mask is not of the picture's size.
        ConfigError: If settings do not go together.
    """
    size, padding = _sizes(job, host, picture)
    shown = Grid(padding.height, padding.width)
    painted = tuple(_painted(job, word, mask) for word, mask in check_masks(job.painted, masks, shown).items())
    table = host.tokenize(job.prompt)[0]
    maps = [(each, torch.from_numpy(_padded(each.soft(), padding))) for each in painted]
    word_maps = [WordMap.of_word(table, each.word, map_yx, each.strength) for each, map_yx in maps]
    strength = job.strength if picture is not None else 1.0
    check_strength(strength, job.steps)
    plan = SamplingPlan(
        (job.prompt,), size, (job.seed,), job.negative, job.steps,
        guidance=job.guidance, scheduler=job.scheduler, strength=strength,
    )  # fmt: skip
    _check_words(job, table)
    latent = size.divided(host.info.downscale)
    layers = named_sites(job.layers, host.sites, latent)
    if job.is_injection:
        _check_injection(job, layers or host.sites.cross, int(strength * job.steps + 1e-9))
    method = _method(job, word_maps, layers)
    touched = {site.level for site in host.sites.cross if method.touches(site)}
    sites = make_preset(job.preset).choose(host.sites, latent)
    regions = tuple((map_yx, each.seed) for each, map_yx in maps if each.seed is not None)
    return PaintPlan(
        job, painted, Run(plan, (method,)), table, Watch(Observation(sites)), tuple(sorted(touched)), regions
    )


def run_paint(
    plan: PaintPlan, host: Host, picture: Picture | None = None, progress: Progress = no_progress
) -> tuple[Drawn, Picture | None]:
    """Draw the picture.

    Args:
        plan: From `plan_paint` for this picture.
        host: The model.
        picture: The given picture, if any.
        progress: Told after every step.

    Returns:
        What was drawn, and the same without painting if the job compares.
    """
    job = plan.job
    phases = Phases(progress, {_PAINTED: job.steps, **({_PLAIN: job.steps} if job.compare else {})})
    with host.running():
        latents_bcyx, padding = encode(host, picture) if picture is not None else (None, None)
        noise_bcyx = None
        if plan.noise_regions:
            latent = plan.run.plan.size.divided(host.info.downscale)
            shape = (host.info.latent_channels, latent.height, latent.width)
            noise_bcyx = make_region_noise(shape, job.seed, plan.noise_regions)
        beginning = Beginning(Start(latents_bcyx, noise_bcyx))
        drawn = draw(
            host, plan.run, phases.of(_PAINTED), beginning=beginning, padding=padding, watch=plan.watch
        )  # fmt: skip
        plain = None
        if job.compare:
            run = replace(plan.run, methods=())
            plain = draw(host, run, phases.of(_PLAIN), beginning=beginning, padding=padding).pictures[0]
    return drawn, plain


def _sizes(job: PaintJob, host: Host, picture: Picture | None) -> tuple[Grid, Padding]:
    """Give the size drawn, and how it is padded."""
    if picture is None:
        size = drawn_size(job.height, job.width, host)
        return size, Padding(size.height, size.width, size.height, size.width)
    if job.height or job.width:
        raise ConfigError("height and width of 0 for a given picture", got=f"{job.height}, {job.width}")
    padding = pad_to_multiple(picture, host.info.size_multiple)[1]
    return Grid(padding.padded_height, padding.padded_width), padding


def _painted(job: PaintJob, word: str, mask_yx: Mask) -> Painted:
    strengths, feathers, seeds = (job.numbers(name) for name in ("strengths", "feathers", "seeds"))
    seed = int(seeds[word]) if word in seeds else None
    return Painted(word, mask_yx, strengths.get(word, 1.0), feathers.get(word, 0.0), seed)


def _check_words(job: PaintJob, table: TokenTable) -> None:
    """Check that each mask has one word, and each word one mask."""
    owners: dict[tuple[int, ...], str] = {}
    for word in job.painted:
        selection = parse_selection(table, word)
        if len(selection.words) > 1:
            raise ConfigError("one word, phrase or index a mask", got=word, remedy="Give each token a mask of its own.")
        if selection.indices in owners:
            raise ConfigError(
                "masks for different words", got=f"“{owners[selection.indices]}” and “{word}”, which are the same",
                remedy="Join them into one mask.",
            )  # fmt: skip
        owners[selection.indices] = word


def _check_injection(job: PaintJob, sites: Sequence[Site], num_calls: int) -> None:
    """Check what else would show in the middle of the run, or not at all."""
    levels = {site.level for site in sites}
    if not set(job.levels) <= levels:
        raise ConfigError(f"levels of cross-attention, {sorted(levels)}", got=list(job.levels))
    fewest = min(site.heads for site in sites)
    if job.heads and max(job.heads) >= fewest:
        raise ConfigError(f"heads from 0 to {fewest - 1}, which every layer has", got=list(job.heads))
    check_holds_a_call(job.window, num_calls, "injection")


def _padded(map_yx: np.ndarray, padding: Padding) -> np.ndarray:
    below, right = padding.padded_height - padding.height, padding.padded_width - padding.width
    return np.pad(map_yx, ((0, below), (0, right)))


def _method(job: PaintJob, word_maps: Sequence[WordMap], layers: Sequence[Site]) -> Method:
    if not job.is_injection:
        statistic = "std" if job.method == "pww-std" else "max"
        return PaintWithWords(0.4 if job.scale is None else job.scale, statistic).method(word_maps)
    preset = INJECTIONS[job.method]
    config = replace(
        preset,
        scale=preset.scale if job.scale is None else job.scale,
        levels=job.levels or preset.levels,
        layers=tuple(site.address for site in layers),
        heads=job.heads,
        window=job.window,
        unit="calls",
        scaling=job.scaling,  # type: ignore[arg-type]
        renormalises=job.renormalise,
    )
    return config.method(word_maps)
