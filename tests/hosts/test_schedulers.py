from __future__ import annotations

import importlib.util
from typing import Any

import pytest
import torch

from vxa.core.errors import ConfigError, HostError, UnsupportedModelError
from vxa.hosts.schedulers import SCHEDULERS, make_scheduler, signal_left

CPU = torch.device("cpu")
# as saved with SD 1.5, whose scheduler is PNDM
CONFIG: dict[str, Any] = {
    "_class_name": "PNDMScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "steps_offset": 1,
}

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.mark.parametrize("name", [name for name in SCHEDULERS if name != "lms"])
def test_timesteps_are_set_and_fall(name: str) -> None:
    scheduler = make_scheduler(CONFIG, name, 10, CPU)
    assert len(scheduler.timesteps) in (10, 11)  # PNDM calls twice at its second timestep
    assert scheduler.timesteps[0] > 800 and scheduler.timesteps[-1] < 110
    assert bool((scheduler.timesteps[1:] <= scheduler.timesteps[:-1]).all())


def test_latents_are_never_clipped_to_pixels() -> None:
    scheduler = make_scheduler(CONFIG, "ddim", 10, CPU)
    far = torch.full((1, 4, 2, 2), 30.0)
    assert float(scheduler.step(torch.zeros_like(far), scheduler.timesteps[-1], far).prev_sample.max()) > 20


def test_pndm_runs_no_runge_kutta_steps() -> None:
    assert len(make_scheduler(CONFIG, "pndm", 10, CPU).timesteps) == 11


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_most_steps_lead_to_no_timestep_beyond_the_last(name: str) -> None:
    assert int(max(make_scheduler(CONFIG, name, 999, CPU).timesteps)) <= 999
    with pytest.raises(ConfigError, match="from 1 to 999 steps; got 1000"):
        make_scheduler(CONFIG, name, 1000, CPU)


def test_settings_of_the_model_are_kept() -> None:
    config = {**CONFIG, "prediction_type": "v_prediction", "beta_start": 0.001}
    for name in ("ddim", "euler", "dpmpp_2m"):
        scheduler = make_scheduler(config, name, 5, CPU)
        assert scheduler.config.prediction_type == "v_prediction"
        assert scheduler.config.beta_start == 0.001


@pytest.mark.skipif(importlib.util.find_spec("scipy") is not None, reason="scipy is here")
def test_lms_without_scipy_names_the_package() -> None:
    with pytest.raises(HostError, match="pip install scipy"):
        make_scheduler(CONFIG, "lms", 5, CPU)


def test_unknown_names_are_answered_with_near_ones() -> None:
    with pytest.raises(ConfigError, match="Did you mean ddim"):
        make_scheduler(CONFIG, "dim", 5, CPU)


def test_signal_is_multiplied_in_float64() -> None:
    from diffusers import DDIMScheduler

    scheduler = DDIMScheduler.from_config(CONFIG)
    signal, product = signal_left(scheduler), 1.0
    for beta in scheduler.betas.tolist():
        product *= 1 - beta
    assert signal.dtype == torch.float64 and float(signal[-1]) == pytest.approx(product, rel=1e-12)


def test_flow_matching_is_refused() -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler

    with pytest.raises(UnsupportedModelError, match="schedule of betas"):
        signal_left(FlowMatchEulerDiscreteScheduler())
