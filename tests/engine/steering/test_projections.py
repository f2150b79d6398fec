"""Heads are cut as the host cuts them, and attention computed two ways is the same."""

from __future__ import annotations

import pytest
import torch

from vxa.engine.steering.projections import Projections, merge_heads, split_heads


@pytest.fixture
def layer() -> Projections:
    return Projections(2, torch.randn(3, 6, 8), torch.randn(3, 5, 8), torch.randn(3, 5, 8))


def test_channels_are_head_major() -> None:
    part_nc = torch.arange(12.0).reshape(2, 6)
    part_hnd = split_heads(part_nc, 3)
    assert part_hnd.shape == (3, 2, 2) and part_hnd[1].tolist() == [[2.0, 3.0], [8.0, 9.0]]
    assert torch.equal(merge_heads(part_hnd), part_nc)


def test_fused_is_explicit(layer: Projections) -> None:
    values_htd = layer.values(1)
    explicit_hqd = layer.scores(2).softmax(-1) @ values_htd
    torch.testing.assert_close(layer.attend(2, values_htd), explicit_hqd)
    assert layer.num_columns == 5 and explicit_hqd.shape == (2, 6, 4)


def test_scores_are_scaled_and_never_in_half_precision() -> None:
    part = torch.full((1, 1, 4), 300.0, dtype=torch.float16)
    scores = Projections(1, part, part).scores(0)
    assert scores.dtype == torch.float32 and scores.item() == 4 * 300.0**2 / 2


def test_values_are_needed_for_an_output_only(layer: Projections) -> None:
    bare = Projections(2, layer.query_bqc, layer.key_btc)
    assert torch.equal(bare.scores(0), layer.scores(0))
    with pytest.raises(AssertionError, match="once they are heard"):
        bare.values(0)
