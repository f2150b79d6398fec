"""Make a checkpoint that is shaped like SDXL and small: every part there, all weights random.

Run by the webui's own Python, whose sgm and open_clip build it. Writes NAME.safetensors and NAME.yaml for the webui's
folder of checkpoints, and beside it the folder of the first text encoder, which sgm's configuration names:

    python make_sdxl.py WEBUI models/Stable-diffusion models/VXA/random-sdxl-text-encoder

The UNet has SDXL's layout (70 cross-attention layers by the published names, none at full size, sizes and pooled text
as "vector"), the VAE its four levels, and both text encoders CLIP's full vocabulary.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

_HEAD_WIDTH = 16
_OPEN_CLIP = "ViT-S-32-alt"  # the smallest text encoder that open_clip knows
_OPEN_CLIP_WIDTH = 256
_CLIP_WIDTH = 64
_SIZE_WIDTH = 32
_SHARPNESS = 4.0  # q and k as drawn give nearly uniform attention, which would hide mistakes
_SSD_DROPS = (
    "middle_block.1.",
    "middle_block.2.",
    "output_blocks.4.1.transformer_blocks.1.",
    "output_blocks.5.1.transformer_blocks.1.",
    *(
        f"{place}.1.transformer_blocks.{depth}."
        for place in ("input_blocks.7", "input_blocks.8", "output_blocks.0", "output_blocks.1")
        for depth in range(4, 10)
    ),
)


def main(arguments: list[str]) -> None:
    """Read the arguments and write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("webui", type=Path, help="folder of the webui, with its repositories")
    parser.add_argument("checkpoints", type=Path, help="where the checkpoint goes")
    parser.add_argument("text_encoder", type=Path, help="where the first text encoder goes; not among checkpoints")
    parser.add_argument("--name", default="random-sdxl", help="of the checkpoint")
    parser.add_argument("--seed", type=int, default=0, help="of the weights")
    parser.add_argument("--ssd", action="store_true", help="leave out what SSD-1B leaves out")
    parser.add_argument("--inpaint", action="store_true", help="read a mask and a masked picture too")
    asked = parser.parse_args(arguments)
    sys.path.insert(0, str(asked.webui / "repositories" / "generative-models"))
    write_text_encoder(asked.text_encoder.resolve(), asked.seed)
    config = sdxl_config(asked.text_encoder.resolve(), in_channels=9 if asked.inpaint else 4)
    write_checkpoint(config, asked.checkpoints, asked.name, seed=asked.seed, is_ssd=asked.ssd)


