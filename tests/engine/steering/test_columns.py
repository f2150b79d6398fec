"""Maps of columns: worked by hand, and the same output whether probabilities or values are mapped."""

from __future__ import annotations

import pytest
import torch

from vxa.core.errors import ShapeError
from vxa.engine.steering.columns import Columns, Erased, Mapped, Weighted


def test_two_by_two_by_hand() -> None:
    probs = torch.tensor([[[0.25, 0.75], [0.5, 0.5]]])
    matrix = torch.tensor([[1.0, 0.0], [1.0, 2.0]])
    assert torch.equal(Mapped(matrix).of_probabilities(probs), torch.tensor([[[1.0, 1.5], [1.0, 1.0]]]))
    assert torch.equal(Mapped(matrix).of_values(torch.tensor([[[1.0], [10.0]]])), torch.tensor([[[1.0], [21.0]]]))
    assert torch.equal(Weighted(torch.tensor([2.0, 0.0])).of_probabilities(probs), torch.tensor([[[0.5, 0], [1, 0]]]))


@pytest.mark.parametrize(
    "columns",
    [
        Mapped(torch.rand(5, 5)),
        Weighted(torch.rand(5)),
        Weighted(torch.randn(3, 5)),
        Erased((0, 3)),
        Erased((2,), (0, 2)),
    ],
    ids=["mapped", "weighted", "weighted by head", "erased", "erased in heads"],
)
def test_values_may_be_mapped_instead(columns: Columns) -> None:
    probs_hqt, values_htd = torch.rand(3, 4, 5), torch.randn(3, 5, 2)
    before = probs_hqt.clone(), values_htd.clone()
    ours = probs_hqt @ columns.of_values(values_htd)
    torch.testing.assert_close(ours, columns.of_probabilities(probs_hqt) @ values_htd)
    assert torch.equal(probs_hqt, before[0]) and torch.equal(values_htd, before[1])


def test_other_numbers_of_columns_are_refused() -> None:
    probs_hqt = torch.rand(3, 4, 5)
    with pytest.raises(ShapeError, match=r"a map between 5 context columns; got \(4, 4\)"):
        Mapped(torch.eye(4)).of_probabilities(probs_hqt)
    with pytest.raises(ShapeError, match=r"weights of 5 context columns; got \(4,\)"):
        Weighted(torch.ones(4)).of_values(probs_hqt.mT)
