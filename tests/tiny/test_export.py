"""The exported checkpoint against real ldm code: the same weights must give the same numbers."""

from __future__ import annotations

import argparse
import inspect
import json
import shutil
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import diffusers
import pytest
import safetensors.torch
import torch
import transformers
from torch import Tensor, nn

from tests.real_ldm import load_exported, real_ldm
from vxa.core.errors import ConfigError, OutputError, UnsupportedModelError
from vxa.tiny import weights_path
from vxa.tiny.export import (
    add_export_arguments,
    export_webui,
    ldm_config,
    name_unet_modules,
    run_export_command,
    schedule_buffers,
)

TOLERANCE = 1e-4
SCHEDULE = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small gain nothing from a second thread, and lose much where the cores are busy."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(num_threads)


class Parts(NamedTuple):
    unet: Any
    vae: Any
    text_encoder: Any
    tokenizer: Any


def random_weights(model: nn.Module) -> nn.Module:
    """Norms start as ones and zeros, which would hide swapped ones."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model.eval()


def write_model(folder: Path, unet: dict[str, Any], vae: dict[str, Any], text_width: int) -> Path:
    torch.manual_seed(0)
    shutil.copytree(weights_path() / "tokenizer", folder / "tokenizer")
    vocab_size = len(json.loads((folder / "tokenizer" / "vocab.json").read_text(encoding="utf-8")))
    text = transformers.CLIPTextConfig(
        vocab_size=vocab_size,
        hidden_size=text_width,
        intermediate_size=2 * text_width,
        num_hidden_layers=2,
        num_attention_heads=2,
        bos_token_id=vocab_size - 2,
        eos_token_id=vocab_size - 1,
        pad_token_id=vocab_size - 1,
    )
    parts = {
        "unet": diffusers.UNet2DConditionModel(cross_attention_dim=text_width, **unet),
        "vae": diffusers.AutoencoderKL(latent_channels=4, **vae),
        "text_encoder": transformers.CLIPTextModel(text),
    }
    for name, part in parts.items():
        random_weights(part).save_pretrained(folder / name)
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(SCHEDULE), encoding="utf-8")
    return folder


def write_sd1_shaped(folder: Path) -> Path:
    unet = {
        "block_out_channels": (64, 128, 128),
        "layers_per_block": 1,
        "down_block_types": ("CrossAttnDownBlock2D",) * 3,
        "up_block_types": ("CrossAttnUpBlock2D",) * 3,
        "attention_head_dim": 4,
        "sample_size": 16,
    }
    vae = {
        "block_out_channels": (32, 32, 64, 64),
        "layers_per_block": 1,
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
    }
    return write_model(folder, unet, vae, text_width=128)


def write_sd2_shaped(folder: Path) -> Path:
    """Everything that the embedded model is not: heads by width, linear projections, plain levels, more layers."""
    unet = {
        "block_out_channels": (32, 96, 64),
        "layers_per_block": 2,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "attention_head_dim": [1, 3, 2],
        "use_linear_projection": True,
    }
    vae = {
        "block_out_channels": (32, 96),
        "layers_per_block": 2,
        "down_block_types": ("DownEncoderBlock2D",) * 2,
        "up_block_types": ("UpDecoderBlock2D",) * 2,
        "mid_block_add_attention": False,
        "scaling_factor": 0.5,
    }
    return write_model(folder, unet, vae, text_width=32)


@pytest.fixture(scope="module")
def random_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sd1_shaped(tmp_path_factory.mktemp("sd1"))


@pytest.fixture
def model_dir(random_dir: Path, tmp_path: Path) -> Path:
    """A copy that the test may break."""
    return Path(shutil.copytree(random_dir, tmp_path / "model"))


@pytest.fixture(scope="module", params=["embedded", "random", "sd2"])
def source_dir(request: pytest.FixtureRequest, random_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "embedded":
        return weights_path()
    return random_dir if request.param == "random" else write_sd2_shaped(tmp_path_factory.mktemp("sd2"))


@pytest.fixture(scope="module")
def source(source_dir: Path) -> Parts:
    return Parts(
        diffusers.UNet2DConditionModel.from_pretrained(source_dir / "unet").float().eval(),
        diffusers.AutoencoderKL.from_pretrained(source_dir / "vae").float().eval(),
        transformers.CLIPTextModel.from_pretrained(source_dir / "text_encoder").float().eval(),
        transformers.CLIPTokenizer.from_pretrained(source_dir / "tokenizer"),
    )


@pytest.fixture(scope="module")
def ldm_util() -> Iterator[types.ModuleType]:
    with real_ldm() as util:
        yield util


@pytest.fixture(scope="module")
def loaded(ldm_util: types.ModuleType, source_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    exported = export_webui(source_dir, tmp_path_factory.mktemp("exported"))
    return load_exported(ldm_util, exported.config, exported.weights)


def assert_same(theirs: Tensor, ours: Tensor) -> None:
    assert theirs.shape == ours.shape
    scale = float(ours.abs().max())
    assert scale > 1e-3, "an output of zeros proves nothing"
    assert float((theirs - ours).abs().max()) <= TOLERANCE * max(1.0, scale)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (8, 24), (20, 12)])
@torch.no_grad()
def test_same_noise_prediction(loaded: Any, source: Parts, height: int, width: int) -> None:
    torch.manual_seed(height)
    latents, context = torch.randn(3, 4, height, width), torch.randn(3, 77, source.unet.config.cross_attention_dim)
    timesteps = torch.tensor([0, 421, 999])
    theirs = loaded.apply_model(latents, timesteps, context)
    assert_same(theirs, source.unet(latents, timesteps, context).sample)


@torch.no_grad()
def test_same_encoding_and_decoding(loaded: Any, source: Parts) -> None:
    torch.manual_seed(0)
    pictures = torch.rand(2, 3, 48, 64) * 2 - 1
    ours = source.vae.encode(pictures).latent_dist
    theirs = loaded.encode_first_stage(pictures)
    assert_same(theirs.mean, ours.mean)
    assert_same(theirs.std, ours.std)
    latents = torch.randn_like(ours.mean)
    assert loaded.scale_factor == source.vae.config.scaling_factor
    scaled = latents / source.vae.config.scaling_factor
    assert_same(loaded.decode_first_stage(latents), source.vae.decode(scaled).sample)


@torch.no_grad()
def test_same_text_encoding(loaded: Any, source: Parts) -> None:
    prompts = ["a red circle, left of (a blue square)", ""]
    tokens = source.tokenizer(prompts, padding="max_length", max_length=77, truncation=True, return_tensors="pt")
    assert_same(loaded.get_learned_conditioning(prompts), source.text_encoder(tokens.input_ids).last_hidden_state)


def test_same_noise_schedule(loaded: Any) -> None:
    for name, values in schedule_buffers({**SCHEDULE, "trained_betas": None}).items():
        # ldm computed its own before the file's were loaded over them: make them anew.
        loaded.register_schedule(linear_start=0.00085, linear_end=0.012)
        torch.testing.assert_close(getattr(loaded, name), values, rtol=1e-5, atol=1e-7)
    assert float(loaded.alphas_cumprod[-1]) == pytest.approx(0.0047, abs=1e-4)


def test_half_precision_halves_the_weights_only(random_dir: Path, tmp_path: Path) -> None:
    full = safetensors.torch.load_file(export_webui(random_dir, tmp_path / "full").weights)
    exported = export_webui(random_dir, tmp_path / "half", half=True)
    halved = safetensors.torch.load_file(exported.weights)
    assert full.keys() == halved.keys()
    for name, tensor in halved.items():
        if "." not in name:
            assert tensor.dtype == torch.float32, name
        elif name.endswith("position_ids"):
            assert tensor.dtype == torch.int64
            assert tensor.tolist() == [list(range(77))]
        else:
            assert tensor.dtype == torch.float16, name
            assert torch.equal(tensor, full[name].half())
    text_encoder = safetensors.torch.load_file(exported.text_encoder / "model.safetensors")
    assert {tensor.dtype for tensor in text_encoder.values()} == {torch.float16}


@torch.no_grad()
def test_text_encoder_folder_loads_by_itself(random_dir: Path, tmp_path: Path) -> None:
    exported = export_webui(random_dir, tmp_path)
    tokenizer = transformers.CLIPTokenizer.from_pretrained(exported.text_encoder)
    tokens = tokenizer(["a green ring"], padding="max_length", max_length=77, return_tensors="pt").input_ids
    theirs, ours = (
        transformers.CLIPTextModel.from_pretrained(folder).eval()
        for folder in (exported.text_encoder, random_dir / "text_encoder")
    )
    assert torch.equal(theirs(tokens).last_hidden_state, ours(tokens).last_hidden_state)
    # Releases before 5 look for these names, and would start at random without a word.
    names = safetensors.torch.load_file(exported.text_encoder / "model.safetensors")
    assert all(name.startswith("text_model.") for name in names)


def test_exports_are_the_same_byte_for_byte(random_dir: Path, tmp_path: Path) -> None:
    def contents() -> dict[str, bytes]:
        return {str(file): file.read_bytes() for file in sorted(tmp_path.rglob("*")) if file.is_file()}

    export_webui(random_dir, tmp_path)
    first = contents()
    export_webui(random_dir, tmp_path)
    assert contents() == first
    assert len(first) == 8


def test_only_the_checkpoint_lies_where_the_webui_looks_for_checkpoints(random_dir: Path, tmp_path: Path) -> None:
    checkpoints = tmp_path / "models" / "Stable-diffusion"
    exported = export_webui(random_dir, checkpoints / "mine", name="toy")
    assert [file.name for file in checkpoints.rglob("*.safetensors")] == ["toy.safetensors"]
    assert exported.text_encoder == tmp_path / "models" / "VXA" / "toy-text-encoder"


@pytest.mark.parametrize("folder", ["it's a ü: {folder} # 1", 'two "quotes"'])
def test_configuration_refers_to_the_text_encoder_whatever_its_name(
    random_dir: Path, tmp_path: Path, folder: str
) -> None:
    omegaconf = pytest.importorskip("omegaconf", reason="omegaconf is not installed")
    exported = export_webui(random_dir, tmp_path, text_encoder_dir=tmp_path / folder)
    params = omegaconf.OmegaConf.load(exported.config).model.params
    assert Path(params.cond_stage_config.params.version) == tmp_path / folder == exported.text_encoder
    exported = export_webui(random_dir, tmp_path, text_encoder_reference="models/VXA/here")
    params = omegaconf.OmegaConf.load(exported.config).model.params
    assert params.cond_stage_config.params.version == "models/VXA/here"


def test_command_exports_the_embedded_model(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_export_arguments(parser)
    exported = run_export_command(parser.parse_args([str(tmp_path), "--half", "--name", "toy"]))
    assert exported.weights == tmp_path / "toy.safetensors"
    assert exported.weights.stat().st_size < 24 * 2**20
    assert exported.config.is_file()
    assert exported.text_encoder.is_dir()


def edit_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "changes", "match"),
    [
        ("unet/config.json", {"_class_name": "FluxTransformer2DModel"}, "UNet2DConditionModel"),
        ("unet/config.json", {"norm_num_groups": 16}, "norm_num_groups"),
        ("unet/config.json", {"flip_sin_to_cos": False}, "flip_sin_to_cos"),
        ("unet/config.json", {"transformer_layers_per_block": 2}, "transformer_layers_per_block"),
        ("unet/config.json", {"up_block_types": ["UpBlock2D"] * 2}, "that diffusers accepts"),
        ("unet/config.json", {"block_out_channels": [64, 128, 256]}, "weights that the configuration"),
        ("vae/config.json", {"shift_factor": 0.1}, "shift_factor"),
        ("vae/config.json", {"block_out_channels": [64, 32, 64, 64]}, "weights that the configuration"),
        ("text_encoder/config.json", {"model_type": "t5"}, "clip_text_model"),
        ("text_encoder/config.json", {"num_hidden_layers": 3}, "weights that the configuration"),
        ("scheduler/scheduler_config.json", {"beta_schedule": "squaredcos_cap_v2"}, "beta_schedule"),
        ("scheduler/scheduler_config.json", {"prediction_type": "sample"}, "prediction_type"),
        ("scheduler/scheduler_config.json", {"rescale_betas_zero_snr": True}, "rescale_betas_zero_snr"),
        ("tokenizer/vocab.json", {"onemore</w>": 9999}, "vocab.json"),
    ],
)
def test_what_ldm_cannot_express_is_refused(
    model_dir: Path, tmp_path: Path, file: str, changes: dict[str, Any], match: str
) -> None:
    edit_json(model_dir / file, **changes)
    with pytest.raises(UnsupportedModelError, match=match):
        export_webui(model_dir, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def unet_config(**changes: Any) -> dict[str, Any]:
    defaults = {key: each.default for key, each in inspect.signature(diffusers.UNet2DConditionModel).parameters.items()}
    return {**defaults, **changes}


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"up_block_types": ["CrossAttnUpBlock2D"] * 3 + ["UpBlock2D"]}, "same on the UNet's way up"),
        ({"down_block_types": ["AttnDownBlock2D"] * 4}, "plain and cross-attention blocks"),
        ({"layers_per_block": [1, 2, 2, 2]}, "one layers_per_block"),
        ({"cross_attention_dim": [32, 32, 64, 64]}, "one cross_attention_dim"),
        ({"attention_head_dim": [8, 8, 8, 4]}, "one width of a head"),
        ({"block_out_channels": [320, 640, 1280, 1000]}, "multiples of 32"),
    ],
)
def test_unet_that_ldm_cannot_build_is_refused(changes: dict[str, Any], match: str) -> None:
    vae = {
        "scaling_factor": 1,
        "sample_size": 1,
        "latent_channels": 4,
        "block_out_channels": [32],
        "layers_per_block": 1,
    }
    with pytest.raises(UnsupportedModelError, match=match):
        ldm_config(unet_config(**changes), {**vae, "in_channels": 3, "out_channels": 3}, SCHEDULE, "here")


@pytest.mark.parametrize(
    ("changes", "num_attentions"),
    [({"cross_attention_dim": 768}, 16), ({"cross_attention_dim": 1024, "attention_head_dim": [5, 10, 20, 20]}, 16)],
    ids=["SD1", "SD2"],
)
def test_names_and_shapes_of_the_full_size_models(
    ldm_util: types.ModuleType, changes: dict[str, Any], num_attentions: int
) -> None:
    """The published layouts, compared with ldm's own modules on the meta device: no weights are needed."""
    config = unet_config(**changes, use_linear_projection="attention_head_dim" in changes)
    names = name_unet_modules(config)
    for index in (1, 2, 4, 5, 7, 8):
        assert names[f"down_blocks.{(index - 1) // 3}.attentions.{(index - 1) % 3}"] == f"input_blocks.{index}.1"
    for index in range(3, 12):
        assert names[f"up_blocks.{index // 3}.attentions.{index % 3}"] == f"output_blocks.{index}.1"
    vae = {
        "scaling_factor": 1,
        "sample_size": 1,
        "latent_channels": 4,
        "block_out_channels": [32],
        "layers_per_block": 1,
    }
    params = ldm_config(config, {**vae, "in_channels": 3, "out_channels": 3}, SCHEDULE, "here")["model"]["params"]
    with torch.device("meta"):
        ours = diffusers.UNet2DConditionModel.from_config(config).state_dict()
        theirs = ldm_util.instantiate_from_config(params["unet_config"]).state_dict()
    renamed = {}
    for name, tensor in ours.items():
        module = max((module for module in names if name.startswith(f"{module}.")), key=len)
        renamed[names[module] + name[len(module) :]] = tensor.shape
    assert renamed == {name: tensor.shape for name, tensor in theirs.items()}
    assert sum(name.endswith("attn2.to_q.weight") for name in renamed) == num_attentions


