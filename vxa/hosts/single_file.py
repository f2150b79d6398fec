"""Read a checkpoint in one file, as the webui uses them, through diffusers' own conversion.

Which model it is follows from the names of its tensors; they are read without loading any.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from vxa.core.errors import HostError, UnsupportedModelError
from vxa.hosts.diffusers_host import DiffusersParts
from vxa.hosts.folder import NO_PICKLE, read_pickle_names, translated_errors

CHECKPOINT_SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin")
"""Files that may be checkpoints; all but the first are pickle."""

_UNET = "model.diffusion_model.input_blocks.0.0.weight"
_SDXL_TEXT = "conditioner.embedders.1."
_REFINER_TEXT = "conditioner.embedders.0.model."
_USE_ANOTHER = "Choose an SD 1.x, SD 2.x or SDXL checkpoint."


def read_single_file(path: Path, *, allow_pickle: bool = False) -> DiffusersParts:
    """Load the parts of a checkpoint, on the CPU.

    A checkpoint holds weights alone. Configuration and tokenizer come from a folder of the same name beside it, if
    there is one (`model.safetensors` and `model/` in diffusers layout, weights not needed), else from the hub's cache
    or the hub.

    Args:
        path: An existing file.
        allow_pickle: Read .ckpt and its like, tensors alone.

    Raises:
        UnsupportedModelError: If it is pickle and that is not allowed, or another kind of model.
        HostError: If it is broken, or the configuration cannot be had.
    """
    if path.suffix.lower() not in CHECKPOINT_SUFFIXES:
        raise UnsupportedModelError(
            "a model folder or a checkpoint",
            got=str(path),
            remedy="Give a diffusers folder or a .safetensors file.",
        )
    if path.suffix.lower() != ".safetensors" and not allow_pickle:
        raise UnsupportedModelError("a .safetensors checkpoint", got=path.name, remedy=NO_PICKLE)
    with translated_errors(str(path)):
        is_sdxl = _is_sdxl(path, _tensor_names(path))
    config = path.with_suffix("")
    options = {"config": str(config), "local_files_only": True} if config.is_dir() else {}
    pipeline = _convert(path, is_sdxl, options)
    encoders = [pipeline.text_encoder, *([pipeline.text_encoder_2] if is_sdxl else [])]
    tokenizers = [pipeline.tokenizer, *([pipeline.tokenizer_2] if is_sdxl else [])]
    return DiffusersParts(pipeline.unet, pipeline.vae, tuple(encoders), tuple(tokenizers), pipeline.scheduler)


def _tensor_names(path: Path) -> Collection[str]:
    if path.suffix.lower() == ".safetensors":
        from safetensors import safe_open

        with safe_open(path, framework="pt") as file:
            return set(file.keys())
    return read_pickle_names(path)


def _is_sdxl(path: Path, names: Collection[str]) -> bool:
    """Tell SDXL from SD 1.x and 2.x.

    Raises:
        UnsupportedModelError: If it is none of them.
    """
    if _UNET not in names:
        first = ", ".join(sorted(names)[:2]) or "no tensors"
        raise UnsupportedModelError(
            f"a Stable Diffusion checkpoint (with {_UNET})",
            got=f"{path.name}, which holds {len(names)} tensors such as {first}",
            remedy=f"LoRA, VAE, ControlNet, SD3 and Flux files are none. {_USE_ANOTHER}",
        )
    is_sdxl = any(name.startswith(_SDXL_TEXT) for name in names)
    if not is_sdxl and any(name.startswith(_REFINER_TEXT) for name in names):
        raise UnsupportedModelError("a base model", got=f"{path.name}, an SDXL refiner", remedy=_USE_ANOTHER)
    return is_sdxl


def _convert(path: Path, is_sdxl: bool, options: dict[str, Any]) -> Any:
    with translated_errors(str(path)):
        from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline

        pipeline_class: Any = StableDiffusionXLPipeline if is_sdxl else StableDiffusionPipeline
        optional = ["feature_extractor", "image_encoder"] + ([] if is_sdxl else ["safety_checker"])
        try:
            return pipeline_class.from_single_file(str(path), **options, **dict.fromkeys(optional))
        except OSError as error:
            # everything but the weights comes from the hub, and offline from its cache
            raise HostError(
                f"configuration and tokenizer for {path.name}, which a checkpoint lacks",
                got=" ".join(str(error).split())[:200],
                remedy=(
                    f"Go online once, or put the configuration files of its model in the folder {path.with_suffix('')}."
                ),
            ) from error
