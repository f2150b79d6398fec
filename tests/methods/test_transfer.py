"""A mix of two rows' attention is what its matrices say, said simply."""

from __future__ import annotations

import torch

from vxa.engine.steering.attention import Attention
from vxa.engine.steering.projections import Projections
from vxa.methods.transfer import Mix

COLUMNS = 5
SOURCE, OWN = Attention.of_row(0), Attention.of_row(1)
EYE, ONES, ZEROS = torch.eye(COLUMNS), torch.ones(COLUMNS), torch.zeros(COLUMNS)


def test_every_mix_is_the_matrices() -> None:
    layer = Projections(2, torch.randn(2, 6, 8), torch.randn(2, COLUMNS, 8))
    source, own = SOURCE.probabilities(layer), OWN.probabilities(layer)
    half, matrix = torch.tensor([1.0, 0, 0.5, 0, 1]), torch.rand(COLUMNS, COLUMNS)
    for matrix_st in (EYE, EYE * 0, EYE * half, matrix, matrix * half):
        for kept_t in (ONES, ZEROS, half):
            mixed = Mix(matrix_st, kept_t)(SOURCE, OWN).probabilities(layer)
            torch.testing.assert_close(mixed, source @ matrix_st + own * kept_t)


def test_what_can_be_said_simply_is() -> None:
    assert Mix(EYE, ZEROS)(SOURCE, OWN) is SOURCE
    nothing = Mix(EYE * 0, ONES)
    assert nothing.is_nothing and nothing(SOURCE, OWN) is OWN
    assert not Mix(EYE * 0, ONES * 2).is_nothing and not Mix(EYE, ONES).is_nothing
    assert len(Mix(EYE * 0, ONES * 2)(SOURCE, OWN).terms) == 1
    own_term, source_term = Mix(EYE, ONES)(SOURCE, OWN).terms
    assert own_term is OWN.terms[0] and source_term is SOURCE.terms[0]
