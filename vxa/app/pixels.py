"""Between pictures and what models read and draw: pixels, latents, sizes."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.render.padding import Padding, pad_to_multiple

Picture = NDArray[np.uint8]


def drawn_size(height: int, width: int, host: Host) -> Grid:
    """Give the size of a picture to draw, 0 standing for the model's own.

    Raises:
        ConfigError: If it is no multiple of the latent cell.
    """
    size = Grid(height or host.info.sample.height, width or host.info.sample.width)
    near = size.padded(host.info.downscale)
    if size != near:
        raise ConfigError(
            f"height and width in multiples of {host.info.downscale}", got=str(size), remedy=f"Try {near}."
        )
    return size


def encode(host: Host, picture: Picture, *, unit_range: bool = False) -> tuple[Tensor, Padding]:
    """Encode a picture, padded by reflection to the model's multiple.

    Args:
        host: The model, inside its `running()`.
        picture: Shape (height, width, 3), uint8.
        unit_range: Give the encoder pixels in [0, 1] where it expects [-1, 1].

    Returns:
        Latents of shape (1, channels, y, x), and how the picture was padded.
    """
    padded, padding = pad_to_multiple(picture, host.info.size_multiple)
    unit_bcyx = torch.tensor(padded).float().permute(2, 0, 1)[None] / 255  # a copy: some pictures are read-only
    return host.encode_picture((unit_bcyx if unit_range else unit_bcyx * 2 - 1).to(host.device)), padding


def decode(host: Host, latents_bcyx: Tensor, padding: Padding | None = None) -> list[Picture]:
    """Decode latents one by one, and cut padding off."""
    pictures = []
    for latents_cyx in latents_bcyx:
        pixels_yxc = host.decode(latents_cyx[None])[0].permute(1, 2, 0).float().cpu().numpy()
        picture = ((pixels_yxc + 1) * 127.5).round().clip(0, 255).astype(np.uint8)
        pictures.append(cast(Picture, np.ascontiguousarray(padding.crop(picture))) if padding else picture)
    return pictures


def device_of(host: Host) -> str:
    """Say where a model runs and in which type of numbers, such as "cpu float32"."""
    dtype = str(next(host.unet.parameters()).dtype).removeprefix("torch.")
    return f"{host.device.type} {dtype}"