def sdxl_config(text_encoder: Path, in_channels: int) -> dict[str, Any]:
    """Write the model's configuration as sgm reads it."""
    sgm = "sgm.modules.diffusionmodules"
    sizes = ["original_size_as_tuple", "crop_coords_top_left", "target_size_as_tuple"]
    encoders = [
        {
            "target": "sgm.modules.encoders.modules.FrozenCLIPEmbedder",
            "input_key": "txt",
            "params": {"version": str(text_encoder), "layer": "hidden", "layer_idx": 1},
        },
        {
            "target": "sgm.modules.encoders.modules.FrozenOpenCLIPEmbedder2",
            "input_key": "txt",
            "params": {
                "arch": _OPEN_CLIP,
                "version": "",
                "freeze": True,
                "layer": "penultimate",
                "always_return_pooled": True,
                "legacy": False,
            },
        },
        *(
            {
                "target": "sgm.modules.encoders.modules.ConcatTimestepEmbedderND",
                "input_key": key,
                "params": {"outdim": _SIZE_WIDTH},
            }
            for key in sizes
        ),
    ]
    denoiser = {
        "num_idx": 1000,
        "weighting_config": {"target": f"{sgm}.denoiser_weighting.EpsWeighting"},
        "scaling_config": {"target": f"{sgm}.denoiser_scaling.EpsScaling"},
        "discretization_config": {"target": f"{sgm}.discretizer.LegacyDDPMDiscretization"},
    }
    unet = {
        "adm_in_channels": _OPEN_CLIP_WIDTH + 2 * len(sizes) * _SIZE_WIDTH,
        "num_classes": "sequential",
        "use_checkpoint": False,
        "in_channels": in_channels,
        "out_channels": 4,
        "model_channels": 32,
        "attention_resolutions": [4, 2],
        "num_res_blocks": 2,
        "channel_mult": [1, 2, 4],
        "num_head_channels": _HEAD_WIDTH,
        "use_spatial_transformer": True,
        "use_linear_in_transformer": True,
        "transformer_depth": [1, 2, 10],
        "context_dim": _CLIP_WIDTH + _OPEN_CLIP_WIDTH,
        "spatial_transformer_attn_type": "softmax",
        "legacy": False,
    }
    vae = {
        "attn_type": "vanilla",
        "double_z": True,
        "z_channels": 4,
        "resolution": 128,
        "in_channels": 3,
        "out_ch": 3,
        "ch": 32,
        "ch_mult": [1, 1, 1, 1],
        "num_res_blocks": 1,
        "attn_resolutions": [],
        "dropout": 0.0,
    }
    params = {
        "scale_factor": 0.13025,
        "disable_first_stage_autocast": True,
        "denoiser_config": {"target": f"{sgm}.denoiser.DiscreteDenoiser", "params": denoiser},
        "network_config": {"target": f"{sgm}.openaimodel.UNetModel", "params": unet},
        "conditioner_config": {"target": "sgm.modules.GeneralConditioner", "params": {"emb_models": encoders}},
        "first_stage_config": {
            "target": "sgm.models.autoencoder.AutoencoderKLInferenceWrapper",
            "params": {"embed_dim": 4, "ddconfig": vae, "lossconfig": {"target": "torch.nn.Identity"}},
        },
    }
    return {"model": {"target": "sgm.models.diffusion.DiffusionEngine", "params": params}}


def write_text_encoder(folder: Path, seed: int) -> None:
    """Write a small CLIP text encoder with CLIP's own vocabulary, which open_clip brings along."""
    import open_clip
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel

    folder.mkdir(parents=True, exist_ok=True)
    known = open_clip.tokenizer.SimpleTokenizer()
    ends = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocabulary = {ends.get(symbol, symbol): id_ for symbol, id_ in known.encoder.items()}
    merges = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in known.bpe_ranks)])
    start, end = ends.values()
    tokenizer = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "do_lower_case": True}
    names = {"bos_token": start, "eos_token": end, "unk_token": end, "pad_token": end}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text(merges + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({**tokenizer, **names}), encoding="utf-8")
    (folder / "special_tokens_map.json").write_text(json.dumps(names), encoding="utf-8")
    torch.manual_seed(seed)
    config = CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=_CLIP_WIDTH,
        intermediate_size=2 * _CLIP_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        bos_token_id=vocabulary[start],
        eos_token_id=vocabulary[end],
        pad_token_id=vocabulary[end],
    )
    CLIPTextModel(config).save_pretrained(folder, safe_serialization=True)


def write_checkpoint(config: dict[str, Any], folder: Path, name: str, *, seed: int, is_ssd: bool) -> Path:
    """Build the model and write its weights in half precision, and its configuration beside them."""
    import torch
    from omegaconf import OmegaConf
    from safetensors.torch import save_file
    from sgm.util import instantiate_from_config

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    model = instantiate_from_config(OmegaConf.create(config).model)
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if not parameter.any():
                parameter.normal_(std=0.02)  # layers that start at nothing would hide all that lies before them
            if parameter_name.endswith(("attn2.to_q.weight", "attn2.to_k.weight")):
                parameter.mul_(_SHARPNESS)
    dropped = tuple(f"model.diffusion_model.{prefix}" for prefix in _SSD_DROPS) if is_ssd else ()
    weights = {
        key: value.half().contiguous() if value.is_floating_point() else value.contiguous()
        for key, value in model.state_dict().items()
        if not (dropped and key.startswith(dropped))
    }
    OmegaConf.save(OmegaConf.create(config), folder / f"{name}.yaml")
    path = folder / f"{name}.safetensors"
    save_file(weights, path, metadata={"format": "pt"})
    return path


if __name__ == "__main__":
    main(sys.argv[1:])
