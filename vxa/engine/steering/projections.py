"""Queries, keys and values of one layer in one UNet call, and attention computed from them beside the host."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, eq=False)
class Projections:
    """Outputs of `to_q`, `to_k` and `to_v` before any rewrite; none is modified."""

    heads: int
    """Attention heads of the layer; channels are head-major."""
    query_bqc: Tensor
    """Shape (rows, cells, heads · head_dim)."""
    key_btc: Tensor
    """Shape (rows, columns, heads · head_dim)."""
    value_btc: Tensor | None = None
    """Shape (rows, columns, heads · head_dim); None where only probabilities are asked for."""

    @property
    def num_columns(self) -> int:
        """Context columns that the layer attends to."""
        return self.key_btc.shape[1]

    def scores(self, row: int) -> Tensor:
        """Compute q·kᵀ / √head_dim of one row: shape (h, q, t), at least float32."""
        query_hqd, key_htd = self._wide(self.query_bqc[row]), self._wide(self.key_btc[row])
        return query_hqd @ key_htd.mT * query_hqd.shape[-1] ** -0.5

    def attend(self, row: int, values_htd: Tensor) -> Tensor:
        """Compute softmax(scores of a row) · values by a fused kernel: shape (h, q, d)."""
        query_hqd, key_htd = split_heads(self.query_bqc[row], self.heads), split_heads(self.key_btc[row], self.heads)
        # torch fuses four axes only: with three it would write all scores out
        return functional.scaled_dot_product_attention(query_hqd[None], key_htd[None], values_htd[None])[0]

    def values(self, row: int) -> Tensor:
        """Give one row's values: shape (h, t, d)."""
        assert self.value_btc is not None, "values are asked for once they are heard"
        return split_heads(self.value_btc[row], self.heads)

    def _wide(self, part_nc: Tensor) -> Tensor:
        return split_heads(part_nc.to(torch.promote_types(part_nc.dtype, torch.float32)), self.heads)


def split_heads(part_nc: Tensor, heads: int) -> Tensor:
    """Cut channels, head-major, into heads: shape (heads, n, head_dim)."""
    return part_nc.unflatten(-1, (heads, -1)).transpose(0, 1)


def merge_heads(part_hnd: Tensor) -> Tensor:
    """Put heads back side by side: shape (n, heads · head_dim)."""
    return part_hnd.transpose(0, 1).flatten(1)
