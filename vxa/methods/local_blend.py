"""Local blend: change an edited picture only where its words and those of the source look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps
from vxa.core.resize import resize_maps
from vxa.core.tokens import parse_selection
from vxa.engine.clock import Clock
from vxa.engine.host import Host
from vxa.engine.observe import Look, Observation, Recorder, observing
from vxa.engine.sampling import AfterStep, SamplingPlan
from vxa.methods.p2p_display import P2PDisplay
from vxa.methods.preset import head_weighted_mean
from vxa.methods.prompt_tables import Tokenize, read_tables

Columns = tuple[int, ...]


@dataclass(frozen=True)
class LocalBlend:
    """Outside the words of source and edit, put the source's latents back after each step.

    Source: Hertz et al. 2022 and the authors' code. Where we differ: any picture size and model (theirs reads 16×16
    maps only); masks spread by one map cell, as theirs do, only where map cells are coarser than the latent's; several
    edits; a word without any attention gives an empty mask instead of NaN.
    """

    words: tuple[str, ...]
    """What may change: words of the source prompt, then of each edited prompt."""
    subtract: tuple[str, ...] = ()
    """What must not change although it lies there, likewise; empty for nothing."""
    threshold: float = 0.3
    """Share of the largest attention above which a place counts, in [0, 1]."""
    subtract_threshold: float = 0.3
    """The same for what is subtracted."""
    start: float = 0.2
    """Part of the run that is left alone first, in [0, 1]."""
    cells: int = 16
    """Longer side of the maps to read, cells; the closest there are."""

    def __post_init__(self) -> None:
        if len(self.words) < 2 or (self.subtract and len(self.subtract) != len(self.words)):
            raise ConfigError("words for the source and each edit", got=f"{self.words}, less {self.subtract}")
        if not all(0 <= share <= 1 for share in (self.threshold, self.subtract_threshold, self.start)):
            raise ConfigError(
                "thresholds and start from 0 to 1", got=(self.threshold, self.subtract_threshold, self.start)
            )

    def observation(self, host: Host, plan: SamplingPlan) -> Observation:
        """Say what must be recorded during the run, after the edits."""
        latent = plan.size.divided(host.info.downscale)
        columns = [*self._columns(host.tokenize, plan, self.words), *self._columns(host.tokenize, plan, self.subtract)]
        tokens = tuple(sorted({column for picture in columns for column in picture}))
        return Observation(P2PDisplay(cells=self.cells).choose(host.sites, latent), tokens=tokens)

    def blender(self, tokenize: Tokenize, plan: SamplingPlan, recorder: Recorder) -> AfterStep:
        """Make the change of the latents after each step.

        Args:
            tokenize: The host's.
            plan: Of the run.
            recorder: Of `observation`, recording.
        """
        words, subtract = (self._columns(tokenize, plan, each) for each in (self.words, self.subtract))

        def blend(clock: Clock, latents_bcyx: Tensor) -> Tensor:
            if clock.step < int(self.start * clock.num_steps + 1e-9):
                return latents_bcyx
            grid = Grid(*latents_bcyx.shape[-2:])
            records = [recorder.maps(picture) for picture in range(len(plan.prompts))]
            origins = [picture if source is None else source for picture, source in enumerate(plan.sources)]
            masks_byx = _masks(records, words, grid, self.threshold, spreads=True)
            masks_byx = masks_byx | masks_byx[origins]
            if subtract:
                spared_byx = _masks(records, subtract, grid, self.subtract_threshold)
                masks_byx = masks_byx & ~(spared_byx | spared_byx[origins])
            origins_bcyx = latents_bcyx[origins]
            return origins_bcyx + masks_byx[:, None].to(latents_bcyx) * (latents_bcyx - origins_bcyx)

        return blend

    @contextmanager
    def blending(self, host: Host, plan: SamplingPlan, look: Look) -> Iterator[AfterStep]:
        """Record what must be recorded while the block runs, and give the change of the latents after each step.

        Args:
            host: The model, inside its `running()`.
            plan: Of the run.
            look: At attention as edited.
        """
        with observing(host.conductor, self.observation(host, plan), look) as recorder:
            yield self.blender(host.tokenize, plan, recorder)

    def _columns(self, tokenize: Tokenize, plan: SamplingPlan, words: Sequence[str]) -> list[Columns]:
        """Find the columns of each picture's words."""
        if not words:
            return []
        tables = read_tables(tokenize, plan)
        edits = [row.edit for row in plan.rows if row.role == "cond"]
        if max(edits) >= len(words):
            raise ConfigError(f"words for the source and {max(edits)} edits", got=words)
        return [
            parse_selection(tables[prompt], words[edit]).indices
            for prompt, edit in zip(plan.prompts, edits, strict=True)
        ]


def _masks(
    records: Sequence[AttentionMaps], columns: Sequence[Columns], grid: Grid, threshold: float, spreads: bool = False
) -> Tensor:
    """Find where each picture's words look: shape (picture, y, x), boolean."""
    masks = []
    for record, wanted in zip(records, columns, strict=True):
        coarse = record.latent.level(record.layers[0].level)
        total_yx = head_weighted_mean(record, coarse, "nearest")[record.columns(wanted)].sum(0)
        # makes up for the coarseness of maps; where there is none it would only eat into the background
        if spreads and coarse != grid:
            total_yx = functional.max_pool2d(total_yx[None], 3, stride=1, padding=1)[0]
        total_yx = resize_maps(total_yx[None, None], grid, "nearest")[0, 0]
        masks.append(total_yx > threshold * total_yx.max())
    return torch.stack(masks)
