"""Run the model for a job and keep what was seen: the only expensive part, made once and reduced many times."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.layers import choose_sites
from vxa.app.pixels import decode, device_of, drawn_size, encode
from vxa.app.progress import Progress, no_progress
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps, add_maps
from vxa.core.tokens import TokenTable
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Host, HostInfo
from vxa.engine.observe import Observation, observing
from vxa.engine.probe import add_noise, make_noise, probe
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.sites import Site
from vxa.render.padding import Padding

_ROWS_PER_CALL = 4
_KEEP_HEADS_BYTES = 256 << 20


@dataclass(frozen=True)
class Facts:
    """How a recording was made."""

    picture_hash: str
    """See `picture_hash`."""
    keeps_heads: bool
    """Whether every head was kept apart."""
    device: str
    """Where the model ran and in which type of numbers, such as "cpu float32": others round differently."""


@dataclass(frozen=True)
class Recording:
    """Attention as recorded, with everything needed to make pictures of it."""

    picture: NDArray[np.uint8]
    """The picture looked at or drawn: shape (height, width, 3)."""
    padding: Padding
    """How it was padded for the model."""
    draws: tuple[AttentionMaps, ...]
    """One record a noise draw; a generated picture has one."""
    tables: tuple[TokenTable, ...]
    """Token table of each text encoder."""
    model: HostInfo
    """Who drew the maps."""
    facts: Facts
    """How it was made."""

    @cached_property
    def head_means(self) -> tuple[AttentionMaps, ...]:
        """The draws with all heads of each layer averaged, made once."""
        return tuple(
            replace(maps, sums={address: sums.mean(0, keepdim=True) for address, sums in maps.sums.items()})
            for maps in self.draws
        )

    @property
    def num_bytes(self) -> int:
        """Memory that the maps take."""
        return sum(maps.num_bytes for maps in self.draws)

    @property
    def total(self) -> AttentionMaps:
        """All draws added up."""
        return reduce(add_maps, self.draws)


@dataclass(frozen=True)
class Scope:
    """How much to record: just what a job needs, or everything so that later changes need no model."""

    everything: bool = False
    """Record all cross layers, and all heads while they take at most 256 MiB; else only the job's layers, heads only
    if the job needs them, and stop the UNet after the last layer."""
    keeps_heads: bool | None = None
    """Keep every head apart, or not, whatever the rest says; None decides by the rest. Sums in another order differ in
    the last bit, so a replay records as the first run did."""

    def observation(
        self, job: VisualizeJob | GenerateJob, host: Host, latent: Grid, *, num_columns: int, num_records: int
    ) -> Observation:
        """Decide what to observe. All tokens are kept: with head means that costs little, and presets compete them.

        Args:
            job: What is asked for.
            host: Has the layers.
            latent: Latent grid of the picture.
            num_columns: Context length.
            num_records: Noise draws, each kept apart.

        Raises:
            ConfigError: If the records would take more memory than the engine's cap.
        """
        chosen = choose_sites(job, host.sites, latent)
        steps = frozenset(job.record_steps) or None if isinstance(job, GenerateJob) else None
        stops = isinstance(job, VisualizeJob) and not self.everything
        sites: tuple[Site, ...] = tuple(host.sites.cross) if self.everything or job.layer_sheet else chosen
        keeps_heads = job.needs_heads if self.keeps_heads is None else self.keeps_heads
        observation = Observation(sites, steps=steps, keep_heads=keeps_heads, stops_early=stops)
        if self.everything and self.keeps_heads is None:
            with_heads = replace(observation, keep_heads=True)
            if with_heads.predicted_bytes(latent, num_columns, num_records) <= _KEEP_HEADS_BYTES:
                return with_heads
        predicted = observation.predicted_bytes(latent, num_columns, num_records)
        if predicted > observation.max_bytes:
            raise ConfigError(
                f"maps of at most {observation.max_bytes >> 20} MiB",
                got=f"{predicted >> 20} MiB for {num_records} draws of {len(sites)} layers",
                remedy="Ask for fewer draws, timesteps or layers, or a smaller picture.",
            )
        return observation


def picture_hash(picture: NDArray[np.uint8]) -> str:
    """Hash a picture's pixels and size: 16 hex digits of SHA-256."""
    return hashlib.sha256(str(picture.shape).encode() + np.ascontiguousarray(picture).tobytes()).hexdigest()[:16]


