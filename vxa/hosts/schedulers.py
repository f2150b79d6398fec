"""Samplers by name: diffusers schedulers with a model's own noise schedule.

diffusers is imported when a scheduler is made, not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from vxa.core.errors import ConfigError, HostError, UnsupportedModelError, did_you_mean

# DDIM would clip latents to [-1, 1] as if they were pixels; PNDM's first Runge-Kutta steps are for pixel models too.
_CLASSES: dict[str, tuple[str, dict[str, Any]]] = {
    "ddim": ("DDIMScheduler", {"clip_sample": False}),
    "pndm": ("PNDMScheduler", {"skip_prk_steps": True}),
    "lms": ("LMSDiscreteScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler_a": ("EulerAncestralDiscreteScheduler", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}),
}

SCHEDULERS = tuple(_CLASSES)
"""Names that `make_scheduler` knows."""


def make_scheduler(config: Mapping[str, Any], name: str, num_steps: int, device: torch.device) -> Any:
    """Make a scheduler with its timesteps set.

    Args:
        config: A diffusers scheduler configuration, of whatever class: betas, prediction type, spacing.
        name: One of `SCHEDULERS`.
        num_steps: Sampler steps, from 1 to the number of training timesteps, less the offset of the steps.
        device: Where its timesteps live.

    Raises:
        ConfigError: If the name is unknown or the number of steps is out of range.
        HostError: If diffusers, or scipy for "lms", is not installed.
    """
    if name not in _CLASSES:
        raise ConfigError("the name of a scheduler", got=repr(name), remedy=did_you_mean(name, SCHEDULERS))
    # with as many steps as timesteps the offset would lead beyond the last
    limit = int(config.get("num_train_timesteps", 1000)) - int(config.get("steps_offset", 0))
    if not 1 <= num_steps <= limit:
        raise ConfigError(f"from 1 to {limit} steps", got=num_steps)
    class_name, overrides = _CLASSES[name]
    try:
        scheduler_class = getattr(import_module("diffusers"), class_name)
        scheduler = scheduler_class.from_config(dict(config), **overrides)
    except ImportError as error:
        package = "scipy" if name == "lms" else "diffusers"
        raise HostError(
            f"the package {package} for the scheduler {name!r}", got=error, remedy=f"Run: pip install {package}"
        ) from error
    scheduler.set_timesteps(num_steps, device=device)
    return scheduler


def signal_left(scheduler: Any) -> Tensor:
    """Compute ᾱ_t = Π (1 − β) up to each training timestep.

    Args:
        scheduler: Any diffusers scheduler of a variance-preserving diffusion.

    Returns:
        Shape (timesteps,), float64, on the CPU, falling; the product is taken in float64, which diffusers does not.

    Raises:
        UnsupportedModelError: If the scheduler has no betas (flow matching).
    """
    betas = getattr(scheduler, "betas", None)
    if not isinstance(betas, Tensor):
        raise UnsupportedModelError(
            "a diffusion model with a schedule of betas",
            got=f"{type(scheduler).__name__}",
            remedy="Flow-matching models (SD3, Flux) cannot be opened; choose an SD 1.x, SD 2.x or SDXL model.",
        )
    return torch.cumprod(1 - betas.to("cpu", torch.float64), dim=0)
