"""Turn a map into a yes or no per pixel; pure numpy."""

from __future__ import annotations

import numpy as np

from vxa.core.errors import ShapeError


def scale_min_max(map_yx: np.ndarray, epsilon: float = 1e-6) -> np.ndarray:
    """Stretch a map to [0, 1]; a constant map becomes all zero instead of noise.

    Args:
        map_yx: Shape (y, x), finite.
        epsilon: Ranges below this part of the largest magnitude are rounding errors: the map counts as constant.

    Returns:
        Shape (y, x), float32, in [0, 1].
    """
    low, high = float(map_yx.min()), float(map_yx.max())
    if high - low <= epsilon * max(abs(low), abs(high)):
        return np.zeros(map_yx.shape, np.float32)
    return ((map_yx - low) / (high - low)).astype(np.float32)


def otsu_threshold(map_yx: np.ndarray, bins: int = 256, low: float = 0.0, high: float = 1.0) -> float:
    """Find the threshold that best separates a map into two classes.

    Args:
        map_yx: Shape (y, x), in [0, 1].
        bins: Histogram bins over [0, 1].
        low: Smallest threshold to return; Otsu fails for objects that fill nearly everything.
        high: Largest threshold to return; Otsu fails for objects that fill nearly nothing.

    Returns:
        A threshold in [low, high]; pixels above it belong to the word.

    Raises:
        ShapeError: If the map is empty or leaves [0, 1].

    Source: Otsu 1979, equation 14 (maximum of the between-class variance). Ties take the middle of the tied bins.
    """
    if map_yx.size == 0 or not (map_yx.min() >= 0 and map_yx.max() <= 1):  # NaN fails too
        raise ShapeError("a non-empty map in [0, 1]", got=f"shape {map_yx.shape}", remedy="Scale it first.")
    counts, edges = np.histogram(map_yx, bins=bins, range=(0.0, 1.0))
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums / below - (sums[-1] - sums) / above
        variance = np.where((below > 0) & (above > 0), below * above * gap**2, -1.0)
    best = np.flatnonzero(variance >= variance.max() * (1 - 1e-12)) if variance.max() > 0 else np.array([bins // 2])
    return float(np.clip(edges[1:][best].mean(), low, high))
