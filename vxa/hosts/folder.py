"""Read a model saved in diffusers layout: one folder a part, each with a configuration and weights.

Loads the parts one by one, without a pipeline, which is quicker and asks nobody. diffusers and transformers are
imported when a model is read, not before.
"""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from vxa.core.errors import HostError, UnsupportedModelError
from vxa.hosts.diffusers_host import DiffusersParts

_TEXT_ENCODERS = ("text_encoder", "text_encoder_2")
_WEIGHTS = re.compile(
    r"(?:diffusion_pytorch_model|pytorch_model|model)"
    r"(?:\.(?P<variant>[A-Za-z]\w*))?(?:-\d{5}-of-\d{5})?\.(?P<format>safetensors|bin)"
)
_LAYOUT = "a model folder in diffusers layout (unet/, vae/, text_encoder/, tokenizer/, scheduler/)"
NO_PICKLE = (
    "Pickle files can run any code when read: convert the model to .safetensors, or allow pickle if you trust it."
)
"""What to do about a pickle file."""
_NO_UNET = "SD3, Flux and other transformers cannot be opened; choose an SD 1.x, SD 2.x or SDXL model."


@dataclass(frozen=True)
class Weights:
    """The weight files of one part."""

    paths: tuple[Path, ...]
    """One, or several shards in order."""
    variant: str | None
    """Such as "fp16", where the file names say so."""
    is_pickle: bool
    """Whether they are .bin files."""

    @property
    def options(self) -> dict[str, Any]:
        """What `from_pretrained` must be told to read these and no others."""
        return {"variant": self.variant, "use_safetensors": not self.is_pickle}


