"""Preset `p2p-16`: the maps that prompt-to-prompt shows, all 16² layers of the down and up path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps
from vxa.core.tokens import Word
from vxa.engine.sites import Site, SiteTable
from vxa.methods.preset import Preset, head_weighted_mean, keep_columns, mean_over_columns, nearest_level, require


@dataclass(frozen=True)
class P2PDisplay(Preset):
    """Mean over the layers of one resolution, over heads and calls, divided by the maximum.

    Source: Hertz et al. 2022 (arXiv 2208.01626), `show_cross_attention` of the authors' code. Where we differ: the
    level is the one closest to `cells`, so that other picture sizes and SDXL, which has no 16² maps, work; a word of
    several tokens is their mean.
    """

    name: ClassVar[str] = "p2p-16"
    summary: ClassVar[str] = "mean of the 16×16 layers, as prompt-to-prompt shows them"

    cells: int = 16
    """Longer side of the maps wanted, cells."""
    places: tuple[str, ...] = ("down", "up")
    """Parts of the UNet read."""

    def choose(self, sites: SiteTable, latent: Grid) -> tuple[Site, ...]:
        """Pick the layers of the places at the level closest to the size wanted."""
        candidates = require([s for s in sites.cross if s.place in self.places], self.name, "cross-attention layers")
        level = nearest_level([site.info for site in candidates], latent, self.cells)
        return tuple(site for site in candidates if site.level == level)

    def reduce(self, maps: AttentionMaps, words: Sequence[Word]) -> Tensor:
        """Average layers and heads; shape (word, y, x)."""
        finest = maps.latent.level(min(layer.level for layer in maps.layers))
        maps = keep_columns(maps, words)
        return mean_over_columns(head_weighted_mean(maps, finest, "bilinear"), maps, words)
