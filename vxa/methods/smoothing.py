"""Smoothing of maps by a small kernel, in the two forms that published code has."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional

Kernel = Literal["authors", "gaussian"]
KERNELS: tuple[Kernel, ...] = get_args(Kernel)
"""The one of the authors of Attend-and-Excite, exp(-(x / 2σ)²), whose effective sigma is σ·√2; and a Gaussian."""


def smooth(maps_ntyx: Tensor, sigma: float, size: int = 3, kernel: Kernel = "authors") -> Tensor:
    """Blur maps, reflecting at the border.

    Args:
        maps_ntyx: Shape (…, y, x), floating point. Not modified.
        sigma: Nominal sigma, cells; 0 returns the input.
        size: Cells of the kernel each way, odd. Maps too thin to be reflected so far are returned unchanged.
        kernel: Its form.

    Returns:
        The same shape; a constant stays what it is.
    """
    reach = size // 2
    if sigma == 0 or min(maps_ntyx.shape[-2:]) <= reach:
        return maps_ntyx
    offsets = torch.arange(-reach, reach + 1, dtype=maps_ntyx.dtype, device=maps_ntyx.device)
    line = torch.exp(-((offsets / (2 * sigma)) ** 2) if kernel == "authors" else -(offsets**2) / (2 * sigma**2))
    weights = torch.outer(line, line)
    padded = functional.pad(maps_ntyx.flatten(0, -3)[:, None], (reach,) * 4, mode="reflect")
    blurred = functional.conv2d(padded, (weights / weights.sum())[None, None])
    return blurred.view(maps_ntyx.shape)
