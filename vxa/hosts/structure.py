"""What kind of model some diffusers parts make: read from their configurations, checked once.

Knows shapes and configuration keys; loads and runs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vxa.core.errors import UnsupportedModelError
from vxa.engine.host import PredictionType

_FAMILIES = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
_USE_ANOTHER = "Choose an SD 1.x, SD 2.x or SDXL text-to-image model."


def family_of(unet: Any) -> str:
    """Name the family of a UNet."""
    return family_of_width(context_width_of(unet))


def family_of_width(width: int) -> str:
    """Name the family by the width of the context: "sd1", "sd2", "sdxl"; narrower is "tiny", anything else "other"."""
    return _FAMILIES.get(width, "tiny" if width < min(_FAMILIES) else "other")


def context_width_of(unet: Any) -> int:
    """Read the channels of the context.

    Raises:
        UnsupportedModelError: If it is not one number for the whole UNet.
    """
    width = getattr(unet.config, "cross_attention_dim", None)
    widths = set(width) if isinstance(width, (list, tuple)) else {width}
    if len(widths) != 1 or not isinstance(found := widths.pop(), int):
        raise UnsupportedModelError("a UNet with one width of text context", got=width, remedy=_USE_ANOTHER)
    return found


def levels_of(unet: Any) -> int:
    """Count the resolutions of a UNet; each but the last halves."""
    return len(unet.config.block_out_channels)


def downscale_of(vae: Any) -> int:
    """Compute the pixels a latent cell: a VAE halves at every level but its last."""
    return 2 ** (len(vae.config.block_out_channels) - 1)


def prediction_type_of(scheduler: Any) -> PredictionType:
    """Read what the UNet predicts.

    Raises:
        UnsupportedModelError: If it is neither noise nor v.
    """
    found = scheduler.config.get("prediction_type", "epsilon")
    if found not in ("epsilon", "v_prediction"):
        raise UnsupportedModelError("a model that predicts noise (epsilon) or v", got=repr(found), remedy=_USE_ANOTHER)
    return found


def check_parts(unet: Any, vae: Any, text_encoders: Sequence[Any], tokenizers: Sequence[Any]) -> None:
    """Check that parts fit together as a text-to-image model that the host knows how to drive.

    Raises:
        UnsupportedModelError: If they do not; the message says which.
    """
    _check_vae(vae)
    channels, latent_channels = int(unet.config.in_channels), int(vae.config.latent_channels)
    if channels != latent_channels:
        raise UnsupportedModelError(
            f"a UNet that reads {latent_channels} latent channels",
            got=f"{channels} (an inpainting, depth or edit model?)",
            remedy=_USE_ANOTHER,
        )
    needs = 2 if getattr(unet.config, "addition_embed_type", None) == "text_time" else 1
    if not len(text_encoders) == len(tokenizers) == needs:
        raise UnsupportedModelError(
            f"{needs} text encoders with a tokenizer each",
            got=f"{len(text_encoders)} and {len(tokenizers)} (an SDXL refiner?)",
            remedy=_USE_ANOTHER,
        )
    widths = [int(encoder.config.hidden_size) for encoder in text_encoders]
    if sum(widths) != context_width_of(unet):
        raise UnsupportedModelError(
            f"text encoders of {context_width_of(unet)} channels in all", got=widths, remedy=_USE_ANOTHER
        )


def _check_vae(vae: Any) -> None:
    for key in ("shift_factor", "latents_mean", "latents_std"):
        if (found := getattr(vae.config, key, None)) is not None:
            raise UnsupportedModelError(
                "latents that are scaled by one factor", got=f"a VAE with {key} = {found}", remedy=_USE_ANOTHER
            )
