"""Preset `daam`: diffusion attentive attribution maps, the mean over nearly all layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from vxa.core.errors import SelectionError
from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps
from vxa.core.tokens import Word
from vxa.engine.sites import Site, SiteTable
from vxa.methods.preset import Display, Preset, head_weighted_mean, keep_columns, mean_over_columns, require


@dataclass(frozen=True)
class Daam(Preset):
    """Every down and up layer enlarged to the finest map by bicubic, then averaged over layers, heads and calls.

    Source: Tang et al. 2023 (arXiv 2210.04885), section 3 and the authors' code. Where we differ: the mean over calls
    instead of their sum (a constant factor); any aspect; guidance off and batches work; words match whole words. Maps
    eight times smaller than the latent are left out as there. Undershoot is cut head by head when heads are kept, else
    after the mean over a layer's heads.
    """

    name: ClassVar[str] = "daam"
    summary: ClassVar[str] = "mean of all down and up layers (DAAM), smooth; the default"
    display: ClassVar[Display] = "min-max"

    normalizes: bool = False
    """Divide each pixel by the sum over the tokens between BOS and the last one recorded (DAAM's `normalize`): record
    the columns from BOS to EOS for what DAAM does."""

    def choose(self, sites: SiteTable, latent: Grid) -> tuple[Site, ...]:
        """Pick down and up layers at most 4 times coarser than the latent."""
        chosen = [site for site in sites.cross if site.place != "mid" and site.level < 3]
        return require(chosen, self.name, "down or up cross-attention layers")

    def reduce(self, maps: AttentionMaps, words: Sequence[Word]) -> Tensor:
        """Average to the finest grid recorded; shape (word, y, x).

        Raises:
            SelectionError: If it normalises and the tokens recorded are no run from BOS on.
        """
        finest = maps.latent.level(min(layer.level for layer in maps.layers))
        if not self.normalizes:
            maps = keep_columns(maps, words)
        elif len(maps.tokens) < 3 or maps.tokens != tuple(range(len(maps.tokens))):
            raise SelectionError("a record of all tokens from BOS to EOS, to normalise by", got=maps.tokens)
        mean_tyx = head_weighted_mean(maps, finest, "bicubic", clamps=True)
        if self.normalizes:
            mean_tyx = mean_tyx / (mean_tyx[1:-1].sum(0, keepdim=True) + 1e-6)
        return mean_over_columns(mean_tyx, maps, words)
