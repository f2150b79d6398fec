"""DDIM inversion: the noise from which a deterministic run draws a given picture, and all latents on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from vxa.core.errors import ConfigError, ShapeError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Role, Row
from vxa.engine.host import Conditioning, Host
from vxa.engine.sampling import SamplingPlan, Start
from vxa.engine.timesteps import sigma_at

OnProgress = Callable[[int, int], None]
"""Called with (steps done, steps); may raise to stop."""


@dataclass(frozen=True)
class NoiseLevels:
    """The noise levels that a DDIM run passes, clean first."""

    timesteps: tuple[float, ...]
    """Training timestep of each UNet call, rising: call i leads from level i + 1 to level i."""
    alphas: tuple[float, ...]
    """Signal left, ᾱ, at each level; one more than timesteps."""

    @classmethod
    def of(cls, host: Host, num_steps: int) -> NoiseLevels:
        """Read them off the host's DDIM scheduler, so that a run retraces them exactly."""
        scheduler: Any = host.make_scheduler("ddim", num_steps)
        falling = [int(timestep) for timestep in scheduler.timesteps]
        stride = scheduler.config.num_train_timesteps // num_steps
        last = falling[-1] - stride
        final = float(host.alphas_cumprod[last]) if last >= 0 else float(scheduler.final_alpha_cumprod)
        alphas = [final, *(float(host.alphas_cumprod[timestep]) for timestep in falling[::-1])]
        return cls(tuple(float(timestep) for timestep in falling[::-1]), tuple(alphas))

    def __len__(self) -> int:
        return len(self.timesteps)

    def clock(self, call: int, host: Host) -> Clock:
        """Give the clock of a UNet call as a run from noise has it."""
        timestep = self.timesteps[call]
        return Clock(len(self) - 1 - call, len(self), timestep, sigma_at(host.alphas_cumprod, timestep))


@dataclass(frozen=True, eq=False)
class Trajectory:
    """An inverted picture."""

    prompt: str
    """What it was inverted with."""
    size: Grid
    """Picture size, pixels."""
    levels: NoiseLevels
    """Noise levels passed."""
    latents: tuple[Tensor, ...]
    """Latents at each level, shape (1, channels, y, x), clean first."""

    @property
    def num_steps(self) -> int:
        """Sampler steps to draw it again."""
        return len(self.levels)

    @property
    def start(self) -> Start:
        """What a run that draws it, or edits of it, begins with."""
        return Start(noise_bcyx=self.latents[-1])

    def check(self, plan: SamplingPlan) -> None:
        """Check that a plan retraces it.

        Raises:
            ConfigError: If sampler, steps or strength differ.
            ShapeError: If the size does.
        """
        if (plan.scheduler, plan.num_steps, plan.strength) != ("ddim", self.num_steps, 1.0):
            raise ConfigError(
                f"a whole run of ddim with {self.num_steps} steps, as the picture was inverted",
                got=f"{plan.scheduler}, {plan.num_steps} steps, strength {plan.strength:g}",
            )
        if plan.size != self.size:
            raise ShapeError(f"a picture of {self.size}", got=str(plan.size))


def invert(
    host: Host,
    latents_bcyx: Tensor,
    prompt: str,
    *,
    num_steps: int = 50,
    on_progress: OnProgress | None = None,
) -> Trajectory:
    """Run DDIM backwards with the prompt alone, without guidance.

    Args:
        host: The model, inside its `running()`.
        latents_bcyx: Clean latents of the picture, shape (1, channels, y, x).
        prompt: What it shows.
        num_steps: Steps of the runs that will draw it again.
        on_progress: Called after each step.

    Source: Song et al. 2021 (arXiv 2010.02502), section 4.3; Mokady et al. 2022 (arXiv 2211.09794), section 3.2.
    """
    levels, predictor = NoiseLevels.of(host, num_steps), NoisePredictor(host, latents_bcyx)
    conditioning = host.encode_prompts([prompt], predictor.size)
    latents = [latents_bcyx.to(host.device)]
    for call in range(num_steps):
        noise_bcyx = predictor(latents[-1], conditioning, levels.clock(call, host), "cond")
        latents.append(move(latents[-1], noise_bcyx, levels.alphas[call], levels.alphas[call + 1]))
        if on_progress is not None:
            on_progress(call + 1, num_steps)
    return Trajectory(prompt, predictor.size, levels, tuple(latents))


def move(latents_bcyx: Tensor, noise_bcyx: Tensor, alpha: float, new_alpha: float) -> Tensor:
    """Take latents from one noise level to another along the noise predicted; undone by the way back.

    Args:
        latents_bcyx: At signal level `alpha`.
        noise_bcyx: Noise in them.
        alpha: ᾱ now.
        new_alpha: ᾱ wanted.
    """
    clean_bcyx = (latents_bcyx - (1 - alpha) ** 0.5 * noise_bcyx) / alpha**0.5
    return new_alpha**0.5 * clean_bcyx + (1 - new_alpha) ** 0.5 * noise_bcyx


class NoisePredictor:
    """Predicts noise for one picture and one prompt at a time, whatever the model predicts.

    Args:
        host: The model.
        latents_bcyx: Of the picture, shape (1, channels, y, x).

    Raises:
        ShapeError: If they are of several pictures.
    """

    def __init__(self, host: Host, latents_bcyx: Tensor) -> None:
        if latents_bcyx.ndim != 4 or latents_bcyx.shape[0] != 1:
            raise ShapeError("latents of one picture, (1, channels, y, x)", got=tuple(latents_bcyx.shape))
        self._host = host
        self._latent = Grid(*latents_bcyx.shape[-2:])

    @property
    def size(self) -> Grid:
        """Picture size, pixels."""
        return self._latent.times(self._host.info.downscale)

    def __call__(self, latents_bcyx: Tensor, conditioning: Conditioning, clock: Clock, role: Role) -> Tensor:
        """Predict: shape of the latents."""
        prediction_bcyx = self._host.predict(latents_bcyx, conditioning, Cue(clock, (Row(role),), self._latent))
        if self._host.info.prediction_type == "epsilon":
            return prediction_bcyx
        sigma = clock.sigma or 0.0
        root = (1 + sigma**2) ** 0.5
        return (prediction_bcyx + sigma * latents_bcyx) / root