def find_weights(folder: Path, *, allow_pickle: bool = False) -> Weights:
    """Choose among the weight files of a part: safetensors before pickle, no variant before fp16 before others.

    Raises:
        UnsupportedModelError: If there are only pickle files and those are not allowed.
        HostError: If there are none at all.
    """
    found: dict[tuple[bool, str], list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if match := _WEIGHTS.fullmatch(path.name):
            found.setdefault((match["format"] == "bin", match["variant"] or ""), []).append(path)
    if not found:
        raise HostError(f"weights in {folder}", got="none", remedy="Is the download complete?")
    is_pickle, variant = min(found, key=lambda key: (key[0], key[1] != "", key[1] != "fp16", key[1]))
    if is_pickle and not allow_pickle:
        names = ", ".join(path.name for path in found[is_pickle, variant])
        raise UnsupportedModelError(f"weights in .safetensors in {folder}", got=names, remedy=NO_PICKLE)
    return Weights(tuple(found[is_pickle, variant]), variant or None, is_pickle)


def read_folder(folder: Path, *, allow_pickle: bool = False) -> DiffusersParts:
    """Load the parts of a model, on the CPU, in the type they were saved in.

    Args:
        folder: In diffusers layout.
        allow_pickle: Read .bin files where there is no safetensors.

    Raises:
        HostError: If a part is missing or broken, or diffusers is not installed.
        UnsupportedModelError: If it is another kind of model.
    """
    check_layout(folder)
    encoders = [name for name in _TEXT_ENCODERS if (folder / name).is_dir()]
    parts = {name: find_weights(folder / name, allow_pickle=allow_pickle) for name in ("unet", "vae", *encoders)}
    with translated_errors(str(folder)), _without_progress_bars():
        # DDIM reads the schedule out of any scheduler's configuration
        from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
        from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

        classes: dict[str, Any] = {
            "unet": UNet2DConditionModel,
            "vae": AutoencoderKL,
            "text_encoder": CLIPTextModel,
            "text_encoder_2": CLIPTextModelWithProjection,
        }
        loaded = {name: _read_part(classes[name], folder / name, weights) for name, weights in parts.items()}
        tokenizers = [folder / name.replace("text_encoder", "tokenizer") for name in encoders]
        return DiffusersParts(
            unet=loaded["unet"],
            vae=loaded["vae"],
            text_encoders=tuple(loaded[name] for name in encoders),
            tokenizers=tuple(CLIPTokenizer.from_pretrained(path) for path in tokenizers),
            scheduler=DDIMScheduler.from_pretrained(folder / "scheduler"),
        )


def check_layout(folder: Path) -> None:
    """Check, before anything heavy is imported, that a folder holds a model of the family.

    Raises:
        UnsupportedModelError: If it has no UNet, one without text, or text encoders other than CLIP.
        HostError: If another part is missing.
    """
    if not (folder / "unet").is_dir():
        inside = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        remedy = _NO_UNET if (folder / "transformer").is_dir() else "Give the folder that holds model_index.json."
        raise UnsupportedModelError(_LAYOUT, got=f"{folder} without unet/ (it holds {inside})", remedy=remedy)
    unet = _read_json(folder / "unet" / "config.json")
    kind = unet.get("_class_name", "UNet2DConditionModel")
    if kind != "UNet2DConditionModel" or unet.get("cross_attention_dim") is None:
        raise UnsupportedModelError(
            "a UNet with cross-attention to text", got=f"{kind} in {folder / 'unet'}", remedy=_NO_UNET
        )
    encoders = [name for name in _TEXT_ENCODERS if (folder / name).is_dir()]
    tokenizers = [name.replace("text_encoder", "tokenizer") for name in encoders]
    missing = [name for name in ("vae", *tokenizers, "scheduler") if not (folder / name).is_dir()]
    if missing or not encoders:
        names = ", ".join([*([] if encoders else ["text_encoder"]), *missing])
        raise HostError(_LAYOUT, got=f"{folder} without {names}", remedy="Is the download complete?")
    for name in encoders:
        kinds = _read_json(folder / name / "config.json").get("architectures") or ["CLIPTextModel"]
        if not str(kinds[0]).startswith("CLIPTextModel"):
            raise UnsupportedModelError("CLIP text encoders", got=f"{kinds[0]} in {folder / name}", remedy=_NO_UNET)


def _read_part(part_class: Any, folder: Path, weights: Weights) -> Any:
    if weights.is_pickle:
        for path in weights.paths:
            read_pickle_names(path)
    part, report = part_class.from_pretrained(folder, output_loading_info=True, **weights.options)
    missing = [name for name in report["missing_keys"] if not name.endswith("position_ids")]
    if missing:
        raise HostError(
            f"all weights of {folder.name}",
            got=f"{folder} without {len(missing)} of them, {sorted(missing)[0]} among them",
            remedy="Do its config.json and its weights belong together?",
        )
    return part


def read_pickle_names(path: Path) -> set[str]:
    """List the tensors of a pickle file, after proof that it holds nothing but tensors; none is loaded.

    Older releases of the libraries would read the rest of it too.

    Raises:
        UnsupportedModelError: If there is anything else in it.
    """
    try:
        content = torch.load(path, map_location="meta", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UnsupportedModelError("tensors and nothing else", got=f"more in {path}", remedy=NO_PICKLE) from error
    state = content.get("state_dict", content) if isinstance(content, dict) else {}
    return {str(name) for name in state}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HostError(f"a configuration at {path}", got=error, remedy="Is the download complete?") from error
    if not isinstance(content, dict):
        raise HostError(f"a configuration at {path}", got=f"a JSON {type(content).__name__}")
    return content


@contextmanager
def translated_errors(what: str) -> Iterator[None]:
    """Turn whatever the libraries raise while reading a model into a `HostError`.

    Args:
        what: The model, as named by the user.
    """
    try:
        from safetensors import SafetensorError
    except ImportError as error:
        raise _missing_package(error) from error
    try:
        yield
    except HostError:
        raise
    except ImportError as error:
        raise _missing_package(error) from error
    except (OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise HostError(
            f"a model that can be read at {what}", got=reason, remedy="Is the download complete and the file intact?"
        ) from error


def _missing_package(error: ImportError) -> HostError:
    package = (error.name or "diffusers").split(".")[0]
    return HostError(
        "the packages diffusers, transformers and safetensors to read models",
        got=f"no {package} ({error})",
        remedy=f"Run: pip install {package}",
    )


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    """Keep transformers from drawing a bar for weights that are read in a moment."""
    from transformers.utils import logging

    was_enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_enabled:
            logging.enable_progress_bar()
