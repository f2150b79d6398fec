"""Sites on UNets of the real configurations, without their weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel
from torch import nn

from tests.published import published
from vxa.core.errors import LayerNotFoundError, UnsupportedModelError
from vxa.core.head_layers import SD1_LAYERS, SDXL_LAYERS
from vxa.engine.seam import Seam
from vxa.engine.sites import SiteTable, find_sites

ATTENDS = {"down": "CrossAttnDownBlock2D", "up": "CrossAttnUpBlock2D"}
PLAIN = {"down": "DownBlock2D", "up": "UpBlock2D"}


def make_unet(attends: str, **config: object) -> UNet2DConditionModel:
    """Make a UNet on the meta device; one letter a level, x where it attends and - where it does not."""
    down = [(ATTENDS if level == "x" else PLAIN)["down"] for level in attends]
    up = [(ATTENDS if level == "x" else PLAIN)["up"] for level in reversed(attends)]
    with torch.device("meta"):
        return UNet2DConditionModel(down_block_types=down, up_block_types=up, **config)


@pytest.fixture(scope="module")
def sd1() -> UNet2DConditionModel:
    return make_unet("xxx-", cross_attention_dim=768, attention_head_dim=8)


@pytest.fixture(scope="module")
def sd2() -> UNet2DConditionModel:
    heads = [5, 10, 20, 20]
    return make_unet("xxx-", cross_attention_dim=1024, attention_head_dim=heads, use_linear_projection=True)


SDXL = {
    "block_out_channels": (320, 640, 1280),
    "attention_head_dim": [5, 10, 20],
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}


@pytest.fixture(scope="module")
def sdxl() -> UNet2DConditionModel:
    return make_unet("-xx", transformer_layers_per_block=[1, 2, 10], **SDXL)


@pytest.fixture(scope="module")
def ssd_1b() -> UNet2DConditionModel:
    """The pruned SDXL of Segmind: other depths on the way up, no attention in the middle."""
    return make_unet(
        "-xx",
        transformer_layers_per_block=[1, [2, 2], [4, 4]],
        reverse_transformer_layers_per_block=[[4, 4, 10], [2, 1, 1], 1],
        mid_block_type="UNetMidBlock2D",
        **SDXL,
    )


def head_offsets(sites: SiteTable) -> list[int]:
    return [sum(site.heads for site in sites[:place]) for place in range(len(sites))]


def test_sd1_is_as_published(sd1: nn.Module) -> None:
    sites = find_sites(sd1).cross
    assert len(sites) == 16 and sites.num_heads == 128 and len(find_sites(sd1).own) == 16
    assert [site.heads for site in sites] == [8] * 16
    assert [site.head_dim for site in sites] == [40] * 2 + [80] * 2 + [160] * 6 + [80] * 3 + [40] * 3
    assert [site.level for site in sites] == [0, 0, 1, 1, 2, 2, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0]
    assert [site.layer for site in sites] == list(range(16))
    assert [site.place_layer for site in sites] == [*range(6), 0, *range(9)]


def test_sd2_is_as_published(sd2: nn.Module) -> None:
    sites = find_sites(sd2).cross
    assert len(sites) == 16 and sites.num_heads == 195
    assert head_offsets(sites) == [0, 5, 10, 20, 30, 50, 70, 90, 110, 130, 150, 160, 170, 180, 185, 190]
    assert {site.head_dim for site in sites} == {64}


def test_sdxl_is_as_published(sdxl: nn.Module) -> None:
    sites = find_sites(sdxl).cross
    assert len(sites) == 70 and sites.num_heads == 1300
    offsets = zip(sites, head_offsets(sites), strict=True)
    assert {site.ldm_name.split(".transformer")[0]: offset for site, offset in offsets if site.depth == 0} == {
        "input_blocks.4.1": 0, "input_blocks.5.1": 20, "input_blocks.7.1": 40, "input_blocks.8.1": 240,
        "middle_block.1": 440,
        "output_blocks.0.1": 640, "output_blocks.1.1": 840, "output_blocks.2.1": 1040,
        "output_blocks.3.1": 1240, "output_blocks.4.1": 1260, "output_blocks.5.1": 1280,
    }  # fmt: skip
    assert [site.level for site in sites] == [1] * 4 + [2] * 60 + [1] * 6
    assert {(site.level, site.heads) for site in sites} == {(1, 10), (2, 20)}


def test_the_head_index_is_the_published_one(sd1: nn.Module) -> None:
    index = np.load(published("head_index_sd_v1_4.npy"))
    assert find_sites(sd1).head_index == tuple(index.tolist())


def test_the_layers_known_by_heart_are_those_of_the_models(sd1: nn.Module, sdxl: nn.Module) -> None:
    assert find_sites(sd1).head_layers == SD1_LAYERS
    assert find_sites(sdxl).head_layers == SDXL_LAYERS


def test_the_head_index_spelled_out(sd1: nn.Module) -> None:
    index = find_sites(sd1).cross.head_index
    assert len(index) == 128
    assert index[0] == "down, layer: 0, head: 0"
    assert index[48 + 7] == "mid, layer: 0, head: 7"
    assert index[-1] == "up, layer: 8, head: 7"


@pytest.mark.parametrize("model", ["sd1", "sd2", "sdxl", "ssd_1b"])
def test_names_lead_to_the_modules(model: str, request: pytest.FixtureRequest) -> None:
    unet = request.getfixturevalue(model)
    modules = dict(unet.named_modules())
    sites = find_sites(unet)
    assert len({site.address for site in sites}) == len({site.ldm_name for site in sites}) == len(sites)
    for site in sites:
        assert modules[site.diffusers_name] is site.module
        assert site.module.to_q.out_features == site.heads * site.head_dim
        assert site.scale == pytest.approx(site.module.scale)


@pytest.mark.parametrize("model", ["sd1", "sd2", "sdxl", "ssd_1b"])
def test_both_spellings_follow_the_published_rule(model: str, request: pytest.FixtureRequest) -> None:
    for site in find_sites(request.getfixturevalue(model)):
        ours, rest = site.ldm_name.split(".transformer_blocks.")
        theirs, same_rest = site.diffusers_name.split(".transformer_blocks.")
        assert rest == same_rest == f"{site.depth}.{'attn2' if site.kind == 'cross' else 'attn1'}"
        if site.place == "mid":
            assert (ours, theirs) == ("middle_block.1", "mid_block.attentions.0")
            continue
        number = int(ours.split(".")[1])
        block, j = divmod(number - 1, 3) if site.place == "down" else divmod(number, 3)
        assert theirs == f"{site.place}_blocks.{block}.attentions.{j}"


def test_a_pruned_model_without_attention_in_the_middle(ssd_1b: nn.Module) -> None:
    sites = find_sites(ssd_1b).cross
    assert [site.place for site in sites] == ["down"] * 12 + ["up"] * 22
    depths = [site.address for site in sites if site.depth == 0]
    assert depths == [f"down.{n}.0.cross" for n in range(4)] + [f"up.{n}.0.cross" for n in range(6)]
    assert sites.find("output_blocks.2.1.transformer_blocks.9.attn2").address == "up.2.9.cross"


@pytest.mark.parametrize(
    "name",
    [
        "mid.0.0.cross",
        " mid.0.0.cross ",
        "mid_block.attentions.0.transformer_blocks.0.attn2",
        "middle_block.1.transformer_blocks.0.attn2",
        "diffusion_model.middle_block.1.transformer_blocks.0.attn2",
        "model.diffusion_model.middle_block.1.transformer_blocks.0.attn2",
    ],
)
def test_a_site_is_found_by_any_of_its_names(sd1: nn.Module, name: str) -> None:
    assert find_sites(sd1).find(name).layer == 6
    assert find_sites(sd1).cross.find(name).address == "mid.0.0.cross"


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("mid.0.1.cross", "Did you mean mid.0.0.cross"), ("", "There are: "), ("middle", "middle_block")],
)
def test_an_unknown_layer_names_the_nearest(sd1: nn.Module, name: str, remedy: str) -> None:
    with pytest.raises(LayerNotFoundError) as caught:
        find_sites(sd1).cross.find(name)
    assert remedy in str(caught.value) and repr(name) in str(caught.value)


def test_a_table_is_a_sequence(sd1: nn.Module) -> None:
    sites = find_sites(sd1)
    assert [site.kind for site in sites[:4]] == ["self", "cross", "self", "cross"]
    assert isinstance(sites[2:4], SiteTable) and sites[-1].address == "up.8.0.cross"
    assert "up.8.0.cross" in repr(sites) and sites[0].info.address == "down.0.0.self"


class Flux(nn.Module):
    """A model of another family: transformer blocks, but no UNet."""

    def __init__(self) -> None:
        super().__init__()
        self.transformer_blocks = nn.ModuleList([nn.Linear(2, 2)])


def test_other_architectures_are_refused() -> None:
    with pytest.raises(
        UnsupportedModelError, match=r"down_blocks \(diffusers\) or input_blocks \(ldm\); got Flux. SD3"
    ):
        find_sites(Flux())
    with pytest.raises(
        UnsupportedModelError, match=r"a UNet with cross-attention layers .*; got UNet2DConditionModel w"
    ):
        find_sites(make_unet("--", block_out_channels=(32, 32), mid_block_type="UNetMidBlock2D"))


@pytest.mark.parametrize("model", ["shared_host", "shared_sdxl"])
def test_sites_run_in_the_order_of_the_table(model: str, make_call, request: pytest.FixtureRequest) -> None:
    host = request.getfixturevalue(model)
    fired: list[str] = []
    with Seam() as seam:
        for site in host.sites:
            seam.before(site.module, lambda module, inputs, address=site.address: fired.append(address))
        host.predict(*make_call(host))
    assert fired == [site.address for site in host.sites]
