"""Linear maps of the columns of attention, each also as what it does to the values: (A·X)·V = A·(X·V)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from vxa.core.errors import ShapeError


class Columns(Protocol):
    """A linear map of the columns of A."""

    def of_probabilities(self, probs_hqt: Tensor) -> Tensor:
        """Apply it to A."""
        ...

    def of_values(self, values_htd: Tensor) -> Tensor:
        """Apply it to the values instead, for the same output."""
        ...


@dataclass(frozen=True, eq=False)
class Mapped:
    """A → A · M: column t takes Σ_s A_s · M_st."""

    matrix_st: Tensor
    """Shape (columns, columns)."""

    def of_probabilities(self, probs_hqt: Tensor) -> Tensor:
        """Mix columns."""
        return probs_hqt @ self._checked(probs_hqt.shape[-1], probs_hqt)

    def of_values(self, values_htd: Tensor) -> Tensor:
        """Mix values the other way round."""
        return self._checked(values_htd.shape[-2], values_htd) @ values_htd

    def _checked(self, num_columns: int, like: Tensor) -> Tensor:
        if tuple(self.matrix_st.shape) != (num_columns, num_columns):
            raise ShapeError(f"a map between {num_columns} context columns", got=tuple(self.matrix_st.shape))
        return self.matrix_st.to(like)


@dataclass(frozen=True, eq=False)
class Weighted:
    """A → A · diag(w): column t is multiplied by w_t, in every head or head by head."""

    weights_ht: Tensor
    """Shape (columns,) or (heads, columns)."""

    def of_probabilities(self, probs_hqt: Tensor) -> Tensor:
        """Scale columns."""
        weights = self._checked(probs_hqt.shape[-1], probs_hqt)
        return probs_hqt * (weights if weights.ndim == 1 else weights[:, None])

    def of_values(self, values_htd: Tensor) -> Tensor:
        """Scale the values of the columns."""
        return values_htd * self._checked(values_htd.shape[-2], values_htd)[..., None]

    def _checked(self, num_columns: int, like: Tensor) -> Tensor:
        if self.weights_ht.shape[-1] != num_columns:
            raise ShapeError(f"weights of {num_columns} context columns", got=tuple(self.weights_ht.shape))
        return self.weights_ht.to(like)


@dataclass(frozen=True, eq=False)
class Erased:
    """A without some columns, in some heads."""

    columns: tuple[int, ...]
    """Context columns that become 0."""
    heads: tuple[int, ...] = ()
    """Heads in which they do; empty for all."""

    def of_probabilities(self, probs_hqt: Tensor) -> Tensor:
        """Erase columns."""
        return self.of_values(probs_hqt.mT).mT

    def of_values(self, values_htd: Tensor) -> Tensor:
        """Erase the values of the columns."""
        erased_htd = values_htd.clone()
        heads = list(self.heads) or list(range(len(values_htd)))
        erased_htd[torch.tensor(heads)[:, None], list(self.columns)] = 0
        return erased_htd
