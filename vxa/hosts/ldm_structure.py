"""What kind of model an ldm or sgm object is: read from its modules and attributes, never from class names.

Knows shapes and attribute names; runs nothing.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from vxa.core.errors import UnsupportedModelError
from vxa.core.grid import Grid
from vxa.engine.host import PredictionType
from vxa.engine.sites import SiteTable
from vxa.hosts.structure import family_of_width

Concat = Literal["none", "inpaint", "edit"]

_USE_ANOTHER = "Choose an SD 1.x, SD 2.x or SDXL checkpoint."
_PREDICTIONS: dict[str, PredictionType] = {"eps": "epsilon", "v": "v_prediction"}
_CONCATS: dict[int, Concat] = {0: "none", 5: "inpaint", 4: "edit"}
_LAST_SIGNAL = 4.9e-8
"""ᾱ of the last timestep in place of an exact 0, by which samplers divide; the webui's is the same."""


def unet_of(model: Any) -> nn.Module:
    """Find the UNet.

    Raises:
        UnsupportedModelError: If there is none where ldm and sgm keep it.
    """
    unet = getattr(getattr(model, "model", None), "diffusion_model", None)
    if not isinstance(unet, nn.Module):
        raise UnsupportedModelError("an ldm or sgm model", got=type(model).__name__, remedy=_USE_ANOTHER)
    return unet


def is_sgm(model: Any) -> bool:
    """Whether the model takes its text by sgm's names: SDXL and its like."""
    return hasattr(model, "conditioner")


def family_of(sites: SiteTable) -> str:
    """Name the family by the width of the context that cross-attention reads."""
    return family_of_width(int(sites.cross[0].module.to_k.in_features))


def prediction_type_of(model: Any) -> PredictionType:
    """Read what the UNet predicts.

    Raises:
        UnsupportedModelError: If it is neither noise nor v.
    """
    found = getattr(model, "parameterization", None)
    if found not in _PREDICTIONS:
        raise UnsupportedModelError("a model that predicts noise (eps) or v", got=repr(found), remedy=_USE_ANOTHER)
    return _PREDICTIONS[found]


def latent_channels_of(model: Any) -> int:
    """Read the channels of a latent."""
    return int(model.first_stage_model.post_quant_conv.in_channels)


def concat_of(model: Any) -> Concat:
    """Tell what the UNet reads beside the latent: nothing, a mask with the masked picture, or a picture to edit.

    Raises:
        UnsupportedModelError: If it is something else.
    """
    extra = int(unet_of(model).in_channels) - latent_channels_of(model)  # type: ignore[arg-type]
    if extra not in _CONCATS:
        raise UnsupportedModelError(
            "a UNet that reads the latent alone, or with a mask or a picture",
            got=f"{extra} further channels (a depth or upscaling model?)",
            remedy=_USE_ANOTHER,
        )
    return _CONCATS[extra]


def downscale_of(model: Any) -> int:
    """Compute the pixels a latent cell: the VAE halves at every level but its last."""
    return 2 ** (len(model.first_stage_model.encoder.down) - 1)


def levels_of(model: Any) -> int:
    """Count the resolutions of the UNet; each but the last halves."""
    return len(unet_of(model).channel_mult)  # type: ignore[arg-type]


def sample_of(model: Any, family: str) -> Grid:
    """Tell the picture size the model was trained at, pixels.

    The configurations of the published SD 2.x and SDXL do not say it (they name 64 cells, or none).
    """
    side = int(getattr(model, "image_size", 0)) * downscale_of(model)
    if family == "sdxl":
        side = 1024
    elif family == "sd2" and prediction_type_of(model) == "v_prediction":
        side = 768
    side = side or int(getattr(model.first_stage_model.encoder, "resolution", 0)) or 512
    return Grid(side, side)


def signal_left(model: Any, *, zero_terminal_snr: bool = False) -> Tensor:
    """Read ᾱ at each training timestep, as the model was trained.

    Args:
        model: An ldm or sgm model. The webui puts a rescaled or half-precision copy in place of `alphas_cumprod` for
            some samplers and keeps the original beside it.
        zero_terminal_snr: Rescale as Lin et al. 2024 (algorithm 1) did for training.

    Returns:
        Shape (timesteps,), float64, on the CPU, falling.

    Raises:
        UnsupportedModelError: If the model has no such schedule (flow matching).
    """
    found = getattr(model, "alphas_cumprod_original", getattr(model, "alphas_cumprod", None))
    if not isinstance(found, Tensor) or found.ndim != 1:
        raise UnsupportedModelError("a diffusion model with alphas_cumprod", got="none", remedy=_USE_ANOTHER)
    alphas = found.detach().to("cpu", torch.float64)
    if not zero_terminal_snr:
        return alphas
    roots = alphas.sqrt()
    roots = (roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])
    alphas = roots.square()
    alphas[-1] = _LAST_SIGNAL
    return alphas


def scheduler_config(alphas_cumprod: Tensor, prediction_type: PredictionType) -> dict[str, Any]:
    """Write a noise schedule as a diffusers scheduler configuration."""
    before = torch.cat([torch.ones(1, dtype=alphas_cumprod.dtype), alphas_cumprod[:-1]])
    return {
        "num_train_timesteps": len(alphas_cumprod),
        "trained_betas": (1 - alphas_cumprod / before).tolist(),
        "prediction_type": prediction_type,
        "timestep_spacing": "leading",
        "steps_offset": 1,
        "set_alpha_to_one": False,
    }
