"""Draw pictures: one sampling loop over the Host port, with diffusers' schedulers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from vxa.core.errors import ConfigError, ShapeError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Conditioning, Host
from vxa.engine.probe import make_noise
from vxa.engine.timesteps import estimate_clean, remaining_timesteps, sigma_at

OnStep = Callable[[int, int, Tensor], None]
"""Called with (steps done, steps, latents); may raise to stop."""
BeforeStep = Callable[[Clock, Tensor, Conditioning], Tensor]
"""Given the clock of the call to come, what the UNet is to read in it (scaled latents, one a picture), and the prompts
of the pictures, encoded, gives what it shall read instead; the sampler goes on from the latents that belong to that."""
AfterStep = Callable[[Clock, Tensor], Tensor]
"""Given the clock of the call just made and the latents after it, gives the latents to go on with."""


@dataclass(frozen=True)
class SamplingPlan:
    """What to draw."""

    prompts: tuple[str, ...]
    """One a picture, at least one."""
    size: Grid
    """Picture height and width, pixels; multiples of the host's latent cell."""
    seeds: tuple[int, ...]
    """One a picture: a picture depends on its own seed alone, not on the batch."""
    negative: str | tuple[str, ...] = ""
    """Prompt to steer away from, for all pictures or one each."""
    num_steps: int = 20
    """Sampler steps, at least 1."""
    guidance: float = 7.5
    """Classifier-free guidance scale; at 1 and below the negative prompt is not run at all."""
    scheduler: str = "ddim"
    """Name known to the host's `make_scheduler`."""
    strength: float = 1.0
    """Share of the steps to run, in [0, 1], where a run begins with a picture."""
    sources: tuple[int | None, ...] = ()
    """For each picture, the picture it is an edit of, or None; empty if nothing is edited. Sources and edits are told
    apart by methods: give them the same seed."""
    references: tuple[str, ...] = ()
    """For each picture, a prompt to run beside its own on the same latents, for methods that take attention from it;
    empty for none."""

    def __post_init__(self) -> None:
        count = len(self.prompts)
        if not count or count != len(self.seeds):
            raise ConfigError("one seed a prompt, and a prompt", got=f"{count} prompts, {self.seeds}")
        if self.num_steps < 1:
            raise ConfigError("at least 1 step", got=self.num_steps)
        if not 0 <= self.strength <= 1:
            raise ConfigError("a strength from 0 to 1", got=self.strength)
        if not isinstance(self.negative, str) and len(self.negative) != count:
            raise ConfigError(f"one negative prompt, or {count}", got=len(self.negative))
        self._check_edits(count)

    def _check_edits(self, count: int) -> None:
        for name, given in (("source", self.sources), ("reference", self.references)):
            if given and len(given) != count:
                raise ConfigError(f"one {name} a picture, or none at all", got=f"{len(given)} for {count} pictures")
        if self.sources and self.references:
            raise ConfigError("sources or references", got="both", remedy="A picture follows one prompt or another.")
        roots = {picture for picture, source in enumerate(self.sources) if source is None}
        if not {source for source in self.sources if source is not None} <= roots:
            raise ConfigError("sources that are pictures of the plan and no edits themselves", got=self.sources)

    @property
    def is_guided(self) -> bool:
        """Whether uncond rows are run."""
        return self.guidance > 1

    @property
    def negatives(self) -> tuple[str, ...]:
        """Negative prompt of each picture."""
        return (self.negative,) * len(self.prompts) if isinstance(self.negative, str) else self.negative

    @property
    def rows(self) -> tuple[Row, ...]:
        """Rows of every UNet call: uncond × pictures with guidance, references × pictures if any, cond × pictures."""
        pictures = range(len(self.prompts))
        uncond = [Row("uncond", picture) for picture in pictures] if self.is_guided else []
        reference = [Row("reference", picture) for picture in pictures] if self.references else []
        return (*uncond, *reference, *(self._cond_row(picture) for picture in pictures))

    def _cond_row(self, picture: int) -> Row:
        source = picture if self.references else self.sources[picture] if self.sources else None
        if source is None:
            return Row("cond", picture)
        number = 1 if self.references else 1 + self.sources[:picture].count(source)
        return Row("cond", picture, edit=number, source=source)


