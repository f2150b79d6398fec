from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from vxa.core.errors import ConfigError, HostError, UnsupportedModelError
from vxa.core.grid import Grid
from vxa.hosts.diffusers_host import DiffusersHost, DiffusersParts

PartsOf = Callable[..., DiffusersParts]
SIZE = Grid(64, 96)
PROMPT = "a red circle"


def test_sd_context_is_the_last_state_of_the_text_encoder(parts_of: PartsOf) -> None:
    parts = parts_of("sd2")
    host = DiffusersHost(parts, name="x")
    ids = parts.tokenizers[0](PROMPT, padding="max_length", max_length=77, return_tensors="pt").input_ids
    with host.running():
        expected = parts.text_encoders[0](ids).last_hidden_state
        assert torch.equal(host.encode_prompts([PROMPT], SIZE).context_btc, expected)


def test_sdxl_context_is_the_penultimate_state_of_both(parts_of: PartsOf) -> None:
    parts = parts_of("sdxl")
    host = DiffusersHost(parts, name="x")
    seen: list[torch.Tensor] = []

    def listen(module: Any, inputs: Any, output: Any) -> None:
        seen.append(output[0] if isinstance(output, tuple) else output)

    layers = [next(m for n, m in e.named_modules() if n.endswith("layers.0")) for e in parts.text_encoders]
    handles = [layer.register_forward_hook(listen) for layer in layers]  # of two layers, the first is penultimate
    with host.running():
        conditioning = host.encode_prompts([PROMPT, ""], SIZE)
    for handle in handles:
        handle.remove()
    assert torch.equal(conditioning.context_btc, torch.cat(seen, dim=-1))
    assert conditioning.added["time_ids"].tolist() == [[64, 96, 0, 0, 64, 96]] * 2


def test_sdxl_pooled_text_is_the_second_encoders_first_chunk(parts_of: PartsOf) -> None:
    parts = parts_of("sdxl")
    host = DiffusersHost(parts, name="x")
    long = "circle, " * 60
    ids = parts.tokenizers[1](PROMPT, padding="max_length", max_length=77, return_tensors="pt").input_ids
    with host.running():
        pooled = host.encode_prompts([PROMPT, long], SIZE).added["text_embeds"]
        expected = parts.text_encoders[1](ids).text_embeds
        other = host.encode_prompts([long], SIZE).added["text_embeds"]
    torch.testing.assert_close(pooled[:1], expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(pooled[1:], other, rtol=1e-5, atol=1e-6)


def test_second_tokenizer_pads_in_its_own_way(parts_of: PartsOf) -> None:
    first, second = DiffusersHost(parts_of("sdxl"), name="x").tokenize(PROMPT)
    assert (first.encoder, second.encoder) == ("text_encoder", "text_encoder_2")
    assert (first.tokens[-1].id, second.tokens[-1].id) == (651, 0)


def test_tokenizers_that_disagree_are_refused(parts_of: PartsOf) -> None:
    parts = parts_of("sdxl")
    parts.tokenizers[0].add_tokens(["<cat>", "<cat>_1"])
    parts.tokenizers[1].add_tokens(["<cat>"])
    host = DiffusersHost(parts, name="x")
    with pytest.raises(HostError, match="same tokens"):
        host.tokenize("a <cat>")


def test_latents_are_scaled_by_the_models_factor(parts_of: PartsOf) -> None:
    parts = parts_of("sdxl")
    host = DiffusersHost(parts, name="x")
    pixels = torch.rand(2, 3, 64, 96) * 2 - 1
    with host.running():
        mean = parts.vae.encode(pixels).latent_dist.mean
        torch.testing.assert_close(host.encode_picture(pixels), mean * 0.13025)
        torch.testing.assert_close(host.decode(mean * 0.13025), parts.vae.decode(mean).sample.clamp(-1, 1))


def test_half_precision_leaves_the_vae_and_latents_in_float32(parts_of: PartsOf) -> None:
    parts = parts_of("sd2")
    host = DiffusersHost(parts, name="x", dtype=torch.bfloat16)
    assert parts.vae.dtype == torch.float32 and parts.unet.dtype == parts.text_encoders[0].dtype == torch.bfloat16
    assert host.dtype == torch.bfloat16
    with host.running():
        assert host.encode_picture(torch.zeros(1, 3, 64, 64)).dtype == torch.float32
        assert host.encode_prompts([PROMPT], SIZE).context_btc.dtype == torch.bfloat16
    light = parts_of("sd2")
    light.vae.register_to_config(force_upcast=False)
    DiffusersHost(light, name="x", dtype=torch.bfloat16)
    assert light.vae.dtype == torch.bfloat16


def test_float16_on_the_cpu_is_refused(parts_of: PartsOf) -> None:
    with pytest.raises(ConfigError, match="float32 on the CPU"):
        DiffusersHost(parts_of("sd2"), name="x", dtype=torch.float16)


def test_hash_of_parts_without_files_follows_the_weights(parts_of: PartsOf) -> None:
    hashes = [DiffusersHost(parts_of("sd2", seed), name="x").info.hash for seed in (0, 0, 1)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_unet_without_cross_attention_is_refused(parts_of: PartsOf) -> None:
    from diffusers import UNet2DConditionModel

    bare = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=["DownBlock2D", "DownBlock2D"],
        mid_block_type="UNetMidBlock2D",
        up_block_types=["UpBlock2D", "UpBlock2D"],
        cross_attention_dim=32,
        norm_num_groups=8,
    )
    parts = parts_of("sd2")
    with pytest.raises(UnsupportedModelError, match="cross-attention"):
        DiffusersHost(DiffusersParts(bare, parts.vae, parts.text_encoders, parts.tokenizers, parts.scheduler), name="x")
