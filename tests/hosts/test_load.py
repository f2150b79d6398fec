from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from vxa.core.errors import ConfigError, HostError, UnsupportedModelError
from vxa.hosts.fingerprint import hash_files
from vxa.hosts.load import EMBEDDED_NAME, load_host
from vxa.tiny import weights_path


def test_the_embedded_model_is_the_default() -> None:
    host = load_host(device="cpu")
    info = host.info
    assert (info.name, info.family, info.downscale, info.latent_channels) == (EMBEDDED_NAME, "tiny", 8, 4)
    assert info.hash == hash_files([weights_path() / "unet" / "diffusion_pytorch_model.safetensors"])
    assert {p.dtype for p in host.unet.parameters()} == {torch.float32}
    assert not any(p.requires_grad for p in host.unet.parameters())


def test_it_loads_in_under_two_seconds() -> None:
    load_host(device="cpu")  # imports
    start = time.process_time()
    load_host(device="cpu")
    assert time.process_time() - start < 2


def test_a_folder_is_the_same_model_under_its_own_name(tmp_path: Path) -> None:
    folder = shutil.copytree(weights_path(), tmp_path / "my-model")
    host, embedded = load_host(folder, device="cpu"), load_host(device="cpu")
    assert host.info.name == "my-model" and host.info.hash == embedded.info.hash
    assert load_host(str(folder), device="cpu", dtype="float64").encode_prompts(["a"], host.info.sample)
    for name, tensor in host.unet.state_dict().items():
        assert torch.equal(tensor, embedded.unet.state_dict()[name])


@pytest.mark.parametrize("model", ["/no/such/folder", "no-such-thing", "models/x.safetensors", "./a/b", "a/b/c"])
def test_what_is_not_there_is_named(model: str) -> None:
    with pytest.raises(HostError, match="existing model folder or checkpoint"):
        load_host(model)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="without unet/"):
        load_host(tmp_path)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(UnsupportedModelError, match="checkpoint"):
        load_host(path)


def test_offline_a_hub_id_names_both_ways_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(HostError, match=r"'nobody/no-such-model'.*connection.*local folder"):
        load_host("nobody/no-such-model")


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "cpu:x", ""])
def test_devices_that_are_not_there_are_refused(device: str) -> None:
    with pytest.raises(ConfigError, match="a device that torch can use"):
        load_host(device=device)


def test_types_are_checked() -> None:
    with pytest.raises(ConfigError, match="Did you mean float16"):
        load_host(dtype="flot16")
    with pytest.raises(ConfigError, match="float32 on the CPU"):
        load_host(device="cpu", dtype="float16")


def test_nothing_heavy_is_imported_before_a_model_is_loaded() -> None:
    code = (
        "import sys, vxa.hosts.load, vxa.hosts.memory\n"
        "found = [name for name in ('diffusers', 'transformers', 'gradio', 'huggingface_hub') if name in sys.modules]\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_without_diffusers_the_package_is_named() -> None:
    code = (
        "import sys\n"
        "sys.modules['diffusers'] = None\n"
        "from vxa.core.errors import HostError\n"
        "from vxa.hosts.load import load_host\n"
        "from vxa.hosts.memory import RandomHost\n"
        "for build in (load_host, RandomHost):\n"
        "    try:\n"
        "        build()\n"
        "    except HostError as error:\n"
        "        assert 'pip install diffusers' in str(error), error\n"
        "    else:\n"
        "        raise SystemExit('loaded')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
