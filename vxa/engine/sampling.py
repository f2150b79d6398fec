"""Draw pictures: one sampling loop over the Host port, with diffusers' schedulers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Conditioning, Host, join
from vxa.engine.probe import make_noise

OnStep = Callable[[int, int, Tensor], None]


@dataclass(frozen=True)
class SamplingPlan:
    """What to draw."""

    prompts: tuple[str, ...]
    """One a picture, at least one."""
    size: Grid
    """Picture height and width, pixels; multiples of the host's latent cell."""
    seeds: tuple[int, ...]
    """One a picture: a picture depends on its own seed alone, not on the batch."""
    negative: str = ""
    """Prompt to steer away from."""
    num_steps: int = 20
    """Sampler steps, at least 1."""
    guidance: float = 7.5
    """Classifier-free guidance scale; at 1 and below the negative prompt is not run at all."""
    scheduler: str = "ddim"
    """Name known to the host's `make_scheduler`."""

    def __post_init__(self) -> None:
        if not self.prompts or len(self.prompts) != len(self.seeds):
            raise ConfigError("one seed a prompt, and a prompt", got=f"{len(self.prompts)} prompts, {self.seeds}")
        if self.num_steps < 1:
            raise ConfigError("at least 1 step", got=self.num_steps)

    @property
    def is_guided(self) -> bool:
        """Whether uncond rows are run."""
        return self.guidance > 1


def sample(host: Host, plan: SamplingPlan, on_step: OnStep | None = None) -> Tensor:
    """Draw the pictures of a plan.

    Rows of every UNet call are (uncond × pictures, cond × pictures), or cond alone without guidance; each call is
    announced to the host's conductor.

    Args:
        host: The model, inside its `running()`.
        plan: What to draw.
        on_step: Called after each step with (steps done, steps, latents); may raise to stop.

    Returns:
        Clean latents, shape (picture, channels, y, x).
    """
    scheduler = host.make_scheduler(plan.scheduler, plan.num_steps)
    latent = plan.size.divided(host.info.downscale)
    conditioning, rows = _prepare(host, plan)
    shape = (host.info.latent_channels, latent.height, latent.width)
    latents_bcyx = torch.stack([make_noise(shape, seed) for seed in plan.seeds]).to(host.device)
    latents_bcyx = latents_bcyx * float(scheduler.init_noise_sigma)
    extra = _step_options(scheduler, plan.seeds)
    # a second-order scheduler lists some timesteps twice; the clock counts listed calls
    num_calls = len(scheduler.timesteps)
    for step, timestep in enumerate(scheduler.timesteps):
        cue = Cue(Clock(step, num_calls, float(timestep)), rows, latent)
        inputs_bcyx = scheduler.scale_model_input(latents_bcyx, timestep)
        inputs_bcyx = inputs_bcyx.repeat(len(rows) // len(plan.prompts), 1, 1, 1)
        prediction_bcyx = _guide(host.predict(inputs_bcyx, conditioning, cue), plan)
        latents_bcyx = scheduler.step(prediction_bcyx, timestep, latents_bcyx, **extra).prev_sample
        if on_step is not None:
            on_step(step + 1, num_calls, latents_bcyx)
    return latents_bcyx


def _prepare(host: Host, plan: SamplingPlan) -> tuple[Conditioning, tuple[Row, ...]]:
    pictures = range(len(plan.prompts))
    cond = tuple(Row("cond", picture) for picture in pictures)
    if not plan.is_guided:
        return host.encode_prompts(plan.prompts, plan.size), cond
    # encoded together, so that both get the same number of 77-token chunks
    both = host.encode_prompts([plan.negative, *plan.prompts], plan.size)
    conditioning = join(both.rows([0] * len(pictures)), both.rows([1 + picture for picture in pictures]))
    return conditioning, (*(Row("uncond", picture) for picture in pictures), *cond)


def _guide(prediction_bcyx: Tensor, plan: SamplingPlan) -> Tensor:
    if not plan.is_guided:
        return prediction_bcyx
    uncond, cond = prediction_bcyx.chunk(2)
    return uncond + plan.guidance * (cond - uncond)


def _step_options(scheduler: Any, seeds: tuple[int, ...]) -> dict[str, Any]:
    if "generator" not in inspect.signature(scheduler.step).parameters:
        return {}
    # apart from the initial noise's stream, so that ancestral samplers do not add the same noise again
    return {"generator": [torch.Generator().manual_seed(seed ^ 0x5EED) for seed in seeds]}
