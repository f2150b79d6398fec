from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch

from vxa.tiny.loop import LoopConfig
from vxa.tiny.scenes import describe_scene, draw_scene
from vxa.tiny.train_vae import (
    VaeConfig,
    VaeStage,
    pictures_from_pixels,
    pixels_from_pictures,
    reconstruction_psnr,
    scene_seed,
)
from vxa.tiny.vocabulary import OVERLAPPING_RELATIONS

pytest.importorskip("diffusers")


def test_pixels_and_pictures_are_inverse() -> None:
    pictures = np.stack([draw_scene(seed, "dev").picture for seed in range(2)])
    pixels_bcyx = pixels_from_pictures(pictures)
    assert pixels_bcyx.shape == (2, 3, 128, 128) and pixels_bcyx.min() >= -1 and pixels_bcyx.max() <= 1
    assert np.array_equal(pictures_from_pixels(pixels_bcyx), pictures)


def test_psnr_of_a_known_error() -> None:
    class Shifted(torch.nn.Module):
        """An autoencoder that is 10 grey levels too bright."""

        device = torch.device("cpu")

        def encode(self, pixels_bcyx: torch.Tensor) -> Shifted:
            self.latent_dist, self.mean = self, pixels_bcyx
            return self

        def decode(self, pixels_bcyx: torch.Tensor) -> Shifted:
            self.sample = pixels_bcyx + 10 / 127.5
            return self

    picture = np.full((1, 8, 8, 3), 100, np.uint8)
    assert reconstruction_psnr(Shifted(), picture)[0] == pytest.approx(20 * np.log10(255 / 10), abs=0.01)


def test_only_the_decoder_learns_and_ranks_see_different_pictures(thumbnail_vae) -> None:
    vae = deepcopy(thumbnail_vae).train()
    config = VaeConfig(loop=LoopConfig(num_steps=10, batch_size=2, learning_rate=1e-3))
    stage = VaeStage(vae, config)
    stage.num_ranks, losses = 2, []
    for stage.rank in range(2):
        losses.append(stage.compute_loss(0)["loss"])
    losses[0].backward()
    assert float(losses[0].detach()) != float(losses[1].detach())
    assert all(parameter.grad is None for parameter in vae.encoder.parameters())
    assert any(parameter.grad is not None for parameter in vae.decoder.parameters())


def test_a_share_of_the_pictures_has_things_that_overlap_and_no_picture_comes_twice() -> None:
    config = VaeConfig(overlapping_share=0.25)
    seeds = [scene_seed(config, number) for number in range(120)]
    overlapping = [describe_scene(seed, "train")[0].relation in OVERLAPPING_RELATIONS for seed in seeds]
    by_chance = np.mean([scene_seed(VaeConfig(overlapping_share=0), number) in seeds for number in range(120)])
    assert len(set(seeds)) == 120 and all(overlapping[3::4])
    assert 0.7 < by_chance < 0.85, "the others are what chance brings"
