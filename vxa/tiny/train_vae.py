"""The autoencoder's stage: rebuild drawn scenes, first in crops, then whole.

Knows scenes and the loop; knows no text and no UNet.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vxa.tiny.loop import LoopConfig, step_generator
from vxa.tiny.scenes import draw_scene
from vxa.tiny.vocabulary import PICTURE_SIZE


@dataclass(frozen=True)
class VaeConfig:
    """How the autoencoder is trained."""

    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            num_steps=7000, batch_size=16, learning_rate=2e-3, decay_share=0.5, probe_steps=500
        )
    )
    """The schedule; the batch counts crops."""
    crop: int = 64
    """Side of the crops in pixels; a multiple of 8."""
    edge_weight: float = 0.5
    """Weight of the L1 loss between the pictures' differences of neighbouring pixels, which keeps edges sharp."""
    kl_weight: float = 1e-6
    """Weight of the latents' divergence from a normal distribution."""
    seed: int = 1
    """Seed of crops and latent noise."""
    first_scene: int = 1_000_000_000
    """First seed of the train scenes used here, apart from those the UNet sees."""
    is_encoder_frozen: bool = False
    """Train the decoder alone, once latents have been made with the encoder."""
    is_compiled: bool = False
    """Fuse the networks with torch.compile: a minute and a half of warm-up for several times the speed on a CPU."""


class VaeStage:
    """Computes the autoencoder's losses."""

    name = "vae"

    def __init__(self, module: AutoencoderKL, config: VaeConfig) -> None:
        self.module: nn.Module = module
        self.config = config
        compiled = torch.compile if config.is_compiled else _unchanged
        self._encoder, self._decoder = compiled(module.encoder), compiled(module.decoder)
        self._quant_conv, self._post_quant_conv = module.quant_conv, module.post_quant_conv
        if config.is_encoder_frozen:
            module.encoder.requires_grad_(False)
            module.quant_conv.requires_grad_(False)

    def compute_loss(self, step: int) -> dict[str, Tensor]:
        """Return total, reconstruction, edge and KL losses of one batch of crops."""
        config, generator = self.config, step_generator(self.config.seed, step)
        pixels = self._draw_crops(step)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            posterior = DiagonalGaussianDistribution(self._quant_conv(self._encoder(pixels)).float())
            noise = torch.randn(posterior.mean.shape, generator=generator)
            latents = posterior.mean + posterior.std * noise
            rebuilt = self._decoder(self._post_quant_conv(latents)).float()
        pixel_loss = (rebuilt - pixels).abs().mean()
        edge_loss = _edges(rebuilt - pixels)
        kl = posterior.kl().mean()
        loss = pixel_loss + config.edge_weight * edge_loss + config.kl_weight * kl
        return {"loss": loss, "pixel": pixel_loss, "edge": edge_loss, "kl": kl}

    def _draw_crops(self, step: int) -> Tensor:
        """Return fresh crops, shape (b, c, y, x), in [-1, 1]; as many from each picture as it holds side by side."""
        config = self.config
        per_picture = (PICTURE_SIZE // config.crop) ** 2
        num_pictures = config.loop.batch_size // per_picture
        first = config.first_scene + step * num_pictures
        crops = [
            crop
            for seed in range(first, first + num_pictures)
            for crop in _tile(draw_scene(seed, "train").picture, config.crop)
        ]
        return pixels_from_pictures(np.stack(crops))

    @torch.no_grad()
    def probe(self, averaged: nn.Module) -> dict[str, float]:
        """Return the mean PSNR in dB on 16 dev scenes, through the posterior mean."""
        pictures = np.stack([draw_scene(seed, "dev").picture for seed in range(16)])
        return {"psnr": float(np.mean(reconstruction_psnr(averaged, pictures)))}


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
def reconstruction_psnr(vae: nn.Module, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the peak signal-to-noise ratio in dB of each rebuilt picture, shape (b,)."""
    latents = vae.encode(pixels_from_pictures(pictures)).latent_dist.mean
    rebuilt = pictures_from_pixels(vae.decode(latents).sample)
    error = ((rebuilt.astype(np.float64) - pictures) ** 2).mean(axis=(1, 2, 3))
    return 10 * np.log10(255.0**2 / np.maximum(error, 1e-12))


def _tile(picture: NDArray[np.uint8], crop: int) -> list[NDArray[np.uint8]]:
    """Cut a picture into the crops that lie side by side in it."""
    places = range(0, PICTURE_SIZE - crop + 1, crop)
    return [picture[y : y + crop, x : x + crop] for y in places for x in places]


def _edges(difference_bcyx: Tensor) -> Tensor:
    """Return the mean absolute difference of neighbouring pixels' errors."""
    down = functional.l1_loss(difference_bcyx[..., 1:, :], difference_bcyx[..., :-1, :])
    right = functional.l1_loss(difference_bcyx[..., 1:], difference_bcyx[..., :-1])
    return down + right