@pytest.mark.parametrize("fault", ["missing", "extra", "shape"])
@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_weights_that_disagree_with_the_configuration_are_refused(
    model_dir: Path, tmp_path: Path, part: str, fault: str
) -> None:
    (file,) = (model_dir / part).glob("*.safetensors")
    tensors = safetensors.torch.load_file(file)
    name = sorted(tensors)[3]
    if fault == "missing":
        del tensors[name]
    elif fault == "extra":
        tensors["class_embedding.weight"] = torch.zeros(3)
    else:
        tensors[name] = torch.zeros(5, 5)
    safetensors.torch.save_file(tensors, file)
    with pytest.raises(UnsupportedModelError, match="class_embedding.weight" if fault == "extra" else name):
        export_webui(model_dir, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "file", ["unet/config.json", "vae/diffusion_pytorch_model.safetensors", "scheduler/scheduler_config.json"]
)
@pytest.mark.parametrize("fault", ["absent", "corrupt"])
def test_files_that_cannot_be_read_are_named(model_dir: Path, tmp_path: Path, file: str, fault: str) -> None:
    (model_dir / file).unlink()
    if fault == "corrupt":
        (model_dir / file).write_bytes(b"\x00{not this")
    with pytest.raises(ConfigError, match=Path(file).parent.name):
        export_webui(model_dir, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_pickled_weights_are_refused(model_dir: Path, tmp_path: Path) -> None:
    (model_dir / "vae" / "diffusion_pytorch_model.safetensors").rename(
        model_dir / "vae" / "diffusion_pytorch_model.bin"
    )
    with pytest.raises(ConfigError, match="Pickled weights"):
        export_webui(model_dir, tmp_path / "out")


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden"])
def test_name_must_be_a_file_name(random_dir: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="plain file name"):
        export_webui(random_dir, tmp_path, name=name)


def test_failed_write_leaves_the_earlier_export_alone(random_dir: Path, tmp_path: Path) -> None:
    exported = export_webui(random_dir, tmp_path, text_encoder_dir=tmp_path / "first")
    before = exported.weights.read_bytes(), exported.config.read_bytes()
    (tmp_path / "second").write_text("in the way", encoding="utf-8")
    with pytest.raises(OutputError, match="another folder"):
        export_webui(random_dir, tmp_path, half=True, text_encoder_dir=tmp_path / "second")
    assert (exported.weights.read_bytes(), exported.config.read_bytes()) == before
    assert not list(tmp_path.rglob("*.part"))


def test_folder_in_place_of_the_checkpoint_is_an_error(random_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "vxa-tiny.safetensors").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        export_webui(random_dir, tmp_path)
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == []
