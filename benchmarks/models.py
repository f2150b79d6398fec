"""Models to measure on: a UNet of Stable Diffusion 1's size with random weights, and the embedded model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor

from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Conditioning, Host, HostInfo
from vxa.hosts.memory import RandomHost

CONTEXT_WIDTH = 768


class SizedHost(RandomHost):
    """A random model with the UNet layout of Stable Diffusion 1: 16 cross-attention layers of 8 heads.

    Args:
        widths: Channels of the four levels; the real ones are 320, 640, 1280, 1280 (3.4 GB in float32).
    """

    def __init__(self, widths: Sequence[int] = (320, 640, 1280, 1280)) -> None:
        super().__init__()
        with torch.device("meta"):
            unet = UNet2DConditionModel(
                block_out_channels=tuple(widths), cross_attention_dim=CONTEXT_WIDTH, attention_head_dim=8
            )
        unet = unet.to_empty(device="cpu").requires_grad_(False).eval()
        generator = torch.Generator().manual_seed(0)
        for name, weight in unet.named_parameters():
            if weight.ndim < 2:
                weight.fill_(1.0 if name.endswith("weight") else 0.0)
            else:
                weight.uniform_(-1, 1, generator=generator).mul_((3 / weight[0].numel()) ** 0.5)
        self.unet = unet
        self.info = HostInfo("sd1-sized", "random", "random", "epsilon", Grid(512, 512), size_multiple=64)

    def encode_prompts(self, prompts: Sequence[str], size: Grid) -> Conditioning:
        """Make a random context for each prompt."""
        generator = torch.Generator().manual_seed(1)
        return Conditioning(torch.randn(len(prompts), 77, CONTEXT_WIDTH, generator=generator))


def load_embedded() -> Host:
    """Load the model that ships with the package."""
    from vxa.hosts.load import load_host

    return load_host()


def make_call(host: Host, size: Grid, *, is_guided: bool = False) -> tuple[Tensor, Conditioning, Cue]:
    """Make the arguments of one UNet call at a picture size: one cond row, or with guidance an uncond row before."""
    latent = size.divided(host.info.downscale)
    rows = (Row("uncond"), Row("cond")) if is_guided else (Row("cond"),)
    latents = torch.randn(len(rows), host.info.latent_channels, latent.height, latent.width)
    conditioning = host.encode_prompts(["a red circle and a blue square"], size)
    return latents, conditioning.rows([0] * len(rows)), Cue(Clock(0, 1, 100.0), rows, latent)


def parse_size(text: str) -> Grid:
    """Read a picture size such as 512 or 512x768 (height x width)."""
    height, _, width = text.partition("x")
    return Grid(int(height), int(width or height))


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Declare what benchmarks on either model share; `read_model` reads it."""
    parser.add_argument("--model", choices=("sd1", "embedded"), default="sd1")
    parser.add_argument("--size", default="", help="height or heightxwidth in pixels; default 512, embedded: its own")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())


def read_model(options: argparse.Namespace) -> tuple[Host, Grid]:
    """Make the model and the picture size that parsed options describe, and set the number of threads."""
    torch.set_num_threads(options.threads)
    host = SizedHost() if options.model == "sd1" else load_embedded()
    return host, parse_size(options.size) if options.size else host.info.sample
