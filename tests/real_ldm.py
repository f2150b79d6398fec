"""Real ldm code, from the package `stable-diffusion-sdkit`, and the exported embedded model in it."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from vxa.hosts.schedulers import signal_left


@contextmanager
def real_ldm() -> Iterator[types.ModuleType]:
    """Give `ldm.util`, with ldm imported without what only its training and other encoders need; skip without it."""
    pytest.importorskip("ldm.modules.diffusionmodules.openaimodel", reason="stable-diffusion-sdkit is not installed")
    pytest.importorskip("omegaconf", reason="omegaconf is not installed")
    with pytest.MonkeyPatch.context() as patch:
        lightning = types.ModuleType("pytorch_lightning")
        lightning.LightningModule = nn.Module  # pyright: ignore[reportAttributeAccessIssue]
        distributed = types.ModuleType("pytorch_lightning.utilities.distributed")
        distributed.rank_zero_only = lambda function: function  # pyright: ignore[reportAttributeAccessIssue]
        grids = types.ModuleType("torchvision.utils")
        grids.make_grid = None  # pyright: ignore[reportAttributeAccessIssue]
        patch.setitem(sys.modules, "pytorch_lightning", lightning)
        patch.setitem(sys.modules, "pytorch_lightning.utilities", types.ModuleType("pytorch_lightning.utilities"))
        patch.setitem(sys.modules, "pytorch_lightning.utilities.distributed", distributed)
        patch.setitem(sys.modules, "torchvision", types.ModuleType("torchvision"))
        patch.setitem(sys.modules, "torchvision.utils", grids)
        patch.setitem(sys.modules, "open_clip", types.ModuleType("open_clip"))
        for name in ("models.autoencoder", "models.diffusion.ddpm", "modules.encoders.modules"):
            importlib.import_module(f"ldm.{name}")
        # Its other branch asks for CUDA's autocast, which warns without CUDA; for float32 both compute the same.
        patch.setattr("ldm.modules.attention._ATTN_PRECISION", "inputs")
        yield importlib.import_module("ldm.util")


def load_exported(ldm_util: types.ModuleType, config: Path, weights: Path) -> Any:
    """Make the LatentDiffusion of ldm from an exported configuration and load it strictly from the exported file."""
    from omegaconf import OmegaConf

    model = ldm_util.instantiate_from_config(OmegaConf.load(config).model)
    model.load_state_dict(as_installed(safetensors.torch.load_file(weights), model), strict=True)
    model.cond_stage_model.device = "cpu"
    return model.eval()


def in_float64(model: Any) -> Any:
    """Copy the exported model to float64, where ldm itself casts to float32: norms, timestep, output and schedule."""
    from vxa.tiny.model import build_scheduler

    wide = deepcopy(model).double()
    wide.alphas_cumprod = signal_left(build_scheduler())
    for module in wide.modules():
        if isinstance(module, nn.GroupNorm):
            module.forward = nn.GroupNorm.forward.__get__(module)
    unet = wide.model.diffusion_model
    for module in (unet, unet.time_embed):
        module.register_forward_pre_hook(lambda _module, inputs: (inputs[0].double(), *inputs[1:]))
    unet.dtype = torch.float64
    return wide


def as_installed(state: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """Give the text encoder's tensors the names of the installed transformers: since 5 they have no `text_model.`."""
    prefix = "cond_stage_model.transformer."
    if not any(name.startswith(f"{prefix}text_model.") for name in model.state_dict()):
        state = {name.replace(f"{prefix}text_model.", prefix): tensor for name, tensor in state.items()}
    positions = [name for name in state if name.endswith("position_ids") and name not in model.state_dict()]
    return {name: tensor for name, tensor in state.items() if name not in positions}
