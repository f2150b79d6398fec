"""Exporting a model in diffusers layout to an ldm checkpoint, the kind that AUTOMATIC1111's webui loads.

Holds the correspondence of module names between a Stable Diffusion 1 shaped model in diffusers and in ldm (derived from
the configuration, for any number of levels and layers), the ldm configuration of the same model, and the writing of the
files. Runs no model, and knows nothing of training or of a running webui.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from vxa.core.errors import ConfigError, OutputError, UnsupportedModelError
from vxa.tiny import weights_path

__all__ = ["ExportedCheckpoint", "add_export_arguments", "export_webui", "run_export_command"]

Config = Mapping[str, Any]

# The settings that ldm has too. All others it fixes in code, at what diffusers has as defaults.
_FREE = frozenset(
    "sample_size in_channels out_channels down_block_types up_block_types block_out_channels layers_per_block "
    "attention_head_dim num_attention_heads cross_attention_dim use_linear_projection "
    "latent_channels scaling_factor mid_block_add_attention force_upcast".split()
)
_SCHEDULE_FIXED = {"beta_schedule": "scaled_linear", "prediction_type": "epsilon", "trained_betas": None}

_ATTENDING = {"CrossAttnDownBlock2D": True, "DownBlock2D": False, "CrossAttnUpBlock2D": True, "UpBlock2D": False}
_UNET_RESNET_IN = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1"}
_UNET_RESNET_OUT = {"norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
_UNET_RESNET = {**_UNET_RESNET_IN, **_UNET_RESNET_OUT}
_VAE_RESNET = {"norm1": "norm1", "conv1": "conv1", "norm2": "norm2", "conv2": "conv2", "conv_shortcut": "nin_shortcut"}
_VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
_TOKENIZER_FILES = ("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")


@dataclass(frozen=True)
class ExportedCheckpoint:
    """Where an exported model lies."""

    weights: Path
    """The checkpoint, `<name>.safetensors`."""
    config: Path
    """Its ldm configuration, `<name>.yaml`; the webui finds it by its name beside the checkpoint."""
    text_encoder: Path
    """Folder with the text encoder's configuration, weights and tokenizer, to which the configuration refers."""


