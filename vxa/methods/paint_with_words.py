"""Paint-with-words: painted regions lift a word's scores by as much as the layer's own scores vary, less and less as
noise falls.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor

from vxa.core.errors import CaptureError, ConfigError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue
from vxa.engine.probe import make_noise
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention
from vxa.engine.steering.method import Method, Stage
from vxa.methods.word_map import WordMap, resize_by_area, stack_by_column

Statistic = Literal["std", "max"]


@dataclass(frozen=True)
class PaintWithWords:
    """How strongly painted words are lifted: strength · schedule(σ) · statistic(scores) · map.

    Source: Balaji et al. 2022 (eDiff-I, arXiv 2211.01324, section 4.4), as in paint-with-words-sd. Where we differ:
    "std" is the default, as the largest score is that of BOS; maps are brought to each size by averaging.
    """

    strength: float = 0.4
    """Factor on all maps; 0.1 to 1 are usual."""
    statistic: Statistic = "std"
    """What of all scores of a layer it is relative to: their standard deviation, with schedule ln(1 + σ²), or their
    maximum, with schedule ln(1 + σ)."""

    def __post_init__(self) -> None:
        if self.statistic not in ("std", "max"):
            raise ConfigError("std or max", got=repr(self.statistic))

    def method(self, word_maps: Sequence[WordMap]) -> PaintWithWordsMethod:
        """Paint words in the cond rows of a run; where maps overlap they add up.

        Raises:
            ConfigError: If there are no maps.
        """
        if not word_maps:
            raise ConfigError("at least one painted word", got="none")
        return PaintWithWordsMethod(self, tuple(word_maps))

    def schedule(self, sigma: float) -> float:
        """Compute the factor that fades with noise over signal."""
        return math.log1p(sigma**2 if self.statistic == "std" else sigma)


@dataclass(frozen=True, eq=False)
class PaintWithWordsMethod(Method):
    """Lift scores before the softmax, in every cross-attention layer and call."""

    stage: ClassVar[Stage] = Stage.SCORES

    config: PaintWithWords
    """How strongly."""
    word_maps: tuple[WordMap, ...]
    """Where, and which words."""
    _stacks: dict[Grid, tuple[tuple[int, ...], Tensor]] = field(default_factory=dict)

    def touches(self, site: Site) -> bool:
        """Every cross-attention layer, unless nothing is painted."""
        is_painted = any(word_map.strength and word_map.map_yx.any() for word_map in self.word_maps)
        return site.kind == "cross" and is_painted and self.config.strength != 0

    def edit(self, site: Site, cue: Cue, current: Sequence[Attention]) -> Mapping[int, Attention]:
        """Lift the scores of painted words."""
        factor = self.config.strength * self.config.schedule(_sigma_of(cue.clock))
        if factor == 0:
            return {}
        grid = cue.latent.level(site.level)
        if grid not in self._stacks:
            self._stacks[grid] = stack_by_column(self.word_maps, grid, adds=True)
        columns, maps_nq = self._stacks[grid]

        def lift(scores_hqt: Tensor) -> Tensor:
            size = scores_hqt.std() if self.config.statistic == "std" else scores_hqt.max()
            lifted_hqt = scores_hqt.clone()
            lifted_hqt[..., list(columns)] += factor * size * maps_nq.to(scores_hqt).mT
            return lifted_hqt

        return {row: current[row].with_scores(lift) for row in cue.rows_of("cond")}


def make_region_noise(shape: tuple[int, int, int], seed: int, regions: Sequence[tuple[Tensor, int]]) -> Tensor:
    """Make noise that has a seed of its own in each region.

    Args:
        shape: Channels, y, x of the latent.
        seed: For what no region covers.
        regions: Masks in [0, 1], shape (y, x) of any size, each with its seed.

    Returns:
        Shape (1, channels, y, x), float32, of unit variance also where regions overlap or end softly: weights are
        divided by the root of the sum of their squares. Inside one region alone it is that seed's noise exactly.
    """
    _, height, width = shape
    masks = [resize_by_area(mask_yx, Grid(height, width)).float().clamp(0, 1) for mask_yx, _ in regions]
    rest = (1 - sum(masks, start=torch.zeros(height, width))).clamp_min(0)
    weights = torch.stack([rest, *masks])
    noises = torch.stack([make_noise(shape, each) for each in (seed, *(region_seed for _, region_seed in regions))])
    return ((noises * weights[:, None]).sum(0) / weights.norm(dim=0))[None]


def _sigma_of(clock: Clock) -> float:
    if clock.sigma is None:
        raise CaptureError("a clock that tells the noise level", got="none", remedy="Set `Clock.sigma`.")
    return clock.sigma
