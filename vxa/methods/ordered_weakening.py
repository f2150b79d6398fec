"""Ordered weakening: weaken the heads of a concept one after another, and see when the concept is gone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vxa.core.head_vectors import HeadVectors

Order = Literal["most", "least", "random"]
ORDERS: tuple[Order, ...] = ("most", "least", "random")
"""Most relevant heads first, least relevant first, or any."""

WEAKENING = -2.0
"""Factor on the attention of weakened heads to the words, as published."""

_PUBLISHED = {128: (0, 1, *range(11, 122, 10), 128), 1300: (0, *range(11, 1212, 100), 1300)}
"""Numbers of weakened heads in the published curves, by the model's number of heads."""
_CURVE_POINTS = 11
MOST_COUNTS = max(_CURVE_POINTS, *map(len, _PUBLISHED.values()))
"""Most numbers of heads that `spread_counts` gives."""


def order_heads(vectors: HeadVectors, concept: str, order: Order, seed: int = 0) -> NDArray[np.intp]:
    """Put the heads of a model in the order in which they are weakened.

    Args:
        vectors: Of the model.
        concept: Whose shares of the heads' votes decide; see `HeadVectors.order`.
        order: "least" is the exact reverse of "most".
        seed: Of a random order.

    Returns:
        Indices of heads, shape (heads,).

    Raises:
        ConfigError: If there is no such concept.
    """
    if order == "random":
        return np.random.default_rng(seed).permutation(vectors.layers.total)
    return vectors.order(concept, descending=order == "most")


def weaken_heads(heads: Collection[int], num_heads: int, factor: float = WEAKENING) -> NDArray[np.float64]:
    """Weigh the heads of a model so that some are weakened.

    Args:
        heads: Indices of those that are, in any order: the first ones of `order_heads`.
        num_heads: Heads of the model.
        factor: Their weight; 1 changes nothing.

    Returns:
        One weight a head, shape (heads,).
    """
    weights_h = np.ones(num_heads)
    weights_h[list(heads)] = factor
    return weights_h


def spread_counts(num_heads: int) -> tuple[int, ...]:
    """Give numbers of heads that make a curve: the published ones for SD 1.x and SDXL, else evenly spread.

    Example:
        >>> spread_counts(40)
        (0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40)
    """
    spread = tuple(sorted({round(point * num_heads / (_CURVE_POINTS - 1)) for point in range(_CURVE_POINTS)}))
    return _PUBLISHED.get(num_heads, spread)
