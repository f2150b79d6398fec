"""The front door: a model, however the user names it, becomes a host.

diffusers and transformers are imported when a model is loaded, not before.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch

from vxa.core.errors import ConfigError, HostError, did_you_mean
from vxa.engine.host import Host
from vxa.hosts.diffusers_host import DiffusersHost, DiffusersParts
from vxa.hosts.fingerprint import hash_files
from vxa.hosts.folder import find_weights, read_folder
from vxa.hosts.single_file import CHECKPOINT_SUFFIXES, read_single_file

EMBEDDED_NAME = "vxa-tiny"
"""Name of the model that ships with the package."""

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_DTYPES = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float64": torch.float64,
}


def load_host(
    model: str | Path | None = None,
    *,
    device: str = "auto",
    dtype: str = "auto",
    allow_pickle: bool = False,
) -> Host:
    """Load a model.

    Args:
        model: None for the embedded model; a folder in diffusers layout; a checkpoint in one .safetensors file; or a
            hub id such as "stabilityai/stable-diffusion-2-1-base" (cached after the first time).
        device: "auto" (CUDA if there is one, else Apple's, else the CPU), "cpu", "cuda", "cuda:1", "mps".
        dtype: "auto", "float32", "float16", "bfloat16" or "float64". Auto is float16 on CUDA and float32 elsewhere,
            and always float32 for the embedded model.
        allow_pickle: Read .ckpt and .bin files too. Only tensors are read from them, still: trust their source.

    Returns:
        The model on its device.

    Raises:
        ConfigError: If device or dtype is unknown or not there.
        HostError: If the model is not found, is broken, or a package to read it is missing.
        UnsupportedModelError: If it is a kind of model that cannot be opened.

    Example:
        host = load_host()
    """
    target = parse_device(device)
    precision = _parse_dtype(dtype, target, is_embedded=model is None)
    name, parts, model_hash = _read(model, allow_pickle)
    return DiffusersHost(parts, name=name, model_hash=model_hash, device=target, dtype=precision)


def _read(model: str | Path | None, allow_pickle: bool) -> tuple[str, DiffusersParts, str]:
    """Find a model and load its parts: name, parts, short hash."""
    if model is None:
        from vxa.tiny import weights_path

        return (EMBEDDED_NAME, *_read_folder(weights_path(), allow_pickle))
    path = Path(model).expanduser()
    if path.is_dir():
        return (path.resolve().name, *_read_folder(path, allow_pickle))
    if path.is_file():
        return path.stem, read_single_file(path, allow_pickle=allow_pickle), hash_files([path])
    if _may_be_hub_id(model):
        return (str(model), *_read_folder(_download(str(model), allow_pickle), allow_pickle))
    raise HostError("an existing model folder or checkpoint", got=repr(str(model)), remedy="Check the path.")


def _read_folder(folder: Path, allow_pickle: bool) -> tuple[DiffusersParts, str]:
    parts = read_folder(folder, allow_pickle=allow_pickle)
    return parts, hash_files(find_weights(folder / "unet", allow_pickle=allow_pickle).paths)


def _may_be_hub_id(model: str | Path) -> bool:
    text = str(model)
    return (
        isinstance(model, str)
        and _HUB_ID.fullmatch(text) is not None
        and not text.lower().endswith(CHECKPOINT_SUFFIXES)
    )


def _download(model_id: str, allow_pickle: bool) -> Path:
    """Bring a model from the hub, or from its cache when offline; only the parts and formats that are read.

    Raises:
        HostError: If there is no such model, or it can be reached neither way.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise HostError(
            "the package huggingface_hub for models from the hub", got=error, remedy="Run: pip install huggingface_hub"
        ) from error
    try:
        folder = Path(snapshot_download(model_id, allow_patterns=_patterns("")))
        if not any((folder / "unet").glob("*.safetensors")):
            formats = ("safetensors", "bin") if allow_pickle else ("safetensors",)
            wanted = [pattern for kind in formats for pattern in _patterns(".fp16", kind)]
            folder = Path(snapshot_download(model_id, allow_patterns=[*wanted, *_patterns("", formats[-1])]))
    except (OSError, ValueError) as error:
        raise HostError(
            "a model folder, a checkpoint, or the id of a model on the hub that can be reached",
            got=f"{model_id!r} ({' '.join(str(error).split())[:200]})",
            remedy="Check the spelling and the connection, or give a local folder or .safetensors file.",
        ) from error
    return folder


def _patterns(variant: str, kind: str = "safetensors") -> list[str]:
    parts = ("unet", "vae", "text_encoder", "text_encoder_2")
    files = [f"{part}/*model{variant}{tail}" for part in parts for tail in (f".{kind}", f"-*.{kind}")]
    return ["model_index.json", "*/*.json", "*/*.txt", *files]


def parse_device(device: str) -> torch.device:
    """Return a device by name, as `load_host` takes it.

    Raises:
        ConfigError: If it is unknown or not there.
    """
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        parsed = torch.device(device)
        torch.empty(1, device=parsed)
    except (RuntimeError, AssertionError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            "a device that torch can use", got=f"{device!r} ({reason})", remedy="Use auto, cpu, cuda, cuda:0 or mps."
        ) from error
    return parsed


def _parse_dtype(dtype: str, device: torch.device, *, is_embedded: bool) -> torch.dtype:
    if dtype == "auto":
        return torch.float16 if device.type == "cuda" and not is_embedded else torch.float32
    if dtype not in _DTYPES:
        raise ConfigError("a type of numbers", got=repr(dtype), remedy=did_you_mean(dtype, ["auto", *_DTYPES]))
    if device.type == "cpu" and dtype == "float16":
        raise ConfigError("float32 on the CPU", got="float16", remedy="Leave the type on auto, or use a GPU.")
    return _DTYPES[dtype]
