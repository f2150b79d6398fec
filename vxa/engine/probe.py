"""One UNet call made only to look at its attention."""

from __future__ import annotations

import torch
from torch import Tensor

from vxa.core.errors import ConfigError
from vxa.engine.clock import Cue
from vxa.engine.host import Conditioning, Host
from vxa.engine.observe import Observation, Recorder, UNetStopped, observing


def probe(host: Host, latents_bcyx: Tensor, conditioning: Conditioning, cue: Cue, observation: Observation) -> Recorder:
    """Run the UNet once and record; with `observation.stops_early` only as far as the last layer asked for.

    Args:
        host: The model, inside its `running()`.
        latents_bcyx: Noisy or clean latents, one a cue row.
        conditioning: One row a latent.
        cue: Rows and clock of the call.
        observation: What to record.

    Returns:
        The recorder, hooks already off.
    """
    with observing(host.conductor, observation) as recorder:
        try:
            host.predict(latents_bcyx, conditioning, cue)
        except UNetStopped:
            pass
    return recorder


def add_noise(host: Host, latents_bcyx: Tensor, noise_bcyx: Tensor, timestep: int) -> Tensor:
    """Diffuse clean latents to a timestep: √ᾱ_t · x + √(1 − ᾱ_t) · ε.

    Args:
        host: Gives the schedule.
        latents_bcyx: Clean latents.
        noise_bcyx: Standard normal noise of the same shape.
        timestep: Training timestep.

    Raises:
        ConfigError: If the timestep is outside the schedule.

    Source: Ho et al. 2020, equation 4.
    """
    alphas = host.alphas_cumprod
    if not 0 <= timestep < len(alphas):
        raise ConfigError(f"a timestep from 0 to {len(alphas) - 1}", got=timestep)
    alpha = float(alphas[timestep])
    return alpha**0.5 * latents_bcyx + (1 - alpha) ** 0.5 * noise_bcyx


def make_noise(shape: tuple[int, ...], seed: int) -> Tensor:
    """Draw standard normal noise that depends on the seed alone, not on device or batch: float32 on the CPU."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))
