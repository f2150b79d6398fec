"""The algebra of edited attention against the matrices it stands for."""

from __future__ import annotations

import pytest
import torch

from vxa.engine.steering.attention import Attention
from vxa.engine.steering.projections import Projections

HEADS, CELLS, COLUMNS, DIM = 2, 6, 5, 4


@pytest.fixture
def layer() -> Projections:
    return Projections(HEADS, *(torch.randn(3, n, HEADS * DIM, dtype=torch.float64) for n in (CELLS, COLUMNS, COLUMNS)))


def test_output_is_probabilities_times_values(layer: Projections) -> None:
    matrix, weights = torch.rand(COLUMNS, COLUMNS), torch.rand(HEADS, COLUMNS)
    source, own = Attention.of_row(0), Attention.of_row(2)
    for attention in (
        own,
        source @ matrix,
        source @ matrix * weights + own * weights[0],
        (own + Attention.painted(torch.rand(1, CELLS), (3,))) @ matrix,
        own.with_scores(lambda scores: scores.clamp_min(0)) * weights,
        (source @ matrix).reshaped(torch.sqrt) + own,
        own.without((1, 3)),
        own.without((1, 3), (1,)) + Attention.painted(torch.rand(2, CELLS), (4, 0), heads=(1,)) @ matrix,
    ):
        probs_hqt = attention.probabilities(layer)
        assert probs_hqt.shape == (HEADS, CELLS, COLUMNS) and probs_hqt.dtype == torch.float64
        values_htd = layer.values(1)
        output = sum(term.output(layer, values_htd) for term in attention.terms)
        torch.testing.assert_close(output, probs_hqt @ values_htd)


def test_the_host_is_given_one_plain_softmax() -> None:
    source, own, painted = Attention.of_row(0), Attention.of_row(1), Attention.painted(torch.ones(1, CELLS), (0,))
    host, ours = (painted + source @ torch.eye(COLUMNS) + own).shared()
    assert host is not None and host.columns and len(ours) == 2
    lifted = own.with_scores(lambda scores: scores + 1)
    assert lifted.shared() == (None, lifted.terms) and painted.shared() == (None, painted.terms)
    host, ours = (lifted + own).shared()
    assert host is own.terms[0] and ours == lifted.terms


def test_scores_are_edited_before_anything_else() -> None:
    own = Attention.of_row(0)
    for later in (own * torch.ones(COLUMNS), own.reshaped(torch.sqrt)):
        with pytest.raises(AssertionError, match="before the softmax are composed first"):
            later.with_scores(torch.exp)


def test_operators_leave_their_operands_alone(layer: Projections) -> None:
    own = Attention.of_row(0)
    before = own.probabilities(layer)
    _ = own * torch.zeros(COLUMNS), own @ torch.zeros(COLUMNS, COLUMNS), own + own, own.with_scores(torch.exp)
    assert torch.equal(own.probabilities(layer), before)


def test_only_the_heads_meant_are_erased_and_painted(layer: Projections) -> None:
    own = Attention.of_row(0)
    before, map_q = own.probabilities(layer), torch.rand(CELLS, dtype=torch.float64)
    after = (own.without((2,), (1,)) + Attention.painted(map_q[None], (2,), (1,))).probabilities(layer)
    assert torch.equal(after[0], before[0]) and torch.equal(after[1, :, 2], map_q)
    assert torch.equal(after[1, :, [0, 1, 3, 4]], before[1, :, [0, 1, 3, 4]])
