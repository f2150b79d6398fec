"""The autoencoder's stage: rebuild drawn scenes, first in crops, then whole.

Knows scenes and the loop; knows no text and no UNet.
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

from vxa.tiny.loop import LoopConfig, step_generator
from vxa.tiny.model import LATENT_LOG_VARIANCE
from vxa.tiny.scenes import Scene, draw_scene
from vxa.tiny.vocabulary import PICTURE_SIZE


@dataclass(frozen=True)
class VaeConfig:
    """How the autoencoder is trained."""

    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            num_steps=3000, batch_size=16, learning_rate=1e-3, warmup_steps=20, decay_share=0.6, probe_steps=200
        )
    )
    """The schedule; the batch counts crops."""
    crop: int = 32
    """Side of the crops in pixels; a multiple of 8."""
    whole_share: float = 0.15
    """Last part of the run on whole pictures, a quarter as many: their norms see other statistics than crops'."""
    edge_weight: float = 0.5
    """Weight of the L1 loss between the pictures' differences of neighbouring pixels, which keeps edges sharp."""
    spread_weight: float = 0.1
    """Weight of the latents' mean square above 1, which keeps their constant noise from being outgrown."""
    seed: int = 1
    """Seed of crops and latent noise."""
    first_scene: int = 1_000_000_000
    """First seed of the train scenes used here, apart from those the UNet sees."""
    is_encoder_frozen: bool = True
    """Train the decoder alone; the encoder stays the thumbnail that it starts as, so latents can be made at once."""
    is_compiled: bool = False
    """Fuse the networks with torch.compile: a minute and a half of warm-up for several times the speed on a CPU."""


class VaeStage:
    """Computes the autoencoder's losses."""

    name = "vae"

    def __init__(self, module: Any, config: VaeConfig) -> None:
        self.module: nn.Module = module
        self.config = config
        self.rank, self.num_ranks = 0, 1
        compiled = torch.compile if config.is_compiled else _unchanged
        self._encoder, self._decoder = compiled(module.encoder), compiled(module.decoder)
        self._quant_conv, self._post_quant_conv = module.quant_conv, module.post_quant_conv
        if config.is_encoder_frozen:
            module.encoder.requires_grad_(False)
            module.quant_conv.requires_grad_(False)

    def compute_loss(self, step: int) -> dict[str, Tensor]:
        """Return total, pixel and edge losses, and the latents' power, of one batch of crops."""
        config, generator = self.config, step_generator(self.config.seed + 2 + self.rank, step)
        pixels = self._draw_crops(step)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mean_bcyx = self._quant_conv(self._encoder(pixels)).float()[:, :4]
            noise = torch.randn(mean_bcyx.shape, generator=generator)
            noisy = mean_bcyx + math.exp(LATENT_LOG_VARIANCE / 2) * noise
            rebuilt = self._decoder(self._post_quant_conv(noisy)).float()
        pixel_loss = (rebuilt - pixels).abs().mean() + ((rebuilt - pixels) ** 2).mean()
        edge_loss = _edges(rebuilt - pixels)
        power = mean_bcyx.square().mean()
        loss = pixel_loss + config.edge_weight * edge_loss + config.spread_weight * (power - 1).clamp(min=0)
        return {"loss": loss, "pixel": pixel_loss, "edge": edge_loss, "power": power}

    def _draw_crops(self, step: int) -> Tensor:
        """Return one crop of each of a batch of fresh scenes, shape (b, c, y, x), in [-1, 1].

        Crops lie about an object: even backgrounds are learnt soon enough.
        """
        config, generator = self.config, step_generator(self.config.seed + 1, step)
        is_whole = step >= (1 - config.whole_share) * config.loop.num_steps
        side = PICTURE_SIZE if is_whole else config.crop
        count = max(config.loop.batch_size // 4 if is_whole else config.loop.batch_size, self.num_ranks)
        first = config.first_scene + step * config.loop.batch_size
        shifts = torch.rand((count, 2), generator=generator).tolist()
        own = range(self.rank, count, self.num_ranks)
        crops = [_crop_about_object(draw_scene(first + i, "train"), side, shifts[i]) for i in own]
        return pixels_from_pictures(np.stack(crops))

    @torch.no_grad()
    def probe(self, averaged: nn.Module) -> dict[str, float]:
        """Return the mean PSNR in dB on 16 dev scenes, through the posterior mean."""
        pictures = np.stack([draw_scene(seed, "dev").picture for seed in range(16)])
        return {"psnr": float(np.mean(reconstruction_psnr(averaged, pictures)))}


def start_pixels() -> Tensor:
    """Return the pictures on which the autoencoder's norms are set: shape (8, 3, y, x), in [-1, 1]."""
    return pixels_from_pictures(np.stack([draw_scene(900_000_000 + i, "train").picture for i in range(8)]))


def _unchanged(module: nn.Module) -> nn.Module:
    return module


def pixels_from_pictures(pictures: NDArray[np.uint8]) -> Tensor:
    """Turn uint8 pictures (b, y, x, 3) into float32 pixels (b, 3, y, x) in [-1, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous()


def pictures_from_pixels(pixels_bcyx: Tensor) -> NDArray[np.uint8]:
    """Turn pixels (b, 3, y, x) in [-1, 1] into uint8 pictures (b, y, x, 3)."""
    scaled = pixels_bcyx.detach().float().add(1).mul(127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()


@torch.no_grad()
def reconstruction_psnr(vae: Any, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the peak signal-to-noise ratio in dB of each rebuilt picture, shape (b,)."""
    latents = vae.encode(pixels_from_pictures(pictures)).latent_dist.mean
    rebuilt = pictures_from_pixels(vae.decode(latents).sample)
    error = ((rebuilt.astype(np.float64) - pictures) ** 2).mean(axis=(1, 2, 3))
    return 10 * np.log10(255.0**2 / np.maximum(error, 1e-12))


def _crop_about_object(scene: Scene, crop: int, shift: list[float]) -> NDArray[np.uint8]:
    """Cut a square whose middle lies within a radius and a half of the first object; `shift` is (y, x) in [0, 1)."""
    item = scene.objects[0]
    corner = [
        int(min(max(middle + (3 * along - 1.5) * item.radius - crop / 2, 0), PICTURE_SIZE - crop))
        for middle, along in zip(item.center, shift, strict=True)
    ]
    return scene.picture[corner[0] : corner[0] + crop, corner[1] : corner[1] + crop]


def _edges(difference_bcyx: Tensor) -> Tensor:
    """Return the mean absolute difference of neighbouring pixels' errors."""
    down = functional.l1_loss(difference_bcyx[..., 1:, :], difference_bcyx[..., :-1, :])
    right = functional.l1_loss(difference_bcyx[..., 1:], difference_bcyx[..., :-1])
    return down + right