def export_webui(
    model_dir: Path | str,
    out_dir: Path | str,
    *,
    name: str = "vxa-tiny",
    half: bool = False,
    text_encoder_dir: Path | str | None = None,
    text_encoder_reference: str | None = None,
) -> ExportedCheckpoint:
    """Write a model as an ldm checkpoint, its configuration and its text encoder.

    Every weight that the model's configuration implies must be there with its shape, and no other; each is written
    once. Files of an earlier export are replaced.

    Args:
        model_dir: Folder in diffusers layout with `unet`, `vae`, `text_encoder`, `tokenizer` and `scheduler`.
        out_dir: Where the checkpoint goes, made if absent; for the webui its `models/Stable-diffusion`.
        name: File name without ending.
        half: Write the weights as float16 instead of float32; the noise schedule is float32 always.
        text_encoder_dir: Where the text encoder goes; by default `<name>-text-encoder` in `out_dir`, or in `models/VXA`
            when `out_dir` lies in a webui's `models/Stable-diffusion`, where the webui would offer the encoder's
            weights as one more checkpoint.
        text_encoder_reference: How the configuration refers to that folder; by default its absolute path. A relative
            path counts from the folder that the webui is started in.

    Raises:
        ConfigError: If `name` is no plain file name, or the model folder lacks a file or holds an unreadable one.
        UnsupportedModelError: If ldm cannot express the model, or its weights and configuration disagree.
        OutputError: If a file cannot be written; then no file is changed.
    """
    model_dir, out_dir = Path(model_dir), _absolute(out_dir)
    if not name or name != Path(name).name or name.startswith("."):
        raise ConfigError("a plain file name for the checkpoint", got=repr(name), remedy="Leave out folders and dots.")
    home = _absolute(text_encoder_dir or _text_encoder_home(out_dir, name))
    unet, unet_tensors = _load_diffusers_part(model_dir / "unet", "UNet2DConditionModel")
    vae, vae_tensors = _load_diffusers_part(model_dir / "vae", "AutoencoderKL")
    text, text_tensors = _load_text_encoder(model_dir / "text_encoder")
    scheduler = _read_json(model_dir / "scheduler" / "scheduler_config.json")
    dtype = torch.float16 if half else torch.float32
    text_tensors = {f"text_model.{key}": tensor.to(dtype) for key, tensor in text_tensors.items()}
    learned = {
        **_renamed("model.diffusion_model", unet_tensors, name_unet_modules(unet)),
        **_renamed("first_stage_model", vae_tensors, name_vae_modules(vae)),
        **_renamed("cond_stage_model.transformer", text_tensors, {"text_model": "text_model"}),
    }
    tensors = {key: tensor.to(dtype).contiguous() for key, tensor in learned.items()} | schedule_buffers(scheduler)
    # Not learned, but in every SD1 checkpoint; transformers before 4.31 misses it when it loads strictly.
    tensors["cond_stage_model.transformer.text_model.embeddings.position_ids"] = torch.arange(77)[None]
    config = ldm_config(unet, vae, scheduler, text_encoder_reference or home.as_posix())
    exported = ExportedCheckpoint(out_dir / f"{name}.safetensors", out_dir / f"{name}.yaml", home)
    files = {home / file: content for file, content in _text_encoder_files(model_dir, text, text_tensors).items()}
    files[exported.config] = "".join(_yaml_lines(config)).encode()
    # The checkpoint comes last: without its configuration the webui would take it for a full-size SD1.
    files[exported.weights] = safetensors.torch.save(tensors, metadata={"format": "pt"})
    _write_all(files)
    return exported


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the arguments of `vxa tiny export-webui`."""
    parser.add_argument("out_dir", metavar="DIR", type=Path, help="where to write: the webui's models/Stable-diffusion")
    parser.add_argument("--model", type=Path, help="model folder in diffusers layout (default: the embedded model)")
    parser.add_argument("--name", default="vxa-tiny", help="file name without ending (default: %(default)s)")
    parser.add_argument("--half", action="store_true", help="write float16 weights: half the size")
    parser.add_argument("--text-encoder-dir", type=Path, help="where the text encoder goes (default: beside the rest)")


def run_export_command(arguments: argparse.Namespace) -> ExportedCheckpoint:
    """Run `vxa tiny export-webui` on arguments from `add_export_arguments`; raises what `export_webui` raises."""
    out_dir, model_dir = arguments.out_dir, arguments.model or weights_path()
    options = {"name": arguments.name, "half": arguments.half, "text_encoder_dir": arguments.text_encoder_dir}
    return export_webui(model_dir, out_dir, **options)


# ------------------------------------------------------------------------------------------------ names and sizes


def name_unet_modules(config: Config) -> dict[str, str]:
    """Map diffusers' modules of a UNet to ldm's, which numbers the layers and resamplings of each way through."""
    attends, num_layers = _attending_levels(config), _uniform("layers_per_block", config["layers_per_block"])
    names = {
        "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
        "conv_in": "input_blocks.0.0",
        "conv_norm_out": "out.0",
        "conv_out": "out.2",
        "mid_block.attentions.0": "middle_block.1",
        **_inside("mid_block.resnets.0", "middle_block.0", _UNET_RESNET),
        **_inside("mid_block.resnets.1", "middle_block.2", _UNET_RESNET),
    }
    index = 1
    for level in range(len(attends)):
        for layer in range(num_layers):
            names |= _inside(f"down_blocks.{level}.resnets.{layer}", f"input_blocks.{index}.0", _UNET_RESNET)
            names[f"down_blocks.{level}.attentions.{layer}"] = f"input_blocks.{index}.1"
            index += 1
        names[f"down_blocks.{level}.downsamplers.0.conv"] = f"input_blocks.{index}.0.op"
        index += 1
    index = 0
    for place, level_attends in enumerate(reversed(attends)):
        for layer in range(num_layers + 1):
            names |= _inside(f"up_blocks.{place}.resnets.{layer}", f"output_blocks.{index}.0", _UNET_RESNET)
            names[f"up_blocks.{place}.attentions.{layer}"] = f"output_blocks.{index}.1"
            index += 1
        # Upsampling ends the level's last block; downsampling is a block of its own.
        names[f"up_blocks.{place}.upsamplers.0.conv"] = f"output_blocks.{index - 1}.{1 + level_attends}.conv"
    return names


def name_vae_modules(config: Config) -> dict[str, str]:
    """Map diffusers' modules of an autoencoder to ldm's, which counts levels from the picture in both halves."""
    names = {"quant_conv": "quant_conv", "post_quant_conv": "post_quant_conv"}
    for half in ("encoder", "decoder"):
        names |= _inside(half, half, {"conv_in": "conv_in", "conv_norm_out": "norm_out", "conv_out": "conv_out"})
        names |= _inside(f"{half}.mid_block.attentions.0", f"{half}.mid.attn_1", _VAE_ATTENTION)
        for index in (0, 1):
            names |= _inside(f"{half}.mid_block.resnets.{index}", f"{half}.mid.block_{index + 1}", _VAE_RESNET)
    num_levels, num_layers = len(config["block_out_channels"]), config["layers_per_block"]
    for place in range(num_levels):
        source, target = f"encoder.down_blocks.{place}", f"encoder.down.{place}"
        names[f"{source}.downsamplers.0.conv"] = f"{target}.downsample.conv"
        for layer in range(num_layers):
            names |= _inside(f"{source}.resnets.{layer}", f"{target}.block.{layer}", _VAE_RESNET)
        source, target = f"decoder.up_blocks.{place}", f"decoder.up.{num_levels - 1 - place}"
        names[f"{source}.upsamplers.0.conv"] = f"{target}.upsample.conv"
        for layer in range(num_layers + 1):
            names |= _inside(f"{source}.resnets.{layer}", f"{target}.block.{layer}", _VAE_RESNET)
    return names


def _inside(source: str, target: str, names: Mapping[str, str]) -> dict[str, str]:
    return {f"{source}.{theirs}": f"{target}.{ours}" for theirs, ours in names.items()}


def _attending_levels(config: Config) -> tuple[bool, ...]:
    """Return for each level whether it has transformers; in ldm it has them on both ways or on none."""
    down, up = config["down_block_types"], config["up_block_types"]
    attends = [_ATTENDING.get(kind) for kind in down]
    if None in attends or attends != [_ATTENDING.get(kind) for kind in reversed(up)]:
        expected = "plain and cross-attention blocks, the same on the UNet's way up as on its way down"
        raise UnsupportedModelError(expected, got=", ".join([*down, *up]))
    return tuple(bool(attend) for attend in attends)


def _uniform(what: str, value: int | Sequence[int]) -> int:
    first, *others = {value} if isinstance(value, int) else set(value)
    if others:
        raise UnsupportedModelError(f"one {what} for all levels", got=value)
    return first


def _renamed(prefix: str, tensors: Mapping[str, Tensor], modules: Mapping[str, str]) -> dict[str, Tensor]:
    """Give a part's tensors the names and the rank they have in the checkpoint, each a place of its own."""
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        module = name
        while module and module not in modules:
            module = module.rpartition(".")[0]
        target = f"{prefix}.{modules.get(module)}{name[len(module) :]}"
        if not module or target in renamed:
            raise UnsupportedModelError("a weight with a place of its own in ldm", got=name)
        if ".attn_1." in target and tensor.dim() == 2:
            tensor = tensor[:, :, None, None]  # a linear layer that ldm writes as a 1×1 convolution
        renamed[target] = tensor
    return renamed


