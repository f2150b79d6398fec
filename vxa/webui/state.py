"""What besides the job decides the maps: the checkpoint that is loaded and the webui's settings."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from modules import devices, sd_hijack, sd_vae, shared

# Those that a whole generation reads, less what concerns sampling: that is ours.
_OPTIONS = (
    "CLIP_stop_at_last_layers",
    "sdxl_clip_l_skip",
    "emphasis",
    "use_old_emphasis_implementation",
    "comma_padding_backtrack",
    "sdxl_crop_top",
    "sdxl_crop_left",
    "upcast_attn",
    "tiling",
    "sd_noise_schedule",
    "sd_hypernetwork",
    "sd_lora",
    "extra_networks_default_multiplier",
)


def checkpoint_hash(model: Any) -> str:
    """Return the webui's short hash of a checkpoint, or with --no-hashing its older, quicker one."""
    info = model.sd_checkpoint_info
    return info.shorthash or info.hash


def state_of(model: Any) -> Hashable:
    """Describe a model and the settings it would be run with. Cheap, and needs no turn."""
    options = tuple(getattr(shared.opts, name, None) for name in _OPTIONS)
    precision = (devices.dtype_unet, devices.dtype_vae, devices.fp8, devices.unet_needs_upcast)
    embeddings = sd_hijack.model_hijack.embedding_db.word_embeddings
    known = frozenset((name, getattr(each, "shorthash", None)) for name, each in list(embeddings.items()))
    checkpoint = (id(model), model.sd_checkpoint_info.filename, checkpoint_hash(model), sd_vae.loaded_vae_file)
    return (*checkpoint, options, precision, known)
