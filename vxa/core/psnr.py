"""How alike two pictures are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def psnr(picture: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Measure the peak signal-to-noise ratio of two pictures of one shape, in dB; infinite for equal ones.

    Example:
        >>> round(psnr(np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)))
        0
    """
    error = float(((picture.astype(np.float64) - other.astype(np.float64)) ** 2).mean())
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))
