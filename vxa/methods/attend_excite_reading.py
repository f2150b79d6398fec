"""What Attend-and-Excite reads: the layers of one size, all heads alike, or all layers, each head by its relevance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.head_vectors import HeadVectors
from vxa.core.resize import resize_maps
from vxa.engine.sites import Site, SiteTable
from vxa.methods.attend_excite_maps import AttendExciteMaps
from vxa.methods.preset import nearest_level
from vxa.methods.smoothing import smooth


@dataclass(frozen=True, eq=False)
class Read:
    """What is read of one model at one size."""

    sites: tuple[Site, ...]
    """Layers, in the order they run."""
    level: int
    """Level that all maps are brought to."""
    latent: Grid
    """Latent grid."""
    weights: Mapping[str, Tensor]
    """By address: how much each head counts for each word, shape (1 or word, h); they sum to 1 over layers and heads,
    so that tokens still share each place."""

    def reduce(self, site: Site, probs_htyx: Tensor) -> Tensor:
        """Weigh a layer's heads, and bring it to the common level: shape (1 or word, t, y, x)."""
        maps_wtyx = torch.einsum("wh,htyx->wtyx", self.weights[site.address].to(probs_htyx), probs_htyx)
        if site.level < self.level:
            # against aliasing: as many cells as become one, and one more
            size = 2 ** (self.level - site.level) + 1
            maps_wtyx = smooth(maps_wtyx, 0.3 * ((size - 1) / 2 - 1) + 0.8, size, "gaussian")
        return resize_maps(maps_wtyx, self.latent.level(self.level), "bicubic")


class Reading(ABC):
    """Which attention counts, and how much."""

    @abstractmethod
    def read(self, sites: SiteTable, latent: Grid, num_words: int) -> Read:
        """Fit it to a model and a size.

        Args:
            sites: All sites of the model.
            latent: Latent grid of the picture.
            num_words: Words to be excited.

        Raises:
            VxaError: If it does not fit the model.
        """


@dataclass(frozen=True)
class LevelReading(Reading):
    """The mean of the layers at one level: what Attend-and-Excite reads."""

    maps: AttendExciteMaps = field(default_factory=AttendExciteMaps)
    """The preset that shows them chooses the layers."""

    def read(self, sites: SiteTable, latent: Grid, num_words: int) -> Read:
        """Count every head alike."""
        chosen = self.maps.choose(sites, latent)
        num_heads = sum(site.heads for site in chosen)
        weights = {site.address: torch.full((1, site.heads), 1 / num_heads) for site in chosen}
        return Read(chosen, chosen[0].level, latent, weights)


@dataclass(frozen=True, eq=False)
class HeadReading(Reading):
    """All layers, each head by its relevance for the concept of a word: A&E-HRV.

    Source: Park et al. 2024 (arXiv 2412.02237), section 4.3, and the authors' code. Where we differ: the common size is
    the level closest to `cells`, so that any aspect and SDXL work; kernels are as wide as that takes.
    """

    vectors: HeadVectors
    """Relevance of the model's heads."""
    concepts: tuple[str, ...]
    """Concept of each word."""
    cells: int = 8
    """Longer side of the maps wanted, cells."""

    def read(self, sites: SiteTable, latent: Grid, num_words: int) -> Read:
        """Weigh each head, for each word.

        Raises:
            ConfigError: If the vectors are of another model, or lack a concept, or words and concepts differ in number.
        """
        self.vectors.check_fits(sites.head_layers)
        if len(self.concepts) != num_words:
            raise ConfigError(f"one concept a word, {num_words}", got=", ".join(self.concepts))
        cross = tuple(sites.cross)
        level = nearest_level([site.info for site in cross], latent, self.cells)
        weights = {
            site.address: torch.stack([self._weigh(concept, site) for concept in self.concepts]) for site in cross
        }
        return Read(cross, level, latent, weights)

    def _weigh(self, concept: str, site: Site) -> Tensor:
        total = float(self.vectors.of(concept).sum())
        if not total:
            raise ConfigError(
                "a concept that some head has to do with", got=repr(concept), remedy="Choose another one."
            )
        return torch.from_numpy(self.vectors.at(concept, site.address).astype("float64")) / total
