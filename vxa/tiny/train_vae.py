"""The decoder's stage: rebuild drawn scenes sharply from the small pictures that the encoder makes of them.

Knows scenes and the loop; knows no text and no UNet. Whole pictures only: the norms see other statistics in crops.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vxa.core.psnr import psnr
from vxa.engine.seam import Seam
from vxa.tiny.loop import LoopConfig, step_generator
from vxa.tiny.model import LATENT_LOG_VARIANCE
from vxa.tiny.near_identity import encode_thumbnails
from vxa.tiny.pixels import pictures_from_pixels, pixels_from_pictures
from vxa.tiny.scenes import describe_scene, draw_scene
from vxa.tiny.vocabulary import OVERLAPPING_RELATIONS, PICTURE_SIZE

_CHOICE = 64
"""Scenes to choose each one from."""


@dataclass(frozen=True)
class VaeConfig:
    """How the decoder is trained; the encoder stays as it starts, so that latents can be made at once."""

    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            num_steps=6000, batch_size=4, learning_rate=1e-3, warmup_steps=20, decay_share=0.6, probe_steps=300
        )
    )
    """The schedule."""
    edge_weight: float = 0.5
    """Weight of the L1 loss between the pictures' differences of neighbouring pixels, which keeps edges sharp."""
    overlapping_share: float = 0.5
    """Share of pictures with a thing on or in front of another: what is small and cut is the hardest to rebuild."""
    seed: int = 1
    """Seed of the latents' noise."""
    first_scene: int = 1_000_000_000
    """First seed of the train scenes used here, apart from those the UNet sees."""


class VaeStage:
    """Computes the decoder's losses."""

    name = "vae"

    def __init__(self, module: Any, config: VaeConfig) -> None:
        self.module: nn.Module = module
        self.config = config
        self.rank, self.num_ranks = 0, 1
        self._vae: Any = module
        self._side: int = module.config.sample_size
        module.encoder.requires_grad_(False)
        # a fifth faster on CPUs
        module.decoder.to(memory_format=torch.channels_last)
        module.quant_conv.requires_grad_(False)

    def compute_loss(self, step: int) -> dict[str, Tensor]:
        """Return total, pixel and edge losses of this process's share of a batch of fresh train scenes."""
        config = self.config
        numbers = range(step * config.loop.batch_size, (step + 1) * config.loop.batch_size)
        own = [scene_seed(config, number) for number in numbers[self.rank :: self.num_ranks]]
        pixels = pixels_from_pictures(np.stack([draw_scene(seed, "train", self._side).picture for seed in own]))
        pixels = pixels.to(self._vae.device)
        mean_bcyx = encode_thumbnails(self._vae, pixels)
        noise = torch.randn(mean_bcyx.shape, generator=step_generator(config.seed + self.rank, step)).to(mean_bcyx)
        noisy = mean_bcyx + math.exp(LATENT_LOG_VARIANCE / 2) * noise
        with torch.autocast(self._vae.device.type, dtype=torch.bfloat16), Seam() as seam:
            for module in self._vae.decoder.modules():
                if isinstance(module, nn.GroupNorm):  # its backward pass takes five times longer in bfloat16 on CPUs
                    seam.before(module, lambda _norm, inputs: (inputs[0].float(),))
            rebuilt = self._vae.decoder(self._vae.post_quant_conv(noisy)).float()
        pixel_loss = (rebuilt - pixels).abs().mean() + ((rebuilt - pixels) ** 2).mean()
        edge_loss = _edges(rebuilt - pixels)
        return {"loss": pixel_loss + config.edge_weight * edge_loss, "pixel": pixel_loss, "edge": edge_loss}

    @torch.no_grad()
    def probe(self) -> dict[str, float]:
        """Return the mean PSNR in dB on 16 dev scenes, through the posterior mean."""
        pictures = np.stack([draw_scene(seed, "dev", self._side).picture for seed in range(16)])
        return {"psnr": float(np.mean(reconstruction_psnr(self.module, pictures)))}


def scene_seed(config: VaeConfig, number: int) -> int:
    """Return the seed of the scene that is shown as the number-th, so that the wanted share has things that overlap."""
    seeds = range(config.first_scene + number * _CHOICE, config.first_scene + (number + 1) * _CHOICE)
    if int((number + 1) * config.overlapping_share) == int(number * config.overlapping_share):
        return seeds[0]
    overlapping = (seed for seed in seeds if describe_scene(seed, "train")[0].relation in OVERLAPPING_RELATIONS)
    return next(overlapping, seeds[0])


def start_pixels(side: int = PICTURE_SIZE) -> Tensor:
    """Return the pictures on which the autoencoder's norms are set: shape (8, 3, y, x), in [-1, 1]."""
    return pixels_from_pictures(np.stack([draw_scene(900_000_000 + i, "train", side).picture for i in range(8)]))


@torch.no_grad()
def reconstruction_psnr(vae: Any, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the peak signal-to-noise ratio in dB of each rebuilt picture, shape (b,)."""
    pixels_bcyx = pixels_from_pictures(pictures).to(vae.device)
    latents = vae.encode(pixels_bcyx).latent_dist.mean
    rebuilt = pictures_from_pixels(vae.decode(latents).sample)
    return np.array([psnr(picture, again) for picture, again in zip(pictures, rebuilt, strict=True)])


def _edges(difference_bcyx: Tensor) -> Tensor:
    """Return the mean absolute difference of neighbouring pixels' errors."""
    down = functional.l1_loss(difference_bcyx[..., 1:, :], difference_bcyx[..., :-1, :])
    right = functional.l1_loss(difference_bcyx[..., 1:], difference_bcyx[..., :-1])
    return down + right
