from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from vxa.core.errors import HostError, UnsupportedModelError
from vxa.hosts.fingerprint import hash_files
from vxa.hosts.load import load_host
from vxa.hosts.single_file import read_single_file
from vxa.tiny import weights_path
from vxa.tiny.export import export_webui

_UNET = "model.diffusion_model.input_blocks.0.0.weight"


def _save(path: Path, *names: str) -> Path:
    save_file({name: torch.zeros(1) for name in names}, path)
    return path


@pytest.mark.parametrize("name", ["model.ckpt", "model.pt", "model.BIN"])
def test_pickle_is_refused_unread(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"would run code")
    with pytest.raises(UnsupportedModelError, match="Pickle files can run any code"):
        read_single_file(path)


def test_allowed_pickle_gives_tensors_only(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"state_dict": Evil()}, tmp_path / "model.ckpt")
    with pytest.raises(UnsupportedModelError, match="tensors and nothing else"):
        read_single_file(tmp_path / "model.ckpt", allow_pickle=True)
    assert not (tmp_path / "ran").exists()


def test_other_files_are_no_checkpoints(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.touch()
    with pytest.raises(UnsupportedModelError, match="a model folder or a checkpoint"):
        read_single_file(path)


@pytest.mark.parametrize("content", [b"", b"no safetensors at all", b"\xff" * 64])
def test_broken_files_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(HostError, match=r"can be read at .*model.safetensors"):
        read_single_file(path)


def test_loras_are_told_from_models(tmp_path: Path) -> None:
    path = _save(tmp_path / "style.safetensors", "lora_unet_down_blocks_0.lora_up.weight")
    with pytest.raises(UnsupportedModelError, match=r"holds 1 tensors such as lora_unet.*LoRA"):
        read_single_file(path)


def test_refiners_are_told_from_models(tmp_path: Path) -> None:
    path = _save(tmp_path / "r.safetensors", _UNET, "conditioner.embedders.0.model.ln_final.weight")
    with pytest.raises(UnsupportedModelError, match="refiner"):
        read_single_file(path)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """The embedded model as the webui would have it."""
    return export_webui(weights_path(), tmp_path, name="tiny").weights


def test_a_checkpoint_is_the_model_it_was_made_from(checkpoint: Path) -> None:
    shutil.copytree(weights_path(), checkpoint.with_suffix(""), ignore=shutil.ignore_patterns("*.safetensors"))
    host, original = load_host(checkpoint, device="cpu"), load_host(device="cpu")
    assert (host.info.name, host.info.family, host.info.sample) == ("tiny", "tiny", original.info.sample)
    assert host.info.hash == hash_files([checkpoint]), "the webui's model hash"
    for name, tensor in original.unet.state_dict().items():
        assert torch.equal(host.unet.state_dict()[name], tensor)
    pixels = torch.rand(1, 3, 64, 96) * 2 - 1
    with host.running():
        assert torch.equal(host.encode_picture(pixels), original.encode_picture(pixels))
        contexts = [each.encode_prompts(["a red circle"], host.info.sample).context_btc for each in (host, original)]
    assert torch.equal(*contexts)
    torch.testing.assert_close(host.alphas_cumprod, original.alphas_cumprod)


def test_offline_what_a_checkpoint_lacks_is_named(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(checkpoint.parent / "cache"))
    with pytest.raises(HostError, match=r"configuration and tokenizer for tiny.safetensors.*Go online once"):
        read_single_file(checkpoint)