def ldm_config(unet: Config, vae: Config, scheduler: Config, text_encoder: str) -> dict[str, Any]:
    """Describe a model to ldm, from its diffusers configurations and the place of its text encoder."""
    diffusion = {
        "linear_start": scheduler["beta_start"],
        "linear_end": scheduler["beta_end"],
        "timesteps": scheduler["num_train_timesteps"],
        "cond_stage_key": "txt",
        "image_size": unet["sample_size"] or 64,
        "channels": unet["in_channels"],
        "cond_stage_trainable": False,
        "conditioning_key": "crossattn",
        "scale_factor": vae["scaling_factor"],
        "use_ema": False,
    }
    parts = {
        "unet_config": ("ldm.modules.diffusionmodules.openaimodel.UNetModel", _ldm_unet(unet)),
        "first_stage_config": ("ldm.models.autoencoder.AutoencoderKL", _ldm_vae(vae)),
        "cond_stage_config": ("ldm.modules.encoders.modules.FrozenCLIPEmbedder", {"version": text_encoder}),
    }
    diffusion |= {part: {"target": target, "params": params} for part, (target, params) in parts.items()}
    return {"model": {"target": "ldm.models.diffusion.ddpm.LatentDiffusion", "params": diffusion}}


def _ldm_unet(config: Config) -> dict[str, Any]:
    widths = config["block_out_channels"]
    heads = config["num_attention_heads"] or config["attention_head_dim"]  # both mean a number of heads
    per_level = [heads] * len(widths) if isinstance(heads, int) else list(heads)
    head_widths = [width // num_heads for width, num_heads in zip(widths, per_level, strict=True)]
    is_sd1 = len(set(per_level)) == 1  # in SD2 the width of a head is the same everywhere, not the number
    return {
        "image_size": config["sample_size"] or 64,
        "in_channels": config["in_channels"],
        "out_channels": config["out_channels"],
        "model_channels": widths[0],
        "attention_resolutions": [2**level for level, attends in enumerate(_attending_levels(config)) if attends],
        "num_res_blocks": _uniform("layers_per_block", config["layers_per_block"]),
        "channel_mult": _multiples(widths),
        **({"num_heads": per_level[0]} if is_sd1 else {"num_head_channels": _uniform("width of a head", head_widths)}),
        "use_spatial_transformer": True,
        "context_dim": _uniform("cross_attention_dim", config["cross_attention_dim"]),
        "use_linear_in_transformer": config["use_linear_projection"],
        "legacy": False,
    }


def _ldm_vae(config: Config) -> dict[str, Any]:
    sizes = {
        "double_z": True,
        "z_channels": config["latent_channels"],
        "resolution": config["sample_size"],
        "in_channels": config["in_channels"],
        "out_ch": config["out_channels"],
        "ch": config["block_out_channels"][0],
        "ch_mult": _multiples(config["block_out_channels"]),
        "num_res_blocks": config["layers_per_block"],
        "attn_resolutions": [],
        "attn_type": "vanilla" if config.get("mid_block_add_attention", True) else "none",
    }
    return {"embed_dim": config["latent_channels"], "ddconfig": sizes, "lossconfig": {"target": "torch.nn.Identity"}}


def _multiples(widths: Sequence[int]) -> list[int]:
    if any(width % 32 or width % widths[0] for width in widths):
        raise UnsupportedModelError("widths that are multiples of 32 and of the first", got=widths)
    return [width // widths[0] for width in widths]


def _check_fixed(part: str, config: Config, fixed: Mapping[str, Any]) -> None:
    for key, value in fixed.items():
        if config.get(key, value) != value:
            raise UnsupportedModelError(f"{value!r} as {key} of the {part}, as in SD1", got=repr(config[key]))


def schedule_buffers(config: Config) -> dict[str, Tensor]:
    """Compute the noise schedule's tensors in checkpoints of SD1, shape (timesteps,), from any scheduler's settings."""
    _check_fixed("noise schedule", config, {**_SCHEDULE_FIXED, "rescale_betas_zero_snr": False})
    betas = np.linspace(config["beta_start"] ** 0.5, config["beta_end"] ** 0.5, config["num_train_timesteps"]) ** 2
    kept = np.cumprod(1 - betas)
    kept_before = np.append(1.0, kept[:-1])
    variance = betas * (1 - kept_before) / (1 - kept)
    buffers = {
        "betas": betas,
        "alphas_cumprod": kept,
        "alphas_cumprod_prev": kept_before,
        "sqrt_alphas_cumprod": np.sqrt(kept),
        "sqrt_one_minus_alphas_cumprod": np.sqrt(1 - kept),
        "log_one_minus_alphas_cumprod": np.log(1 - kept),
        "sqrt_recip_alphas_cumprod": np.sqrt(1 / kept),
        "sqrt_recipm1_alphas_cumprod": np.sqrt(1 / kept - 1),
        "posterior_variance": variance,
        "posterior_log_variance_clipped": np.log(np.maximum(variance, 1e-20)),
        "posterior_mean_coef1": betas * np.sqrt(kept_before) / (1 - kept),
        "posterior_mean_coef2": (1 - kept_before) * np.sqrt(1 - betas) / (1 - kept),
    }
    return {name: torch.from_numpy(values.astype(np.float32)) for name, values in buffers.items()}


# ------------------------------------------------------------------------------------------------ files


def _load_diffusers_part(folder: Path, kind: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read a part's configuration, completed with diffusers' defaults, and its weights."""
    import diffusers  # Takes seconds, and `vxa` must import where it is absent.

    config = _read_json(folder / "config.json")
    model_class = getattr(diffusers, kind)
    defaults = {key: each.default for key, each in inspect.signature(model_class).parameters.items()}
    fixed = {key: value for key, value in defaults.items() if key not in _FREE}
    _check_fixed(folder.name, config, {"_class_name": kind, **fixed})
    try:
        with torch.device("meta"):
            model = model_class.from_config(config)
    except (TypeError, ValueError) as exc:
        raise UnsupportedModelError(f"a configuration in {folder} that diffusers accepts", got=exc) from exc
    return {**defaults, **config}, _load_tensors(folder, model)


def _load_text_encoder(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    from transformers import CLIPTextConfig, CLIPTextModel  # Takes seconds too.

    config = _read_json(folder / "config.json")
    _check_fixed(folder.name, config, {"model_type": "clip_text_model", "max_position_embeddings": 77})
    with torch.device("meta"):
        model = CLIPTextModel(CLIPTextConfig.from_dict(config))
    return config, _load_tensors(folder, model)


def _load_tensors(folder: Path, model: nn.Module) -> dict[str, Tensor]:
    """Read the one safetensors file of a part; it must hold the model's tensors with their shapes and no other."""
    files = sorted(folder.glob("*.safetensors"))
    if len(files) != 1:
        got = ", ".join(file.name for file in files) or "none"
        raise ConfigError(f"one .safetensors file in {folder}", got=got, remedy="Pickled weights are not read.")
    try:
        stored = _plainly_named(safetensors.torch.load_file(files[0]))
    except (OSError, safetensors.SafetensorError) as exc:
        raise ConfigError(f"a readable safetensors file at {files[0]}", got=exc) from exc
    wanted = {name: tensor.shape for name, tensor in _plainly_named(model.state_dict()).items()}
    found = {name: tensor.shape for name, tensor in stored.items()}
    differing = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if differing:
        got = f"{differing[0]}: {found.get(differing[0])} for {wanted.get(differing[0])}, and {len(differing) - 1} more"
        raise UnsupportedModelError(f"the weights that the configuration in {folder} implies", got=got)
    return stored


def _plainly_named(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Leave out what only some releases of transformers write: a prefix, and the positions."""
    named = {name.removeprefix("text_model."): tensor for name, tensor in tensors.items()}
    return {name: tensor for name, tensor in named.items() if not name.endswith("position_ids")}


def _text_encoder_files(model_dir: Path, config: Config, tensors: dict[str, Tensor]) -> dict[str, bytes]:
    """Return the files of a text encoder folder that both old and new releases of transformers read."""
    own = {key: value for key, value in config.items() if key not in ("dtype", "torch_dtype", "transformers_version")}
    files = {
        "config.json": json.dumps(own, indent=2).encode(),
        "model.safetensors": safetensors.torch.save(tensors, metadata={"format": "pt"}),
    }
    for name in _TOKENIZER_FILES:
        files[name] = _read_bytes(model_dir / "tokenizer" / name)
    num_words, num_known = (
        len(_read_json(model_dir / "tokenizer" / "vocab.json")),
        len(tensors["text_model.embeddings.token_embedding.weight"]),
    )
    if num_words != num_known:
        raise UnsupportedModelError(f"{num_known} words in vocab.json, as the text encoder knows", got=num_words)
    return files


def _absolute(path: Path | str) -> Path:
    return Path(os.path.abspath(Path(path).expanduser()))  # not resolved: a webui's model folder is often a link


def _text_encoder_home(out_dir: Path, name: str) -> Path:
    """Choose the folder: the webui lists every .safetensors below models/Stable-diffusion as a checkpoint."""
    for folder in (out_dir, *out_dir.parents):
        if (folder.parent.name, folder.name) == ("models", "Stable-diffusion"):
            return folder.parent / "VXA" / f"{name}-text-encoder"
    return out_dir / f"{name}-text-encoder"


def _yaml_lines(mapping: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Write nested mappings as YAML; the leaves are JSON, which is YAML too."""
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield f"{'  ' * depth}{key}:\n"
            yield from _yaml_lines(value, depth + 1)
        else:
            yield f"{'  ' * depth}{key}: {json.dumps(value, ensure_ascii=False)}\n"


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ConfigError(f"a readable file at {path}", got=exc, remedy="Give a model in diffusers layout.") from exc


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(_read_bytes(path)))
    except (ValueError, TypeError) as exc:
        raise ConfigError(f"a JSON object at {path}", got=exc) from exc


def _write_all(files: Mapping[Path, bytes]) -> None:
    """Write files beside their places first and then rename all of them, so that a full disk changes nothing."""
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in files}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise IsADirectoryError(f"{path} is a folder")
            parts[path].write_bytes(content)
        for path, part in parts.items():
            os.replace(part, path)
    except OSError as exc:
        raise OutputError("to write the exported model", got=exc, remedy="Choose another folder or make room.") from exc
    finally:
        for part in filter(Path.is_file, parts.values()):
            part.unlink()
