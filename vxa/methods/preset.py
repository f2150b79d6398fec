"""What a map preset is: which layers it reads, and how it reduces their maps to one picture a word."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vxa.core.errors import NoMapsError, UnsupportedModelError
from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps, LayerInfo
from vxa.core.resize import resize_maps
from vxa.core.tokens import Word
from vxa.engine.sites import Site, SiteTable

Display = Literal["max", "min-max"]
Scaling = Literal["nearest", "bilinear", "bicubic"]
HeadWeighting = Mapping[str, NDArray[np.floating]]
"""By address of a layer, one number for each of its heads."""


@dataclass(frozen=True)
class Preset(ABC):
    """A published way of turning attention into word maps."""

    name: ClassVar[str]
    """What users type."""
    summary: ClassVar[str]
    """One line for menus."""
    display: ClassVar[Display] = "max"
    """How its maps are brought to [0, 1] for display: divided by their maximum, or stretched from their minimum."""
    scaling: ClassVar[Scaling] = "bicubic"
    """How its maps are enlarged to the picture."""
    keeps_heads: ClassVar[bool] = False
    """Whether it reads every head apart: then records must keep them."""

    @abstractmethod
    def choose(self, sites: SiteTable, latent: Grid) -> tuple[Site, ...]:
        """Pick the cross-attention layers it reads, in the order down, mid, up.

        Args:
            sites: All sites of the model.
            latent: Latent grid of the picture.
        """

    @abstractmethod
    def reduce(self, maps: AttentionMaps, words: Sequence[Word]) -> Tensor:
        """Reduce a record to one map a word.

        Args:
            maps: Record of the layers to use, all of them: the caller has chosen already.
            words: At least one; their columns must be recorded.

        Returns:
            Shape (word, y, x), float32, at least 0, not normalised.
        """


def keep_columns(maps: AttentionMaps, words: Sequence[Word]) -> AttentionMaps:
    """Keep the columns of the words alone: most of the time of a reduction goes into columns nobody asked for."""
    return maps.with_tokens(index for word in words for index in word.indices)


def mean_over_columns(maps_tyx: Tensor, maps: AttentionMaps, words: Sequence[Word]) -> Tensor:
    """Average the maps of each word's tokens: shape (word, y, x)."""
    return torch.stack([maps_tyx[maps.columns(word.indices)].mean(0) for word in words])


def head_weighted_mean(
    maps: AttentionMaps, grid: Grid, mode: str, *, clamps: bool = False, weights: HeadWeighting | None = None
) -> Tensor:
    """Average over all layers and heads after resizing each layer's map.

    Args:
        maps: Record; with heads kept, resizing (and clamping) is done head by head.
        grid: Size to resize to.
        mode: See `resize_maps`.
        clamps: Cut what bicubic undershoots below zero before averaging.
        weights: By address, how much each head counts, at least 0; None lets all count alike.

    Returns:
        Shape (t, y, x), float32: mean over calls, layers and heads; 0 where no head counts.

    Raises:
        NoMapsError: If heads are weighted, but were not kept apart.
    """
    total = torch.zeros(len(maps.tokens), grid.height, grid.width)
    num_heads = 0.0
    for layer in maps.layers:
        mean_htyx = maps.mean(layer.address)
        resized_htyx = resize_maps(mean_htyx, grid, mode)
        if clamps:
            resized_htyx = resized_htyx.clamp_min(0)
        if weights is None:
            total += resized_htyx.sum(0) * (layer.heads / mean_htyx.shape[0])
            num_heads += layer.heads
        else:
            weights_h = _weights_of(layer, mean_htyx.shape[0], weights)
            total += torch.einsum("h,htyx->tyx", weights_h, resized_htyx)
            num_heads += float(weights_h.sum())
    return total / num_heads if num_heads else total


def _weights_of(layer: LayerInfo, num_recorded: int, weights: HeadWeighting) -> Tensor:
    if num_recorded != layer.heads:
        raise NoMapsError("maps of single heads", got="their mean", remedy="Record with the heads kept apart.")
    return torch.from_numpy(np.asarray(weights[layer.address], np.float32))


def nearest_level(layers: Sequence[LayerInfo], latent: Grid, cells: int) -> int:
    """Find the level whose map's longer side is closest to `cells`; of two equally close ones the finer.

    Raises:
        NoMapsError: If there are no layers.
    """
    if not layers:
        raise NoMapsError("at least one layer", got="none")

    def distance(level: int) -> tuple[int, int]:
        grid = latent.level(level)
        return abs(max(grid.height, grid.width) - cells), level

    return min({layer.level for layer in layers}, key=distance)


def require(sites: Sequence[Site], preset: str, wanted: str) -> tuple[Site, ...]:
    """Return the sites, or explain that the model has none of the kind a preset needs."""
    if not sites:
        raise UnsupportedModelError(
            f"a model with {wanted}, which the preset {preset!r} reads", got="none", remedy="Choose another preset."
        )
    return tuple(sites)
