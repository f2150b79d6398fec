"""What a model is, read from stand-ins that have just the attributes of the published checkpoints."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler

from vxa.core.errors import UnsupportedModelError
from vxa.core.grid import Grid
from vxa.hosts.ldm_structure import (
    concat_of,
    downscale_of,
    levels_of,
    prediction_type_of,
    sample_of,
    scheduler_config,
    signal_left,
    unet_of,
)


def published(**changes: Any) -> SimpleNamespace:
    """Attributes that SD 1.x, SD 2.x and SDXL share, and those that differ."""
    unet = torch.nn.Module()
    unet.in_channels, unet.channel_mult = changes.pop("in_channels", 4), [1, 2, 4, 4]  # type: ignore[assignment]
    encoder = SimpleNamespace(down=[None] * 4, resolution=256)
    vae = SimpleNamespace(encoder=encoder, post_quant_conv=SimpleNamespace(in_channels=4))
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    alphas = torch.cumprod(1 - betas, dim=0).float()
    model = {"parameterization": "eps", "alphas_cumprod": alphas, "first_stage_model": vae}
    return SimpleNamespace(model=SimpleNamespace(diffusion_model=unet), **{**model, **changes})


@pytest.mark.parametrize(
    ("family", "changes", "side"),
    [
        ("sd1", {"image_size": 64}, 512),
        ("sd2", {"image_size": 64}, 512),
        ("sd2", {"image_size": 64, "parameterization": "v"}, 768),
        ("sdxl", {}, 1024),
        ("tiny", {"image_size": 16}, 128),
        ("tiny", {}, 256),
    ],
)
def test_the_size_it_was_trained_at(family: str, changes: dict[str, Any], side: int) -> None:
    assert sample_of(published(**changes), family) == Grid(side, side)


def test_sizes_follow_the_levels() -> None:
    assert (downscale_of(published()), levels_of(published())) == (8, 4)


@pytest.mark.parametrize(("in_channels", "concat"), [(4, "none"), (9, "inpaint"), (8, "edit")])
def test_what_is_read_beside_the_latent(in_channels: int, concat: str) -> None:
    assert concat_of(published(in_channels=in_channels)) == concat


def test_other_models_are_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="3 further channels"):
        concat_of(published(in_channels=7))
    with pytest.raises(UnsupportedModelError, match="an ldm or sgm model"):
        unet_of(SimpleNamespace())
    with pytest.raises(UnsupportedModelError, match="got 'x0'"):
        prediction_type_of(published(parameterization="x0"))
    with pytest.raises(UnsupportedModelError, match="alphas_cumprod"):
        signal_left(SimpleNamespace())


def test_the_original_schedule_is_read_beside_a_copy_for_samplers() -> None:
    model = published()
    model.alphas_cumprod_original = model.alphas_cumprod
    model.alphas_cumprod = model.alphas_cumprod.half()
    alphas = signal_left(model)
    assert alphas.dtype == torch.float64 and torch.equal(alphas, model.alphas_cumprod_original.double())


def test_the_rescaled_schedule_is_that_of_diffusers() -> None:
    ours = signal_left(published(), zero_terminal_snr=True)
    options = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    theirs = DDIMScheduler(**options, rescale_betas_zero_snr=True).alphas_cumprod.double()
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    assert 0 < float(ours[-1]) < 1e-7, "samplers divide by it"


def test_a_schedule_survives_its_way_through_betas() -> None:
    alphas = signal_left(published())
    scheduler = DDIMScheduler.from_config(scheduler_config(alphas, "v_prediction"))
    torch.testing.assert_close(scheduler.alphas_cumprod.double(), alphas, rtol=1e-4, atol=1e-6)
    assert scheduler.config["prediction_type"] == "v_prediction"
