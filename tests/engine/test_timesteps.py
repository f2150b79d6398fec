"""Timesteps of a run from its middle, and noise levels as samplers have them."""

from __future__ import annotations

import pytest
import torch

from vxa.engine.probe import add_noise, make_noise
from vxa.engine.timesteps import estimate_clean, remaining_timesteps, sigma_at
from vxa.hosts.memory import RandomHost


@pytest.mark.parametrize("name", ["euler", "euler_a", "lms"])
def test_sigma_is_the_sampler_s(host: RandomHost, name: str) -> None:
    if name == "lms":
        pytest.importorskip("scipy", reason="diffusers' LMS integrates with scipy")
    scheduler = host.make_scheduler(name, 7)
    ours = [sigma_at(host.alphas_cumprod, float(timestep)) for timestep in scheduler.timesteps]
    torch.testing.assert_close(torch.tensor(ours), scheduler.sigmas[:-1].float(), atol=1e-3, rtol=1e-3)


def test_sigma_stays_within_the_schedule(host: RandomHost) -> None:
    first, last = sigma_at(host.alphas_cumprod, 0.0), sigma_at(host.alphas_cumprod, 999.0)
    assert 0.02 < first < 0.04 and 14 < last < 15
    assert sigma_at(host.alphas_cumprod, 1200.0) == last
    assert sigma_at(host.alphas_cumprod, 500.5) == pytest.approx(
        (sigma_at(host.alphas_cumprod, 500.0) + sigma_at(host.alphas_cumprod, 501.0)) / 2
    )


def test_the_clean_latents_are_found_again(host: RandomHost) -> None:
    clean, noise = make_noise((1, 4, 3, 3), 1), make_noise((1, 4, 3, 3), 2)
    noisy, sigma = add_noise(host, clean, noise, 400), sigma_at(host.alphas_cumprod, 400.0)
    alpha = float(host.alphas_cumprod[400])
    velocity = alpha**0.5 * noise - (1 - alpha) ** 0.5 * clean
    torch.testing.assert_close(estimate_clean(noisy, noise, sigma, "epsilon"), clean, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(estimate_clean(noisy, velocity, sigma, "v_prediction"), clean, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("strength", "left"), [(1.0, 10), (0.99, 9), (0.5, 5), (0.29, 2), (0.3, 3), (0.0, 0)])
def test_strength_is_a_share_of_the_steps(host: RandomHost, strength: float, left: int) -> None:
    for name in ("ddim", "euler"):
        scheduler = host.make_scheduler(name, 10)
        timesteps = remaining_timesteps(scheduler, 10, strength)
        assert torch.equal(timesteps, scheduler.timesteps[10 - left :])
