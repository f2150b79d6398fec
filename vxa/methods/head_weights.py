"""Weights on tokens head by head: attention to a word multiplied by a number of each head's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from vxa.core.errors import ShapeError
from vxa.core.head_layers import HeadLayers
from vxa.engine.clock import Cue
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention
from vxa.engine.steering.method import Method, Stage
from vxa.methods.windows import Window, check_window, is_empty, within_steps


@dataclass(frozen=True, eq=False)
class HeadWeights(Method):
    """Multiply columns of the attention of cond rows, head by head. Nothing is renormalised.

    All that head relevance vectors do to a picture is of this kind: ordered weakening, concept adjusting, and (after
    the source's attention was taken over) strengthening in prompt-to-prompt.
    """

    stage: ClassVar[Stage] = Stage.WEIGHTS

    layers: HeadLayers
    """Layers of the model."""
    weights_ht: Tensor
    """Shape (heads of all layers, columns); 1 is neutral, see `weigh_heads`."""
    window: Window = (0.0, 1.0)
    """Part of the run during which it acts, as fractions of its calls."""

    def __post_init__(self) -> None:
        check_window(self.window, "weights of heads")
        if self.weights_ht.ndim != 2 or len(self.weights_ht) != self.layers.total:
            raise ShapeError(f"weights of {self.layers.total} heads", got=tuple(self.weights_ht.shape))

    def touches(self, site: Site) -> bool:
        """Cross-attention layers with a head that is weighted."""
        return site.kind == "cross" and not is_empty(self.window) and bool((self.of(site) != 1).any())

    def edit(self, site: Site, cue: Cue, current: Sequence[Attention]) -> Mapping[int, Attention]:
        """Weigh."""
        if not within_steps(cue.clock, self.window):
            return {}
        return {row: current[row] * self.of(site) for row in cue.rows_of("cond")}

    def of(self, site: Site) -> Tensor:
        """Give the weights of a layer's heads, shape (heads, columns)."""
        return self.weights_ht[self.layers.slice_of(site.address)]


def weigh_heads(num_columns: int, weights: Sequence[tuple[Sequence[int], ArrayLike]]) -> Tensor:
    """Turn weights of heads on some tokens into weights of all tokens; those not named have 1.

    Args:
        num_columns: Context length.
        weights: Pairs of context columns and one weight a head of the model, at least one pair; for a column that is
            named twice the last one counts.

    Returns:
        Shape (heads, columns), float64.
    """
    weights_ht = torch.ones(len(np.asarray(weights[0][1])), num_columns, dtype=torch.float64)
    for columns, weights_h in weights:
        weights_ht[:, list(columns)] = torch.as_tensor(np.asarray(weights_h, np.float64))[:, None]
    return weights_ht
