"""Pictures of a batch as numbers for the autoencoder, and back. Arrays and tensors; knows no model."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def pixels_from_pictures(pictures: NDArray[np.uint8]) -> Tensor:
    """Turn uint8 pictures (b, y, x, 3) into float32 pixels (b, 3, y, x) in [-1, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous()


def pictures_from_pixels(pixels_bcyx: Tensor) -> NDArray[np.uint8]:
    """Turn pixels (b, 3, y, x) in [-1, 1] into uint8 pictures (b, y, x, 3)."""
    scaled = pixels_bcyx.detach().float().add(1).mul(127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()
