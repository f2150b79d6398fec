"""When a sampler looks: the timesteps left of a run that starts in its middle, and what each means in noise."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from vxa.engine.host import PredictionType


def remaining_timesteps(scheduler: Any, num_steps: int, strength: float) -> Tensor:
    """List the timesteps of a run that starts from a picture, and make the scheduler ready for the first of them.

    Args:
        scheduler: A diffusers scheduler, its timesteps set.
        num_steps: Sampler steps of the whole run.
        strength: Share of them to run, in [0, 1]; 0 leaves none.

    Returns:
        One timestep a UNet call, falling; some samplers look twice at one.
    """
    timesteps: Tensor = scheduler.timesteps
    skipped = num_steps - int(num_steps * strength + 1e-9)
    if skipped == 0:
        return timesteps
    order = int(getattr(scheduler, "order", 1))
    distinct = torch.unique_consecutive(timesteps)
    if order == 1 and len(distinct) < len(timesteps):
        # PNDM takes its first step twice wherever it starts; the second timestep of the run stands double for that
        rest = distinct[skipped:]
        return torch.cat([rest[:2], rest[1:]])
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(skipped * order)
    return timesteps[skipped * order :]


def sigma_at(alphas_cumprod: Tensor, timestep: float) -> float:
    """Compute noise over signal, √((1 − ᾱ) / ᾱ), between two timesteps linearly as samplers do.

    Args:
        alphas_cumprod: See `Host.alphas_cumprod`.
        timestep: Training timestep, whole or not.
    """
    low = min(max(int(timestep), 0), len(alphas_cumprod) - 1)
    high = min(low + 1, len(alphas_cumprod) - 1)
    sigmas = [float(((1 - alpha) / alpha) ** 0.5) for alpha in (alphas_cumprod[low], alphas_cumprod[high])]
    return sigmas[0] + (timestep - low) * (sigmas[1] - sigmas[0])


def estimate_clean(
    inputs_bcyx: Tensor, prediction_bcyx: Tensor, sigma: float, prediction_type: PredictionType
) -> Tensor:
    """Estimate the clean latents from one prediction.

    Args:
        inputs_bcyx: What the UNet was given, √ᾱ · clean + √(1 − ᾱ) · noise.
        prediction_bcyx: What it predicted.
        sigma: Noise over signal of the inputs.
        prediction_type: Noise or v.

    Source: Salimans & Ho 2022 (arXiv 2202.00512), appendix D.
    """
    root = (1 + sigma**2) ** 0.5
    signal, noise = 1 / root, sigma / root
    if prediction_type == "v_prediction":
        return signal * inputs_bcyx - noise * prediction_bcyx
    return (inputs_bcyx - noise * prediction_bcyx) / signal
