"""Weights on tokens: attention to a word multiplied by a number, in every call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from vxa.engine.clock import Cue
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention
from vxa.engine.steering.method import Method, Stage


@dataclass(frozen=True, eq=False)
class TokenWeights(Method):
    """Multiply columns of the attention of cond rows, whatever was taken over before. Nothing is renormalised."""

    stage: ClassVar[Stage] = Stage.WEIGHTS

    weights_t: Tensor
    """Shape (columns,); 1 is neutral, negative weights repel (see `vxa.methods.prompt_tables.weigh_words`)."""
    edits: tuple[int, ...] | None = None
    """Numbers of the edits whose rows are weighted, 0 being the sources; None for all."""

    def touches(self, site: Site) -> bool:
        """Cross-attention everywhere, unless all weights are 1."""
        return site.kind == "cross" and bool((self.weights_t != 1).any())

    def edit(self, site: Site, cue: Cue, current: Sequence[Attention]) -> Mapping[int, Attention]:
        """Weigh."""
        rows = [row for row in cue.rows_of("cond") if self.edits is None or cue.rows[row].edit in self.edits]
        return {row: current[row] * self.weights_t for row in rows}
