"""Edited attention as a sum of terms, each the softmax of some row followed by linear maps of its columns.

Every edit after the softmax is linear in A, so it never has to touch A: (A·X)·V = A·(X·V), an edit of the values. That
holds for published edits of all kinds, alone and composed. The few edits before the softmax, and those that look at A
itself, are computed explicitly, which is for cross-attention only: there A is 77 columns wide.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Protocol

import torch
from torch import Tensor

from vxa.core.errors import ShapeError
from vxa.engine.steering.columns import Columns, Erased, Mapped, Weighted
from vxa.engine.steering.projections import Projections

TensorEdit = Callable[[Tensor], Tensor]
"""Takes scores or probabilities, shape (h, q, t), at least float32, and returns edited ones as a new tensor."""


class Source(Protocol):
    """Something that has a probability for every head, query and column."""

    def probabilities(self, layer: Projections) -> Tensor:
        """Compute them: shape (h, q, t)."""
        ...

    def output(self, layer: Projections, values_htd: Tensor) -> Tensor:
        """Compute probabilities · values: shape (h, q, d)."""
        ...


@dataclass(frozen=True, eq=False)
class Softmax:
    """What a row attends to by itself, its scores edited or not."""

    row: int
    """Batch row whose queries and keys are used."""
    edits: tuple[TensorEdit, ...] = ()
    """Edits of the scores, in order."""

    def probabilities(self, layer: Projections) -> Tensor:
        """Compute softmax of the edited scores."""
        return reduce(lambda scores, edit: edit(scores), self.edits, layer.scores(self.row)).softmax(-1)

    def output(self, layer: Projections, values_htd: Tensor) -> Tensor:
        """Attend with the edited scores."""
        if not self.edits:
            return layer.attend(self.row, values_htd)
        return _weigh(self.probabilities(layer), values_htd)


@dataclass(frozen=True, eq=False)
class Painted:
    """Probabilities given from outside."""

    maps_nq: Tensor
    """One map a painted column, row-major: shape (n, q)."""
    columns: tuple[int, ...]
    """Context column of each map, each once."""
    heads: tuple[int, ...] = ()
    """Heads that are painted, the others having none; empty for all."""

    def probabilities(self, layer: Projections) -> Tensor:
        """Write the maps into otherwise empty probabilities."""
        maps_nq = self._checked(layer).to(layer.key_btc.device)
        probs_qt = maps_nq.new_zeros(maps_nq.shape[1], layer.num_columns)
        probs_qt[:, list(self.columns)] = maps_nq.mT
        return self._on_heads(probs_qt.expand(layer.heads, -1, -1))

    def output(self, layer: Projections, values_htd: Tensor) -> Tensor:
        """Weigh the values of the painted columns by their maps."""
        return self._on_heads(self._checked(layer).to(values_htd).mT @ values_htd[:, list(self.columns)])

    def _on_heads(self, tensor_hqn: Tensor) -> Tensor:
        if not self.heads:
            return tensor_hqn
        kept_h = torch.zeros(len(tensor_hqn), dtype=tensor_hqn.dtype, device=tensor_hqn.device)
        kept_h[list(self.heads)] = 1
        return tensor_hqn * kept_h[:, None, None]

    def _checked(self, layer: Projections) -> Tensor:
        wanted = (len(self.columns), layer.query_bqc.shape[1])
        if tuple(self.maps_nq.shape) != wanted or max(self.columns) >= layer.num_columns:
            raise ShapeError(
                f"maps of {wanted[0]} columns below {layer.num_columns} and {wanted[1]} cells",
                got=f"{tuple(self.maps_nq.shape)} for columns {self.columns}",
            )
        return self.maps_nq


@dataclass(frozen=True, eq=False)
class Reshaped:
    """Edited attention computed explicitly, then changed by any function of it."""

    attention: Attention
    """What it starts from."""
    edit: TensorEdit
    """What is done to its probabilities."""

    def probabilities(self, layer: Projections) -> Tensor:
        """Compute and edit."""
        return self.edit(self.attention.probabilities(layer))

    def output(self, layer: Projections, values_htd: Tensor) -> Tensor:
        """Compute, edit, and weigh the values."""
        return _weigh(self.probabilities(layer), values_htd)


@dataclass(frozen=True, eq=False)
class Term:
    """One summand: a source, then maps of its columns."""

    source: Source
    """Where its probabilities come from."""
    columns: tuple[Columns, ...] = ()
    """Applied to them in order."""

    def probabilities(self, layer: Projections) -> Tensor:
        """Compute the summand: shape (h, q, t)."""
        return reduce(lambda probs, each: each.of_probabilities(probs), self.columns, self.source.probabilities(layer))

    def values(self, values_htd: Tensor) -> Tensor:
        """Edit values so that the bare source's output with them is the summand's."""
        return reduce(lambda values, each: each.of_values(values), reversed(self.columns), values_htd)

    def output(self, layer: Projections, values_htd: Tensor) -> Tensor:
        """Compute summand · values: shape (h, q, d)."""
        return self.source.output(layer, self.values(values_htd))


@dataclass(frozen=True, eq=False)
class Attention:
    """What one batch row attends to: Σ of terms. Immutable; the operators are those of the matrix A.

    Example, prompt-to-prompt's refinement:
        source @ matrix + own * (1 - share)
    """

    terms: tuple[Term, ...]
    """At least one."""

    @classmethod
    def of_row(cls, row: int) -> Attention:
        """Make the unedited attention of a batch row."""
        return cls((Term(Softmax(row)),))

    @classmethod
    def painted(cls, maps_nq: Tensor, columns: tuple[int, ...], heads: tuple[int, ...] = ()) -> Attention:
        """Make attention that is given from outside (see `Painted`)."""
        return cls((Term(Painted(maps_nq, columns, heads)),))

    def __add__(self, other: Attention) -> Attention:
        return Attention(self.terms + other.terms)

    def __matmul__(self, matrix_st: Tensor) -> Attention:
        return self._then(Mapped(matrix_st))

    def __mul__(self, weights_ht: Tensor) -> Attention:
        return self._then(Weighted(weights_ht))

    def without(self, columns: tuple[int, ...], heads: tuple[int, ...] = ()) -> Attention:
        """Erase columns (see `Erased`)."""
        return self._then(Erased(columns, heads))

    def with_scores(self, edit: TensorEdit) -> Attention:
        """Edit the scores before the softmax; only while nothing was done after it."""
        (term,) = self.terms
        assert isinstance(term.source, Softmax) and not term.columns, "edits before the softmax are composed first"
        return Attention((Term(replace(term.source, edits=(*term.source.edits, edit))),))

    def reshaped(self, edit: TensorEdit) -> Attention:
        """Do something to the probabilities that is not linear in them."""
        return Attention((Term(Reshaped(self, edit)),))

    def probabilities(self, layer: Projections) -> Tensor:
        """Compute A explicitly: shape (h, q, t); rows need not sum to 1."""
        return reduce(operator.add, (term.probabilities(layer) for term in self.terms))

    def shared(self) -> tuple[Term | None, tuple[Term, ...]]:
        """Divide the work: the term that the host's own kernel can compute, if any, and those left to us."""
        for index, term in enumerate(self.terms):
            if isinstance(term.source, Softmax) and not term.source.edits:
                return term, self.terms[:index] + self.terms[index + 1 :]
        return None, self.terms

    def _then(self, columns: Columns) -> Attention:
        return Attention(tuple(replace(term, columns=(*term.columns, columns)) for term in self.terms))


def _weigh(probs_hqt: Tensor, values_htd: Tensor) -> Tensor:
    return (probs_hqt @ values_htd.to(probs_hqt)).to(values_htd)
