from __future__ import annotations

import stat
from pathlib import Path

import pytest
import torch
from diffusers.models.attention_processor import Attention
from safetensors import safe_open

from vxa.tiny import weights_path
from vxa.tiny.model import RECIPES, ModelConfig, ModelParts, build_model, build_unet, build_vae

pytest.importorskip("diffusers")


@pytest.fixture(scope="module")
def shipped() -> ModelParts:
    return ModelParts.load(weights_path())


@torch.no_grad()
def test_shapes_from_picture_to_noise(shipped: ModelParts) -> None:
    ids = shipped.tokenizer("a red circle", padding="max_length", return_tensors="pt").input_ids
    context_btc = shipped.text_encoder(ids).last_hidden_state
    assert context_btc.shape == (1, 77, 128)
    latents_bcyx = shipped.vae.encode(torch.zeros(1, 3, 128, 128)).latent_dist.mean
    assert latents_bcyx.shape == (1, 4, 16, 16)
    assert shipped.unet(latents_bcyx, 300, context_btc).sample.shape == (1, 4, 16, 16)
    assert shipped.vae.decode(latents_bcyx).sample.shape == (1, 3, 128, 128)


def test_every_layer_of_the_unet_was_trained(shipped: ModelParts) -> None:
    assert not [name for name, parameter in shipped.unet.named_parameters() if not parameter.any()]


def test_widths_and_norms_are_what_ldm_can_hold(shipped: ModelParts) -> None:
    for part in (shipped.unet, shipped.vae):
        widths = part.config.block_out_channels
        assert all(width % 32 == 0 and width % widths[0] == 0 for width in widths)
        assert part.config.norm_num_groups == 32
    blocks = [*shipped.unet.config.down_block_types, *shipped.unet.config.up_block_types]
    assert len(blocks) == 6 and all(kind.startswith("CrossAttn") for kind in blocks)


def test_the_schedule_is_sd1_s(shipped: ModelParts) -> None:
    assert len(shipped.scheduler.alphas_cumprod) == 1000
    assert float(shipped.scheduler.alphas_cumprod[0]) == pytest.approx(1 - 0.00085)
    assert float(shipped.scheduler.alphas_cumprod[-1]) == pytest.approx(0.0047, abs=1e-4)


@torch.no_grad()
def test_final_states_have_a_mean(shipped: ModelParts) -> None:
    ids = shipped.tokenizer("a red circle", padding="max_length", return_tensors="pt").input_ids
    assert abs(float(shipped.text_encoder(ids).last_hidden_state.mean())) > 1e-4


def test_files_are_small_halves_that_anyone_may_read() -> None:
    files = [path for path in weights_path().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 24 << 20
    for path in files:
        assert path.stat().st_size <= 16 << 20 and path.suffix != ".bin"
        assert path.stat().st_mode & stat.S_IROTH
        if path.suffix == ".safetensors":
            with safe_open(str(path), "pt") as weights:
                assert {weights.get_tensor(name).dtype for name in weights.keys()} == {torch.float16}


def test_the_text_encoder_has_the_names_that_transformers_4_reads() -> None:
    with safe_open(str(weights_path() / "text_encoder" / "model.safetensors"), "pt") as weights:
        assert all(name.startswith("text_model.") for name in weights.keys())


def test_saving_changes_nothing_but_precision(tmp_path: Path) -> None:
    config = ModelConfig(unet_widths=(32, 32, 32), text_layers=1)
    built = build_model(config, tmp_path)
    built.save(tmp_path)
    loaded = ModelParts.load(tmp_path)
    for name in ("unet", "vae", "text_encoder"):
        before, after = getattr(built, name).state_dict(), getattr(loaded, name).state_dict()
        assert set(before) == set(after)
        assert all(torch.allclose(before[key].float(), after[key].float(), atol=1e-3) for key in before)
        assert {value.dtype for value in before.values() if value.is_floating_point()} == {torch.float32}


def test_the_seed_decides_the_weights_and_the_caller_s_random_state_stays(tmp_path: Path) -> None:
    config = ModelConfig(unet_widths=(32, 32, 32), text_layers=1)
    state = torch.get_rng_state()
    one, same, other = (build_model(config, tmp_path, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    weight, again, different = (parts.unet.conv_in.weight for parts in (one, same, other))
    assert torch.equal(weight, again) and not torch.equal(weight, different)


def test_the_larger_recipe_has_sd1_s_topology_and_sizes_that_ldm_can_take() -> None:
    config = RECIPES["sd1"]
    unet, vae = build_unet(config), build_vae(config)
    crossing = [name.removesuffix(".attn2") for name, _ in unet.named_modules() if name.endswith(".attn2")]
    layers = {name.split(".attentions")[0] for name in crossing}
    heads = [
        module.heads
        for name, module in unet.named_modules()
        if name.endswith(".attn2") and isinstance(module, Attention)
    ]
    assert heads == [8] * 16
    assert layers == {*(f"down_blocks.{i}" for i in range(3)), "mid_block", *(f"up_blocks.{i}" for i in (1, 2, 3))}
    assert config.picture_side == 256 == vae.config["sample_size"] and unet.config["sample_size"] == 32
    assert all(width % 32 == 0 for width in (*config.unet_widths, *config.vae_widths))