def record_picture(
    job: VisualizeJob, picture: NDArray[np.uint8], host: Host, scope: Scope = Scope(), progress: Progress = no_progress
) -> Recording:
    """Look at a picture: encode it, noise it, run the UNet once a draw.

    Args:
        job: What to look at.
        picture: Shape (height, width, 3), uint8; padded by reflection to the model's multiple.
        host: The model.
        scope: How much to record.
        progress: Told after every UNet call.

    Returns:
        One record a draw, timestep by timestep.
    """
    _check_timesteps(job, host)
    size = Grid(*picture.shape[:2]).padded(host.info.size_multiple)
    # without noise every draw would be the same
    num_draws = job.draws if job.noise else 1
    total = len(job.timesteps) * num_draws
    draws: list[AttentionMaps] = []
    with host.running():
        tables = host.tokenize(job.prompt)
        latent = size.divided(host.info.downscale)
        num_columns = len(tables[0].tokens)
        observation = scope.observation(job, host, latent, num_columns=num_columns, num_records=total)
        latent_bcyx, padding = encode(host, picture, unit_range=job.unit_range)
        conditioning = host.encode_prompts([job.prompt], size)
        for timestep in job.timesteps:
            for first in range(0, num_draws, _ROWS_PER_CALL):
                seeds = range(job.seed + first, job.seed + min(first + _ROWS_PER_CALL, num_draws))
                noisy_bcyx = _noised(job, host, latent_bcyx, timestep, seeds)
                rows = tuple(Row("cond", picture) for picture in range(len(seeds)))
                cue = Cue(Clock(0, 1, float(timestep)), rows, latent)
                recorder = probe(host, noisy_bcyx, conditioning.rows([0] * len(rows)), cue, observation)
                draws += [recorder.maps(picture) for picture in range(len(rows))]
                progress(len(draws), total, "looking at the picture")
    return Recording(picture, padding, tuple(draws), tables, host.info, _facts(picture, observation, host))


def record_generation(
    job: GenerateJob, host: Host, scope: Scope = Scope(), progress: Progress = no_progress
) -> Recording:
    """Draw a picture and record its maps on the way.

    Args:
        job: What to draw.
        host: The model.
        scope: How much to record.
        progress: Told after every step.

    Returns:
        The picture with one record summed over the steps.
    """
    size = drawn_size(job.height, job.width, host)
    _check_recorded_steps(job)
    plan = SamplingPlan(
        (job.prompt,), size, (job.seed,), job.negative, job.steps, job.guidance, job.scheduler
    )  # fmt: skip
    latent = size.divided(host.info.downscale)
    with host.running():
        tables = host.tokenize(job.prompt)
        num_columns = max(len(host.tokenize(prompt)[0].tokens) for prompt in (job.prompt, job.negative))
        observation = scope.observation(job, host, latent, num_columns=num_columns, num_records=1)
        with observing(host.conductor, observation) as recorder:
            latents = sample(host, plan, lambda done, total, _: progress(done, total, "drawing the picture"))
        picture = decode(host, latents)[0]
    maps = recorder.maps(0)
    padding = Padding(size.height, size.width, size.height, size.width)
    return Recording(picture, padding, (maps,), tables, host.info, _facts(picture, observation, host))


def _facts(picture: NDArray[np.uint8], observation: Observation, host: Host) -> Facts:
    return Facts(picture_hash(picture), observation.keep_heads, device_of(host))


def _noised(job: VisualizeJob, host: Host, latent_bcyx: Tensor, timestep: int, seeds: range) -> Tensor:
    if not job.noise:
        return latent_bcyx
    # a seed of its own for each timestep: fresh noise everywhere, yet each draw depends on job.seed alone
    shape = tuple(latent_bcyx.shape[1:])
    noise_bcyx = torch.stack([make_noise(shape, seed * 1000 + timestep) for seed in seeds]).to(latent_bcyx)
    return add_noise(host, latent_bcyx, noise_bcyx, timestep)


def _check_timesteps(job: VisualizeJob, host: Host) -> None:
    last = len(host.alphas_cumprod) - 1
    if max(job.timesteps) > last:
        raise ConfigError(f"timesteps from 0 to {last} for this model", got=list(job.timesteps))


def _check_recorded_steps(job: GenerateJob) -> None:
    if job.record_steps and max(job.record_steps) >= job.steps:
        raise ConfigError(f"recorded steps from 0 to {job.steps - 1}", got=list(job.record_steps))
