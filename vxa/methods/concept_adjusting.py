"""Concept adjusting: make a word that can be read two ways be read as meant, by the heads of both concepts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vxa.core.head_vectors import HeadVectors
from vxa.methods.few_heads import FEW

DESIRED, UNDESIRED = 2.0, 1.0
"""Coefficients of the two concepts; their difference is 1, so that heads relevant to neither more nor less than to
others (both entries 1) are left as they are."""

_MANY = 1000
_CLAMP_OF_MANY, _CLAMP_OF_FEW = 9.0, 1.0
_STRENGTH_OF_FEW = 0.7


def adjusting_weights(
    vectors: HeadVectors, desired: str, undesired: str, clamp: float | None = None, strength: float = 1.0
) -> NDArray[np.float64]:
    """Weigh the heads for one concept and against another: 2 · desired − undesired.

    Heads for which this is negative repel the word: intended.

    Args:
        vectors: Of the model.
        desired: Concept that the word shall be read as.
        undesired: Concept that it shall not be read as.
        clamp: Entries of both vectors are cut off at this; None for none.
        strength: How far weights go from 1, which is no change (0), to that (1).

    Returns:
        One weight a head, shape (heads,).

    Raises:
        ConfigError: If there is no such concept.

    Source: Park et al. 2024 (arXiv 2412.02237), "concept adjusting".
    """
    most = np.inf if clamp is None else clamp
    desired_h, undesired_h = (np.minimum(vectors.of(name), most, dtype=np.float64) for name in (desired, undesired))
    return 1 + strength * (DESIRED * desired_h - UNDESIRED * undesired_h - 1)


def suggest_clamp(num_heads: int) -> float | None:
    """Suggest where to cut entries off.

    Args:
        num_heads: Heads of the model.

    Returns:
        9 for as many heads as SDXL has, whose vectors reach 66, as the authors advise; 1 for few heads, so that none
        counts more than twice; else None.
    """
    if num_heads >= _MANY:
        return _CLAMP_OF_MANY
    return _CLAMP_OF_FEW if num_heads < FEW else None


def suggest_strength(num_heads: int) -> float:
    """Suggest how far weights go.

    Args:
        num_heads: Heads of the model.

    Returns:
        0.7 for few heads, each of which carries so much of every concept that a word without some of them is hardly
        drawn at all; else 1, as published.
    """
    return _STRENGTH_OF_FEW if num_heads < FEW else 1.0
