"""Preset `head-lens`: a picture seen through the heads that carry a concept, each as far as it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vxa.core.grid import Grid
from vxa.core.head_layers import HeadLayers
from vxa.core.maps import AttentionMaps
from vxa.core.tokens import Word
from vxa.engine.sites import Site, SiteTable
from vxa.methods.preset import (
    Display,
    HeadWeighting,
    Preset,
    head_weighted_mean,
    keep_columns,
    mean_over_columns,
    require,
)


@dataclass(frozen=True, eq=False)
class HeadLens(Preset):
    """Every layer's heads enlarged to the finest map by bicubic, cut at 0, then averaged by the weights of the heads.

    Weights are divided by their sum over the layers shown, so that equal ones give a plain mean, and the vector of a
    concept, whose mean is 1, gives maps of the same scale as other presets of means.

    Source: our own; the weighted sum is that of Attend-and-Excite with head relevance vectors (arXiv 2412.02237).
    """

    name: ClassVar[str] = "head-lens"
    summary: ClassVar[str] = "all layers through the heads of a concept, or through chosen heads"
    display: ClassVar[Display] = "min-max"
    keeps_heads: ClassVar[bool] = True

    weights: HeadWeighting | None = None
    """By address, one weight at least 0 for each head of the layer; None weighs all heads alike."""

    @classmethod
    def of_weights(cls, layers: HeadLayers, weights_h: NDArray[np.floating]) -> HeadLens:
        """Make the lens of one weight a head of the model, shape (heads,)."""
        return cls({address: weights_h[layers.slice_of(address)] for address in layers.addresses})

    def choose(self, sites: SiteTable, latent: Grid) -> tuple[Site, ...]:
        """Pick every layer that has a head with a weight."""
        weights = self.weights
        chosen = [site for site in sites.cross if weights is None or np.any(weights[site.address])]
        return require(chosen, self.name, "cross-attention layers with such heads")

    def reduce(self, maps: AttentionMaps, words: Sequence[Word]) -> Tensor:
        """Average to the finest grid recorded; shape (word, y, x).

        Raises:
            NoMapsError: If the heads were not kept apart.
        """
        finest = maps.latent.level(min(layer.level for layer in maps.layers))
        maps = keep_columns(maps, words)
        mean_tyx = head_weighted_mean(maps, finest, "bicubic", clamps=True, weights=self.weights)
        return mean_over_columns(mean_tyx, maps, words)
