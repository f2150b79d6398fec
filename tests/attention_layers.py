"""Single attention layers of diffusers and of ldm, and the obvious way to compute edited attention in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from diffusers.models.attention_processor import Attention as DiffusersAttention
from diffusers.models.attention_processor import AttnProcessor, AttnProcessor2_0, SlicedAttnProcessor
from torch import Tensor, nn

from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Conductor, Cue, Row
from vxa.engine.sites import Kind, Site

NUM_COLUMNS = 77
STYLES = ("fused", "explicit", "sliced", "ldm")
ROWS = (Row("uncond", 0), Row("uncond", 1), Row("cond", 0), Row("cond", 1, edit=1, source=0))
SOURCE, EDIT = 2, 3
GRID = Grid(5, 4)

ProbsEdit = Callable[[Tensor], Tensor]
"""Edits probabilities of all rows, shape (rows, heads, q, t)."""


@dataclass
class Layer:
    """A layer, a call to it, and who conducts."""

    site: Site
    conductor: Conductor
    cue: Cue
    hidden: Tensor
    context: Tensor | None

    @property
    def module(self) -> Any:
        return self.site.module

    def run(self) -> Tensor:
        with self.conductor.playing(self.cue), torch.no_grad():
            return self.run_unannounced()

    def run_unannounced(self) -> Tensor:
        return self.module(self.hidden) if self.context is None else self.module(self.hidden, self.context)

    def run_naively(self, edit: ProbsEdit, edit_scores: ProbsEdit = lambda scores: scores) -> Tensor:
        """Write A out in full, edit it, and weigh the values."""
        with torch.no_grad():
            context = self.hidden if self.context is None else self.context
            query, key, value = (
                part.unflatten(-1, (self.site.heads, -1))
                for part in (self.module.to_q(self.hidden), self.module.to_k(context), self.module.to_v(context))
            )
            scores = torch.einsum("bqhd,bthd->bhqt", query, key) * self.site.head_dim**-0.5
            probs = edit(torch.softmax(edit_scores(scores), -1))
            output = torch.einsum("bhqt,bthd->bqhd", probs, value).flatten(2)
            return self.module.to_out[0](output)


def make_layer(
    style: str = "fused",
    kind: Kind = "cross",
    heads: int = 3,
    grid: Grid = GRID,
    level: int = 0,
    rows: tuple[Row, ...] = ROWS,
    dtype: torch.dtype = torch.float64,
) -> Layer:
    """Make a random layer whose attention is far from uniform."""
    head_dim, width = 8, 12
    query_dim = 8 * heads
    torch.manual_seed(heads)
    module: nn.Module
    if style == "ldm":
        ldm: Any = pytest.importorskip("ldm.modules.attention", reason="stable-diffusion-sdkit is not installed")
        module = ldm.CrossAttention(query_dim, width if kind == "cross" else None, heads, head_dim)
    else:
        processor = {"fused": AttnProcessor2_0, "explicit": AttnProcessor, "sliced": lambda: SlicedAttnProcessor(2)}
        module = DiffusersAttention(
            query_dim, width if kind == "cross" else None, heads, dim_head=head_dim, processor=processor[style]()
        )
    for name in ("to_q", "to_k"):
        getattr(module, name).weight.data.mul_(3)
    module = module.to(dtype).eval().requires_grad_(False)
    site = Site("mid.0.0." + kind, kind, "mid", 0, 0, 0, 0, heads, head_dim, level, "", "", module)
    latent = Grid(grid.height * 2**level, grid.width * 2**level)
    cue = Cue(Clock(0, 10, 900.0, sigma=5.0), rows, latent)
    hidden = torch.randn(len(rows), grid.cells, query_dim, dtype=dtype)
    context = torch.randn(len(rows), NUM_COLUMNS, width, dtype=dtype) if kind == "cross" else None
    return Layer(site, Conductor(), cue, hidden, context)
