from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from vxa.core.errors import HostError, UnsupportedModelError
from vxa.hosts.folder import check_layout, find_weights, read_folder
from vxa.tiny import weights_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the embedded model that a test may damage."""
    return Path(shutil.copytree(weights_path(), tmp_path / "model"))


def _edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_reading_leaves_the_libraries_as_they_were(folder: Path) -> None:
    from transformers.utils import logging

    dtype, shown = torch.get_default_dtype(), logging.is_progress_bar_enabled()
    parts = read_folder(folder)
    assert not parts.unet.training and len(parts.text_encoders) == 1
    (folder / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"broken")
    with pytest.raises(HostError, match="can be read"):
        read_folder(folder)
    assert (torch.get_default_dtype(), logging.is_progress_bar_enabled()) == (dtype, shown)


def test_safetensors_come_before_pickle_and_whole_before_half(tmp_path: Path) -> None:
    names = ["diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.bin", "config.json", "notes.bin"]
    for name in names:
        (tmp_path / name).touch()
    weights = find_weights(tmp_path)
    assert (weights.variant, weights.is_pickle, len(weights.paths)) == ("fp16", False, 1)
    for shard in (1, 2):
        (tmp_path / f"diffusion_pytorch_model-0000{shard}-of-00002.safetensors").touch()
    weights = find_weights(tmp_path)
    assert weights.variant is None and len(weights.paths) == 2
    assert weights.options == {"variant": None, "use_safetensors": True}


def test_half_variants_are_read(folder: Path) -> None:
    for part in ("unet", "vae", "text_encoder"):
        (path,) = (folder / part).glob("*.safetensors")
        path.rename(path.with_name(path.name.replace(".safetensors", ".fp16.safetensors")))
    assert torch.equal(read_folder(folder).unet.conv_in.weight, read_folder(weights_path()).unet.conv_in.weight)


def test_pickle_is_read_only_when_allowed(folder: Path) -> None:
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save(load_file(path), path.with_suffix(".bin"))
    path.unlink()
    with pytest.raises(UnsupportedModelError, match=r"safetensors.*got diffusion_pytorch_model.bin.*convert"):
        read_folder(folder)
    read_folder(folder, allow_pickle=True)


def test_missing_weights_are_never_made_up(folder: Path) -> None:
    path = folder / "text_encoder" / "model.safetensors"
    tensors = load_file(path)
    tensors.pop(next(name for name in tensors if "layers.1" in name))
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(HostError):
        read_folder(folder)


def test_no_weights_at_all(folder: Path) -> None:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(HostError, match="weights in"):
        read_folder(folder)


def test_a_folder_that_is_no_model_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "photo.png").touch()
    with pytest.raises(UnsupportedModelError, match=r"without unet/ \(it holds photo.png\)"):
        check_layout(tmp_path)


def test_transformer_models_are_named(tmp_path: Path) -> None:
    (tmp_path / "transformer").mkdir()
    with pytest.raises(UnsupportedModelError, match="SD3, Flux"):
        check_layout(tmp_path)


@pytest.mark.parametrize("part", ["vae", "tokenizer", "scheduler", "text_encoder"])
def test_missing_parts_are_named(folder: Path, part: str) -> None:
    shutil.rmtree(folder / part)
    with pytest.raises(HostError, match=f"without {part}"):
        check_layout(folder)


def test_a_unet_without_text_is_refused(folder: Path) -> None:
    _edit(folder / "unet" / "config.json", _class_name="UNet2DModel")
    with pytest.raises(UnsupportedModelError, match="got UNet2DModel"):
        check_layout(folder)


def test_other_text_encoders_are_refused(folder: Path) -> None:
    _edit(folder / "text_encoder" / "config.json", architectures=["T5EncoderModel"])
    with pytest.raises(UnsupportedModelError, match="got T5EncoderModel"):
        check_layout(folder)


@pytest.mark.parametrize("content", ["{", "[]", ""])
def test_broken_configurations_are_named(folder: Path, content: str) -> None:
    (folder / "unet" / "config.json").write_text(content)
    with pytest.raises(HostError, match=r"a configuration at .*config.json"):
        check_layout(folder)
