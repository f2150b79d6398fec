"""Real ldm UNets and diffusers UNets of the same configuration have the same transformers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel

from vxa.core.grid import Grid
from vxa.engine.blocks import list_transformers
from vxa.engine.seam import Seam
from vxa.engine.sites import find_sites

# (channel multiples, levels that attend, residual blocks a level, depth)
SHAPES = {
    "sd1": ((1, 2, 4, 4), "xxx-", 2, 1),
    "sdxl-like": ((1, 2, 4), "-xx", 2, 2),
    "tiny": ((1, 2, 2), "xxx", 1, 1),
    "three a level": ((1, 1), "xx", 3, 1),
    "one level": ((1,), "x", 2, 1),
    "gap": ((1, 1, 1, 1), "x-x-", 1, 2),
}


def make_ldm(multiples: tuple[int, ...], attends: str, layers: int, depth: int) -> torch.nn.Module:
    openaimodel: Any = pytest.importorskip(
        "ldm.modules.diffusionmodules.openaimodel", reason="ldm is not installed (stable-diffusion-sdkit, no deps)"
    )
    return openaimodel.UNetModel(
        image_size=16,
        in_channels=4,
        out_channels=4,
        model_channels=32,
        attention_resolutions=[2**level for level, attend in enumerate(attends) if attend == "x"],
        num_res_blocks=layers,
        channel_mult=multiples,
        num_heads=4,
        use_spatial_transformer=True,
        transformer_depth=depth,
        context_dim=[16] * depth,
        legacy=False,
    )


def make_diffusers(multiples: tuple[int, ...], attends: str, layers: int, depth: int) -> torch.nn.Module:
    return UNet2DConditionModel(
        down_block_types=["CrossAttnDownBlock2D" if level == "x" else "DownBlock2D" for level in attends],
        up_block_types=["CrossAttnUpBlock2D" if level == "x" else "UpBlock2D" for level in reversed(attends)],
        block_out_channels=[32 * multiple for multiple in multiples],
        layers_per_block=layers,
        transformer_layers_per_block=depth,
        attention_head_dim=4,
        cross_attention_dim=16,
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_ldm_and_diffusers_agree(shape: str) -> None:
    with torch.device("meta"):
        ldm, diffusers = make_ldm(*SHAPES[shape]), make_diffusers(*SHAPES[shape])
    ours, theirs = list_transformers(ldm), list_transformers(diffusers)
    assert [replace(each, blocks=()) for each in ours] == [replace(each, blocks=()) for each in theirs]
    assert list(find_sites(ldm)) == list(find_sites(diffusers))
    modules = dict(ldm.named_modules())
    assert all(modules[site.ldm_name] is site.module for site in find_sites(ldm))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("spelling", ["ldm", "diffusers"])
def test_levels_are_what_the_layers_really_see(shape: str, spelling: str) -> None:
    make = make_ldm if spelling == "ldm" else make_diffusers
    unet = make(*SHAPES[shape]).eval()
    # ldm halves and doubles only sizes that come out even
    latent = Grid(16, 24) if spelling == "ldm" else Grid(13, 10)
    seen: dict[str, int] = {}
    fired: list[str] = []

    def look(address: str, query_bqc: torch.Tensor) -> None:
        seen[address] = query_bqc.shape[1]
        fired.append(address)

    with Seam() as seam, torch.no_grad():
        for site in find_sites(unet):
            seam.after(site.module.to_q, lambda module, inputs, out, address=site.address: look(address, out))
        latents = torch.randn(1, 4, latent.height, latent.width)
        if spelling == "ldm":
            unet(latents, torch.tensor([5.0]), context=[torch.randn(1, 7, 16)] * SHAPES[shape][3])
        else:
            unet(latents, 5.0, encoder_hidden_states=torch.randn(1, 7, 16))
    assert seen == {site.address: latent.level(site.level).cells for site in find_sites(unet)}
    assert fired == [site.address for site in find_sites(unet)]
