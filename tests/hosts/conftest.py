"""The hosts that the contract is tried on: every adapter, on small real parts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from vxa.engine.host import Host
from vxa.hosts.diffusers_host import DiffusersHost, DiffusersParts
from vxa.hosts.load import load_host
from vxa.hosts.memory import RandomHost
from vxa.tiny import weights_path


def make_text_encoder(width: int, *, with_projection: bool = False, num_layers: int = 2) -> torch.nn.Module:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=652,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=num_layers,
        num_attention_heads=4,
        projection_dim=16,
        bos_token_id=650,
        eos_token_id=651,
        pad_token_id=0,
    )
    return (CLIPTextModelWithProjection if with_projection else CLIPTextModel)(config)


def make_parts(family: str = "sd2", seed: int = 0) -> DiffusersParts:
    """Build untrained parts shaped like SD 2.x with v-prediction, or like SDXL, with the embedded tokenizer."""
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTokenizer

    is_sdxl = family == "sdxl"
    first = "DownBlock2D" if is_sdxl else "CrossAttnDownBlock2D"
    last = "UpBlock2D" if is_sdxl else "CrossAttnUpBlock2D"
    sdxl = {
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 16 + 6 * 8,
        "transformer_layers_per_block": [1, 2],
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        unet = UNet2DConditionModel(
            sample_size=8,
            block_out_channels=(32, 64),
            layers_per_block=1,
            down_block_types=[first, "CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D", last],
            cross_attention_dim=48 if is_sdxl else 32,
            attention_head_dim=[2, 4],  # the number of heads: it differs by level in SD 2.x and SDXL
            use_linear_projection=True,
            norm_num_groups=8,
            **(sdxl if is_sdxl else {}),
        )
        vae = AutoencoderKL(
            block_out_channels=(8, 8, 8, 8),
            down_block_types=["DownEncoderBlock2D"] * 4,
            up_block_types=["UpDecoderBlock2D"] * 4,
            norm_num_groups=4,
            latent_channels=4,
            scaling_factor=0.13025 if is_sdxl else 0.18215,
        )
        encoders = [make_text_encoder(32)]
        if is_sdxl:
            encoders = [make_text_encoder(16), make_text_encoder(32, with_projection=True)]
    folder = weights_path() / "tokenizer"
    tokenizers = [CLIPTokenizer.from_pretrained(folder, pad_token="!")]
    if is_sdxl:
        tokenizers.insert(0, CLIPTokenizer.from_pretrained(folder))
    scheduler = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="epsilon" if is_sdxl else "v_prediction",
    )
    return DiffusersParts(unet, vae, tuple(encoders), tuple(tokenizers), scheduler)


def make_host(kind: str) -> Host:
    builders: dict[str, Callable[[], Host]] = {
        "random": RandomHost,
        "random-sdxl": lambda: RandomHost(layout="sdxl"),
        "embedded": lambda: load_host(device="cpu"),
        "sd2-like": lambda: DiffusersHost(make_parts("sd2"), name="sd2-like"),
        "sdxl-like": lambda: DiffusersHost(make_parts("sdxl"), name="sdxl-like"),
    }
    return builders[kind]()


KINDS = ("random", "random-sdxl", "embedded", "sd2-like", "sdxl-like")


@pytest.fixture(scope="module", params=KINDS)
def host(request: pytest.FixtureRequest) -> Host:
    return make_host(request.param)


@pytest.fixture
def parts_of() -> Callable[..., DiffusersParts]:
    return make_parts


@pytest.fixture
def host_of() -> Callable[[str], Host]:
    return make_host
