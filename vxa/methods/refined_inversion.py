"""Inversion with guidance, refined: the way there is corrected by the error of the way back."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from vxa.core.errors import ConfigError
from vxa.engine.clock import Clock
from vxa.engine.host import Conditioning, Host
from vxa.engine.timesteps import sigma_at
from vxa.methods.ddim_inversion import NoiseLevels, NoisePredictor, OnProgress, move


@dataclass(frozen=True)
class RefinedInversion:
    """How to invert a picture for cross-attention control.

    Source: CrossAttentionControl by bloc97, `InverseCrossAttention`. Where we differ: the noise levels passed are those
    of the ddim run back, not even ones up to the last; corrections shrink when the error hardly falls, as meant there,
    not every time; errors are means, so that they mean the same at every picture size.
    """

    guidance: float = 3.0
    """Guidance on the way there."""
    num_steps: int = 50
    """Steps."""
    num_iterations: int = 3
    """Most corrections of a step."""
    strength: float = 0.9
    """Step of the first correction, in (0, 1]."""
    skip: float = 0.7
    """Part of the steps that is not corrected."""
    negative: str = ""
    """Prompt to steer away from."""

    def __post_init__(self) -> None:
        if self.num_steps < 1 or self.num_iterations < 0 or not 0 <= self.skip <= 1:
            raise ConfigError(
                "at least 1 step, iterations from 0 and a skip from 0 to 1",
                got=(self.num_steps, self.num_iterations, self.skip),
            )


_ENOUGH = 5 / (4 * 64 * 64)
"""Mean error of a latent's number below which corrections would overfit."""
_HARDLY = 1 / (4 * 64 * 64)
"""Fall of the mean error below which the step shrinks."""
_SHRINK = 0.9
_EARLIER = 0.25
"""How much earlier, in steps, the unguided prediction is asked for on the way back; found by its author to be best."""


def invert_refined(
    host: Host, latents_bcyx: Tensor, prompt: str, config: RefinedInversion, on_progress: OnProgress | None = None
) -> Tensor:
    """Find noise from which the picture is drawn with guidance.

    Args:
        host: The model, inside its `running()`.
        latents_bcyx: Clean latents of the picture, shape (1, channels, y, x).
        prompt: What it shows.
        config: How.
        on_progress: Called after each step; may raise to stop.

    Returns:
        Noise of about unit variance, shape (1, channels, y, x), for `Start`; any sampler may begin with it.
    """
    predictor = NoisePredictor(host, latents_bcyx)
    both = host.encode_prompts([config.negative, prompt], predictor.size)
    latents_bcyx = latents_bcyx.to(host.device)
    levels = NoiseLevels.of(host, config.num_steps)
    timesteps = (0.0, *levels.timesteps)
    for number in range(config.num_steps):
        ends = slice(number, number + 2)
        step = _Step(host, config, predictor, both, number, timesteps[ends], levels.alphas[ends])
        there_bcyx = step.go(latents_bcyx, step.guide(latents_bcyx, earlier=0.0))
        if number > config.num_steps * config.skip:
            there_bcyx = step.refine(latents_bcyx, there_bcyx)
        latents_bcyx = there_bcyx
        if on_progress is not None:
            on_progress(number + 1, config.num_steps)
    return latents_bcyx


@dataclass(frozen=True, eq=False)
class _Step:
    """One step, from a noise level to the next higher."""

    host: Host
    config: RefinedInversion
    predictor: NoisePredictor
    both: Conditioning
    number: int
    timesteps: tuple[float, ...]
    """Of the lower level and the higher."""
    alphas: tuple[float, ...]
    """Signal left at them."""

    def guide(self, latents_bcyx: Tensor, earlier: float) -> Tensor:
        """Predict noise with guidance, as of the lower level."""
        low, high = self.timesteps
        null_bcyx = self.predictor(
            latents_bcyx, self.both.rows([0]), self._clock(low - earlier * (high - low)), "uncond"
        )
        cond_bcyx = self.predictor(latents_bcyx, self.both.rows([1]), self._clock(low), "cond")
        return null_bcyx + self.config.guidance * (cond_bcyx - null_bcyx)

    def go(self, latents_bcyx: Tensor, noise_bcyx: Tensor) -> Tensor:
        """Go to the higher level."""
        return move(latents_bcyx, noise_bcyx, *self.alphas)

    def refine(self, origin_bcyx: Tensor, there_bcyx: Tensor) -> Tensor:
        """Correct where the step led until the way back ends where it came from."""
        best_bcyx, least, rate = there_bcyx, float("inf"), self.config.strength
        for _ in range(self.config.num_iterations):
            noise_bcyx = self.guide(there_bcyx, earlier=_EARLIER)
            off_bcyx = origin_bcyx - move(there_bcyx, noise_bcyx, *self.alphas[::-1])
            error = off_bcyx.abs().mean().item()
            if least - error < _HARDLY:
                rate *= _SHRINK
            if error < least:
                best_bcyx, least = there_bcyx, error
            if least < _ENOUGH:
                break
            there_bcyx = there_bcyx + rate * off_bcyx
        return best_bcyx

    def _clock(self, timestep: float) -> Clock:
        timestep = max(timestep, 0.0)
        sigma = sigma_at(self.host.alphas_cumprod, timestep)
        return Clock(self.config.num_steps - 1 - self.number, self.config.num_steps, timestep, sigma)
