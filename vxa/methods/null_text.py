"""Null-text optimisation: for each step an empty prompt's context with which guidance draws a given picture again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from vxa.core.errors import ConfigError
from vxa.engine.clock import Clock
from vxa.engine.host import Conditioning, Host
from vxa.methods.ddim_inversion import NoisePredictor, OnProgress, Trajectory, move

OnLoss = Callable[[int, float], None]
"""Called with (step of the run, loss) before each step of Adam."""


_RATE, _CHANNELS = 1e-2, 768
"""The authors' learning rate, and the width of the context that it suits."""


@dataclass(frozen=True)
class NullText:
    """How to optimise.

    Source: Mokady et al. 2022 (arXiv 2211.09794), algorithm 1 and the authors' code. Where we differ: the learning rate
    falls to half over a run of any length, theirs over 50 steps, and suits contexts of any width.
    """

    guidance: float = 7.5
    """Guidance of the runs that will draw the picture again."""
    num_inner_steps: int = 10
    """Most steps of Adam for each step of the run."""
    learning_rate: float | None = None
    """Of the first step of the run; None for the authors' 1e-2 at the 768 channels of their context. Adam moves every
    channel by about as much, and what that does to a key or value grows with the root of their number."""
    tolerance: float = 1e-5
    """Loss below which a step is good enough; 2e-5 more with each step."""
    negative: str = ""
    """Prompt whose context is the starting point."""

    def __post_init__(self) -> None:
        if self.guidance < 1 or self.num_inner_steps < 0:
            raise ConfigError("guidance from 1 and inner steps from 0", got=(self.guidance, self.num_inner_steps))


def optimise_null_text(
    host: Host,
    trajectory: Trajectory,
    config: NullText,
    on_progress: OnProgress | None = None,
    on_loss: OnLoss | None = None,
) -> list[Tensor]:
    """Find a context for each step.

    Args:
        host: The model, inside its `running()`, not in inference mode; only the contexts get gradients.
        trajectory: The inverted picture.
        config: How.
        on_progress: Called after each step of the run; may raise to stop.
        on_loss: Called before each step of Adam.

    Returns:
        One context a step, shape (1, t, c): `unconds` of a run that begins with `trajectory.start`.
    """
    predictor, levels = NoisePredictor(host, trajectory.latents[0]), trajectory.levels
    # encoded together, so that both get the same number of 77-token chunks
    both = host.encode_prompts([config.negative, trajectory.prompt], trajectory.size)
    null, cond = both.rows([0]), both.rows([1])
    latents_bcyx, contexts = trajectory.latents[-1], []
    for call in reversed(range(len(levels))):
        clock = levels.clock(call, host)
        noise_bcyx = predictor(latents_bcyx, cond, clock, "cond")
        step = _Step(config, predictor, clock, (levels.alphas[call + 1], levels.alphas[call]), latents_bcyx, noise_bcyx)
        null = step.fit(null, trajectory.latents[call], on_loss)
        contexts.append(null.context_btc)
        latents_bcyx = step.draw(null)
        if on_progress is not None:
            on_progress(clock.step + 1, len(levels))
    return contexts


@dataclass(frozen=True, eq=False)
class _Step:
    """One step of the run, whose outcome depends on the null context alone."""

    config: NullText
    predictor: NoisePredictor
    clock: Clock
    alphas: tuple[float, float]
    latents_bcyx: Tensor
    noise_bcyx: Tensor
    """Noise predicted with the prompt."""

    def draw(self, null: Conditioning) -> Tensor:
        """Take the step with guidance."""
        null_bcyx = self.predictor(self.latents_bcyx, null, self.clock, "uncond")
        guided_bcyx = null_bcyx + self.config.guidance * (self.noise_bcyx - null_bcyx)
        return move(self.latents_bcyx, guided_bcyx, *self.alphas)

    def fit(self, null: Conditioning, target_bcyx: Tensor, on_loss: OnLoss | None) -> Conditioning:
        """Change the null context until the step leads where the trajectory came from."""
        dtype = null.context_btc.dtype
        # Adam's small steps would be lost in half precision
        context_btc = null.context_btc.detach().to(torch.promote_types(dtype, torch.float32)).clone().requires_grad_()
        adam = torch.optim.Adam([context_btc], lr=self._rate(context_btc.shape[-1]) * (1 - self.clock.fraction / 2))
        enough = self.config.tolerance + 2e-5 * self.clock.step
        for _ in range(self.config.num_inner_steps):
            with torch.enable_grad():
                drawn_bcyx = self.draw(replace(null, context_btc=context_btc.to(dtype)))
                loss = functional.mse_loss(drawn_bcyx, target_bcyx)
                (context_btc.grad,) = torch.autograd.grad(loss, context_btc)
            if on_loss is not None:
                on_loss(self.clock.step, loss.item())
            adam.step()
            if loss.item() < enough:
                break
        return replace(null, context_btc=context_btc.detach().to(dtype))

    def _rate(self, channels: int) -> float:
        rate = self.config.learning_rate
        return _RATE * (_CHANNELS / channels) ** 0.5 if rate is None else rate
