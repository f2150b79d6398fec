"""softmax(q·kᵀ) for one row, in float32, without ever holding more than a slice of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import reduce
from typing import Any

import torch
from torch import Tensor

_SLICE_BYTES = {"cpu": 4 << 20}
"""Largest slice by device: processors are fastest while it stays in their cache, all others with few large calls."""
_SLICE_BYTES_ELSEWHERE = 64 << 20


@torch.no_grad()
def attention_probabilities(
    query_qc: Tensor, key_kc: Tensor, heads: int, tokens: Sequence[int] | None, keep_heads: bool = False
) -> Tensor:
    """Compute attention of every query to some keys.

    Args:
        query_qc: Output of `to_q` for one row: shape (q, heads · head_dim), any float type. Not modified.
        key_kc: Output of `to_k` for the same row: shape (k, heads · head_dim). Not modified.
        heads: Number of heads; channels are head-major.
        tokens: Keys to return, or None for all. The softmax always runs over all keys.
        keep_heads: Return every head instead of their mean.

    Returns:
        Shape (heads or 1, t, q), float32, on the same device; without `tokens`, each query's values sum to 1.
    """
    # autocast would turn the float32 products back into half precision, and SD2's logits overflow there
    with without_autocast(query_qc.device):
        probs_hqk = _iter_slices(query_qc, key_kc, heads)
        if keep_heads:
            probs_hqt = torch.cat([pick_columns(part_hqk, tokens) for part_hqk in probs_hqk])
        else:
            # columns are picked after the sum: picking is the dearer of the two
            total_qk = reduce(Tensor.add_, (part_hqk.sum(0) for part_hqk in probs_hqk))
            probs_hqt = pick_columns(total_qk[None], tokens) / heads
        return probs_hqt.transpose(1, 2).contiguous()


@torch.no_grad()
def mean_attention(query_qc: Tensor, key_kc: Tensor, heads: int) -> Tensor:
    """Compute what each head attends to, averaged over all queries.

    Args:
        query_qc: See `attention_probabilities`.
        key_kc: See there.
        heads: See there.

    Returns:
        Shape (head, k), float32, on the same device; rows sum to 1.
    """
    with without_autocast(query_qc.device):
        return torch.cat([part_hqk.mean(1) for part_hqk in _iter_slices(query_qc, key_kc, heads)])


def _iter_slices(query_qc: Tensor, key_kc: Tensor, heads: int) -> Iterator[Tensor]:
    """Yield the attention of some heads after another, each of shape (some heads, q, k), float32."""
    query_hqd = query_qc.float().unflatten(-1, (heads, -1)).transpose(0, 1)
    key_hdk = key_kc.float().unflatten(-1, (heads, -1)).permute(1, 2, 0)
    key_hdk = key_hdk * query_hqd.shape[-1] ** -0.5
    num_queries, num_keys = query_hqd.shape[1], key_hdk.shape[2]
    slice_bytes = _SLICE_BYTES.get(query_qc.device.type, _SLICE_BYTES_ELSEWHERE)
    step = max(1, slice_bytes // (4 * num_queries * num_keys))
    for first in range(0, heads, step):
        part = slice(first, first + step)
        yield torch.softmax(query_hqd[part] @ key_hdk[part], dim=-1)


def pick_columns(probs_hqk: Tensor, tokens: Sequence[int] | None) -> Tensor:
    """Keep some keys of the last axis, or all for None."""
    if tokens is None:
        return probs_hqk
    return probs_hqk.index_select(-1, torch.as_tensor(tokens, device=probs_hqk.device))


def without_autocast(device: torch.device) -> AbstractContextManager[Any]:
    """Compute in the types given for the time of the block."""
    try:
        return torch.autocast(device_type=device.type, enabled=False)
    except RuntimeError:  # a device that this torch cannot autocast on (mps before 2.5), so there is nothing to undo
        return nullcontext()
