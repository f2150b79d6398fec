"""Attention as published code computes it: every matrix written out, to be looked at or edited. The baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

Touch = Callable[[nn.Module, Tensor], None]
"""Called with a layer and its probabilities, shape (row × head, query, token), which it may change."""


class WrittenOut:
    """An attention processor that writes out its matrices.

    Args:
        touch: Sees each matrix.
    """

    def __init__(self, touch: Touch) -> None:
        self._touch = touch

    def __call__(
        self, attn: Any, hidden_states: Tensor, encoder_hidden_states: Tensor | None = None, **_: Any
    ) -> Tensor:
        """Compute attention."""
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = (
            attn.head_to_batch_dim(part) for part in (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context))
        )
        probs_bqt = attn.get_attention_scores(query, key)
        self._touch(attn, probs_bqt)
        return attn.to_out[0](attn.batch_to_head_dim(probs_bqt @ value))


@contextmanager
def written_out(unet: Any, touch: Touch) -> Iterator[None]:
    """Let a UNet of diffusers compute all its attention so for a while."""
    before = unet.attn_processors
    unet.set_attn_processor(WrittenOut(touch))
    try:
        yield
    finally:
        unet.set_attn_processor(before)
