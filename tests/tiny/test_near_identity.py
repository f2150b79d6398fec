from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from vxa.engine.seam import count_hooks
from vxa.tiny.model import ModelConfig, build_vae
from vxa.tiny.near_identity import encode_thumbnails
from vxa.tiny.pixels import pixels_from_pictures
from vxa.tiny.scenes import draw_scene
from vxa.tiny.train_vae import reconstruction_psnr, start_pixels

pytest.importorskip("diffusers")


@pytest.fixture(scope="module")
def vae(thumbnail_vae):
    return thumbnail_vae


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.stack([draw_scene(seed, "dev").picture for seed in range(4)])


def test_it_rebuilds_pictures_in_colour_before_any_training(vae, pictures: np.ndarray) -> None:
    assert reconstruction_psnr(vae, pictures).mean() > 17


@torch.no_grad()
def test_latents_hold_brightness_and_colour_of_their_blocks(vae, pictures: np.ndarray) -> None:
    pixels_bcyx = pixels_from_pictures(pictures)
    latents_nk = vae.encode(pixels_bcyx).latent_dist.mean.movedim(1, -1).flatten(0, -2)
    blocks_nc = functional.avg_pool2d(pixels_bcyx, 8).movedim(1, -1).flatten(0, -2)
    inputs_nk = torch.cat([latents_nk, torch.ones(len(latents_nk), 1)], dim=1)
    left = blocks_nc - inputs_nk @ torch.linalg.lstsq(inputs_nk, blocks_nc).solution
    assert (1 - left.var(0) / blocks_nc.var(0)).min() > 0.8


@torch.no_grad()
def test_the_fast_way_is_the_same(vae, pictures: np.ndarray) -> None:
    pixels_bcyx = pixels_from_pictures(pictures)
    slow = vae.encode(pixels_bcyx).latent_dist.mean
    assert torch.allclose(encode_thumbnails(vae, pixels_bcyx), slow, atol=1e-4)


def test_the_fast_way_refuses_a_trained_encoder() -> None:
    with pytest.raises(ValueError, match="trained"):
        encode_thumbnails(build_vae(ModelConfig()), start_pixels())


def test_no_hook_is_left(vae) -> None:
    assert count_hooks(vae) == 0