@dataclass(frozen=True, eq=False)
class Start:
    """What a run begins with, where that is not noise by seed."""

    latents_bcyx: Tensor | None = None
    """Clean latents of a picture, one or one each, noised by the plan's strength; None for pure noise."""
    noise_bcyx: Tensor | None = None
    """Noise of unit variance, one or one each; None for noise by seed."""


@dataclass(frozen=True, eq=False)
class _Run:
    """What stays the same over the calls of one run."""

    host: Host
    plan: SamplingPlan
    conditioning: Conditioning
    latent: Grid
    unconds: Sequence[Tensor] | None

    @property
    def prompted(self) -> Conditioning:
        """The pictures' prompts alone."""
        return self.conditioning.rows(range(-len(self.plan.prompts), 0))

    def predict(self, inputs_bcyx: Tensor, clock: Clock) -> Tensor:
        """Predict with guidance: one row a picture."""
        rows, count = self.plan.rows, len(self.plan.prompts)
        repeated_bcyx = inputs_bcyx.repeat(len(rows) // count, 1, 1, 1)
        prediction_bcyx = self.host.predict(repeated_bcyx, self._conditioning(clock), Cue(clock, rows, self.latent))
        cond_bcyx = prediction_bcyx[-count:]
        if not self.plan.is_guided:
            return cond_bcyx
        uncond_bcyx = prediction_bcyx[:count]
        return uncond_bcyx + self.plan.guidance * (cond_bcyx - uncond_bcyx)

    def _conditioning(self, clock: Clock) -> Conditioning:
        if self.unconds is None or not self.plan.is_guided:
            return self.conditioning
        count, context_btc = len(self.plan.prompts), self.conditioning.context_btc
        uncond_btc = self.unconds[clock.step].to(context_btc).expand(count, *context_btc.shape[1:])
        return replace(self.conditioning, context_btc=torch.cat([uncond_btc, context_btc[count:]]))


def sample(
    host: Host,
    plan: SamplingPlan,
    on_step: OnStep | None = None,
    *,
    start: Start | None = None,
    unconds: Sequence[Tensor] | None = None,
    before_step: Sequence[BeforeStep] = (),
    after_step: Sequence[AfterStep] = (),
    on_preview: OnStep | None = None,
) -> Tensor:
    """Draw the pictures of a plan; each call is announced to the host's conductor with the plan's rows.

    Args:
        host: The model, inside its `running()`.
        plan: What to draw.
        on_step: Called after each step with (steps done, steps, latents); may raise to stop.
        start: What to begin with; None for noise by seed.
        unconds: For each UNet call the context of the uncond rows in place of the negative prompt's, shape
            (1 or picture, t, c): what null-text optimisation finds.
        before_step: Changes of what the UNet reads before each call, in order.
        after_step: Changes of the latents after each step, in order.
        on_preview: Called as `on_step`, with an estimate of the clean latents; costs nothing but the callback.

    Returns:
        Clean latents, shape (picture, channels, y, x).

    Raises:
        ConfigError: If the plan has a strength below 1 but no picture to begin with.
        ShapeError: If the size, or what to begin with, does not fit.
    """
    scheduler = host.make_scheduler(plan.scheduler, plan.num_steps)
    run = _Run(host, plan, _encode(host, plan), plan.size.divided(host.info.downscale), unconds)
    timesteps = remaining_timesteps(scheduler, plan.num_steps, plan.strength)
    _check_unconds(unconds, len(timesteps))
    latents_bcyx = _begin(run, scheduler, timesteps, start or Start())
    extra = _step_options(scheduler, plan.seeds)
    # some samplers list a timestep twice; the clock counts listed calls
    for step, timestep in enumerate(timesteps):
        sigma = sigma_at(host.alphas_cumprod, float(timestep))
        clock = Clock(step, len(timesteps), float(timestep), sigma)
        inputs_bcyx = scheduler.scale_model_input(latents_bcyx, timestep)
        for move in before_step:
            moved_bcyx = move(clock, inputs_bcyx, run.prompted)
            latents_bcyx = latents_bcyx + (moved_bcyx - inputs_bcyx) / _input_scale(scheduler, timestep)
            inputs_bcyx = moved_bcyx
        prediction_bcyx = run.predict(inputs_bcyx, clock)
        latents_bcyx = scheduler.step(prediction_bcyx, timestep, latents_bcyx, **extra).prev_sample
        for change in after_step:
            latents_bcyx = change(clock, latents_bcyx)
        if on_preview is not None:
            clean_bcyx = estimate_clean(inputs_bcyx, prediction_bcyx, sigma, host.info.prediction_type)
            on_preview(step + 1, len(timesteps), clean_bcyx)
        if on_step is not None:
            on_step(step + 1, len(timesteps), latents_bcyx)
    return latents_bcyx


def _encode(host: Host, plan: SamplingPlan) -> Conditioning:
    texts = [*(plan.negatives if plan.is_guided else ()), *plan.references, *plan.prompts]
    distinct = list(dict.fromkeys(texts))
    # encoded together, so that all get the same number of 77-token chunks
    encoded = host.encode_prompts(distinct, plan.size)
    return encoded.rows([distinct.index(text) for text in texts])


def _begin(run: _Run, scheduler: Any, timesteps: Tensor, start: Start) -> Tensor:
    host, plan, count = run.host, run.plan, len(run.plan.prompts)
    shape = (host.info.latent_channels, run.latent.height, run.latent.width)
    if start.noise_bcyx is None:
        noise_bcyx = torch.stack([make_noise(shape, seed) for seed in plan.seeds]).to(host.device)
    else:
        noise_bcyx = _one_each(start.noise_bcyx, (count, *shape)).to(host.device)
    if start.latents_bcyx is None:
        if plan.strength < 1:
            raise ConfigError("a picture to begin with, at a strength below 1", got="none")
        return noise_bcyx * float(scheduler.init_noise_sigma)
    latents_bcyx = _one_each(start.latents_bcyx, (count, *shape)).to(host.device)
    if not len(timesteps):
        return latents_bcyx
    return scheduler.add_noise(latents_bcyx, noise_bcyx, timesteps[:1].expand(count))


def _one_each(given_bcyx: Tensor, shape: tuple[int, ...]) -> Tensor:
    if tuple(given_bcyx.shape) not in (shape, (1, *shape[1:])):
        raise ShapeError(f"latents of shape {shape}", got=tuple(given_bcyx.shape))
    return given_bcyx.expand(shape)


def _input_scale(scheduler: Any, timestep: Tensor) -> float:
    """Give the factor from a sampler's latents to what the UNet reads: some keep them at another variance."""
    return float(scheduler.scale_model_input(torch.ones(1, dtype=torch.float64), timestep))


def _check_unconds(unconds: Sequence[Tensor] | None, num_calls: int) -> None:
    if unconds is not None and len(unconds) != num_calls:
        raise ShapeError(f"one uncond context a UNet call, {num_calls}", got=len(unconds))


def _step_options(scheduler: Any, seeds: tuple[int, ...]) -> dict[str, Any]:
    if "generator" not in inspect.signature(scheduler.step).parameters:
        return {}
    # apart from the initial noise's stream, so that ancestral samplers do not add the same noise again
    return {"generator": [torch.Generator().manual_seed(seed ^ 0x5EED) for seed in seeds]}
