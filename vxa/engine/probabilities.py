"""softmax(q·kᵀ) for one row, in float32, without ever holding more than a slice of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

_SLICE_BYTES = 64 << 20


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
    with _without_autocast(query_qc.device):
        query_hqd = query_qc.float().unflatten(-1, (heads, -1)).transpose(0, 1)
        key_hdk = key_kc.float().unflatten(-1, (heads, -1)).permute(1, 2, 0)
        query_hqd = query_hqd * query_hqd.shape[-1] ** -0.5
        num_queries, num_keys = query_hqd.shape[1], key_hdk.shape[2]
        step = max(1, _SLICE_BYTES // (4 * num_queries * num_keys))
        slices = []
        for first in range(0, heads, step):
            probs_hqk = torch.softmax(query_hqd[first : first + step] @ key_hdk[first : first + step], dim=-1)
            # columns are picked after the sum where there is one: picking is the dearer of the two
            slices.append(_pick(probs_hqk, tokens) if keep_heads else probs_hqk.sum(0, keepdim=True))
        probs_hqt = slices[0] if len(slices) == 1 else torch.cat(slices)
        if not keep_heads:
            probs_hqt = _pick(probs_hqt if len(slices) == 1 else probs_hqt.sum(0, keepdim=True), tokens) / heads
        return probs_hqt.transpose(1, 2).contiguous()


def _pick(probs_hqk: Tensor, tokens: Sequence[int] | None) -> Tensor:
    if tokens is None:
        return probs_hqk
    return probs_hqk.index_select(-1, torch.as_tensor(tokens, device=probs_hqk.device))


def _without_autocast(device: torch.device) -> AbstractContextManager[Any]:
    try:
        return torch.autocast(device_type=device.type, enabled=False)
    except RuntimeError:  # a device that this torch cannot autocast on (mps before 2.5), so there is nothing to undo
        return nullcontext()
