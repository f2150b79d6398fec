"""Records with known contents, and the layers of real models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel

from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps, LayerInfo
from vxa.engine.sites import SiteTable, find_sites

NUM_COLUMNS = 77
LEVELS = {"down": (0, 1, 1, 2), "mid": (3,), "up": (2, 1, 0)}
HEADS = {0: 2, 1: 2, 2: 3, 3: 4}

Layers = dict[str, np.ndarray]
"""By address: probabilities, mean over calls, shape (heads, t, y, x), float64."""


@pytest.fixture
def make_record() -> Callable[..., tuple[AttentionMaps, Layers]]:
    """Make a random record of some layers, with the numbers that went into it."""

    def make(
        addresses: str = "", latent: Grid | None = None, keeps_heads: bool = True, seed: int = 0
    ) -> tuple[AttentionMaps, Layers]:
        latent = latent or Grid(12, 17)
        generator = np.random.default_rng(seed)
        num_calls = 3
        layers, sums, means = [], {}, {}
        for place, levels in LEVELS.items():
            for index, level in enumerate(levels):
                address = f"{place}.{index}.0.cross"
                if addresses and address not in addresses.split():
                    continue
                grid = latent.level(level)
                shape = (num_calls, HEADS[level], NUM_COLUMNS, grid.height, grid.width)
                weights = np.exp(2 * generator.standard_normal(shape))
                probs = weights / weights.sum(2, keepdims=True)
                means[address] = probs.mean(0)
                layers.append(LayerInfo(address, place, level, HEADS[level]))
                sum_htyx = probs.sum(0) if keeps_heads else probs.sum(0).mean(0, keepdims=True)
                sums[address] = torch.from_numpy(sum_htyx).float()
        return AttentionMaps(tuple(layers), sums, tuple(range(NUM_COLUMNS)), num_calls, latent), means

    return make


@pytest.fixture(scope="session")
def sd1() -> SiteTable:
    """The layers of Stable Diffusion 1."""
    with torch.device("meta"):
        return find_sites(UNet2DConditionModel(cross_attention_dim=768, attention_head_dim=8))


@pytest.fixture(scope="session")
def sdxl() -> SiteTable:
    """The layers of SDXL."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            down_block_types=["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
            block_out_channels=(320, 640, 1280),
            attention_head_dim=[5, 10, 20],
            cross_attention_dim=2048,
            transformer_layers_per_block=[1, 2, 10],
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=2816,
        )
        return find_sites(unet)


@pytest.fixture(scope="session")
def tiny() -> SiteTable:
    """The layers of the embedded model's configuration: three levels, one layer each way down."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            down_block_types=["CrossAttnDownBlock2D"] * 3,
            up_block_types=["CrossAttnUpBlock2D"] * 3,
            block_out_channels=(64, 128, 128),
            layers_per_block=1,
            attention_head_dim=4,
            cross_attention_dim=128,
        )
        return find_sites(unet)
