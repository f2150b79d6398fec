"""Preset `vxa`: one layer as the original VXA extension shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps
from vxa.core.resize import resize_maps
from vxa.core.tokens import Word
from vxa.engine.sites import Site, SiteTable
from vxa.methods.preset import Preset, Scaling, keep_columns, require


@dataclass(frozen=True)
class SingleLayer(Preset):
    """Tokens and heads of one layer summed, shown as blocks, divided by the maximum.

    Several layers, which the original does not offer, are averaged after scaling each to the finest of them.

    Source: the original VXA extension, reference behaviour; where it differs: the picture is encoded in [-1, 1] by the
    mean of the posterior, and any picture size works.
    """

    name: ClassVar[str] = "vxa"
    summary: ClassVar[str] = "one layer, the original VXA's look: tokens and heads summed, in blocks"
    scaling: ClassVar[Scaling] = "nearest"

    layer: str = ""
    """Name of the layer; blank takes the middle block, the original's default."""

    def choose(self, sites: SiteTable, latent: Grid) -> tuple[Site, ...]:
        """Pick the layer, or the middle block's first."""
        if self.layer:
            return (sites.find(self.layer),)
        middle = [site for site in sites.cross if site.place == "mid"]
        return require(middle[:1] or _deepest(sites.cross), self.name, "cross-attention")

    def reduce(self, maps: AttentionMaps, words: Sequence[Word]) -> Tensor:
        """Sum each word's tokens and all heads; shape (word, y, x)."""
        maps = keep_columns(maps, words)
        finest = min(layer.level for layer in maps.layers)
        grid = maps.latent.level(finest)
        layers = []
        for layer in maps.layers:
            mean_htyx = maps.mean(layer.address)
            sum_tyx = mean_htyx.sum(0) * (layer.heads / mean_htyx.shape[0])
            words_wyx = torch.stack([sum_tyx[maps.columns(word.indices)].sum(0) for word in words])
            layers.append(resize_maps(words_wyx[None], grid, "nearest")[0])
        return torch.stack(layers).mean(0)


def _deepest(sites: SiteTable) -> list[Site]:
    # SSD-1B has no attention in its middle block
    deepest = max((site.level for site in sites), default=0)
    return [site for site in sites if site.level == deepest][:1]
