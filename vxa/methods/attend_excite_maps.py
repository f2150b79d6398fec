"""Preset `attend-excite`: the maps on which Attend-and-Excite computes its loss."""

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
from vxa.methods.attend_excite_loss import let_compete
from vxa.methods.preset import Preset, head_weighted_mean, mean_over_columns, nearest_level, require
from vxa.methods.smoothing import smooth


@dataclass(frozen=True)
class AttendExciteMaps(Preset):
    """The 16² layers averaged, a softmax over the tokens at each place, smoothed.

    Source: Chefer et al. 2023 (arXiv 2301.13826), algorithm 1 and the authors' code. Where we differ: the level is the
    one closest to `cells`; BOS is dropped in every chunk of 77, not only in the first; a word of several tokens is
    their mean.
    """

    name: ClassVar[str] = "attend-excite"
    summary: ClassVar[str] = "16×16 layers, words compete at each place (Attend-and-Excite)"

    cells: int = 16
    """Longer side of the maps wanted, cells."""
    places: tuple[str, ...] = ("down", "up")
    """Parts of the UNet read."""
    sharpness: float = 100.0
    """Factor on the probabilities before the softmax over tokens."""
    smoothing: float = 0.5
    """Nominal sigma of the 3×3 smoothing, cells; 0 switches it off."""

    def choose(self, sites: SiteTable, latent: Grid) -> tuple[Site, ...]:
        """Pick the layers of the places at the level closest to the size wanted.

        The middle block is not among them: at 512² its maps are too small, and at larger sizes it would replace the
        five layers of the paper by itself alone.
        """
        candidates = require([s for s in sites.cross if s.place in self.places], self.name, "cross-attention layers")
        level = nearest_level([site.info for site in candidates], latent, self.cells)
        return tuple(site for site in candidates if site.level == level)

    def reduce(self, maps: AttentionMaps, words: Sequence[Word]) -> Tensor:
        """Let the tokens compete; shape (word, y, x), in [0, 1].

        Raises:
            SelectionError: If not every column was recorded, as the softmax needs them all, or a word has no column
                that takes part.
        """
        if maps.tokens != tuple(range(len(maps.tokens))):
            raise SelectionError("a record of all tokens", got=f"{len(maps.tokens)} of them")
        finest = maps.latent.level(min(layer.level for layer in maps.layers))
        mean_tyx = head_weighted_mean(maps, finest, "bilinear")
        # BOS of each chunk and the very last column take no part
        keeps = [t for t in maps.tokens[:-1] if t % 77 != 0]
        competing_tyx = let_compete(mean_tyx, keeps, self.sharpness)
        taking_part = [Word(word.text, tuple(i for i in word.indices if i in set(keeps))) for word in words]
        if out := [word.text for word in taking_part if not word.indices]:
            raise SelectionError("words other than BOS and the last column, which do not compete", got=out)
        return mean_over_columns(smooth(competing_tyx, self.smoothing), maps, taking_part)
