"""Taking attention over from a source row: the one rewrite that prompt-to-prompt and cross-attention control share."""

from __future__ import annotations

import torch
from torch import Tensor

from vxa.engine.steering.attention import Attention


class Mix:
    """own · diag(kept) + source · M, said as simply as it can be.

    Terms that are nothing are left out and a diagonal M becomes weights, so that identities are exact and the host's
    own kernel does as much of the work as possible.

    Args:
        matrix_st: M, shape (columns, columns).
        kept: Shape (columns,), or (heads, columns) where heads differ.
    """

    def __init__(self, matrix_st: Tensor, kept: Tensor) -> None:
        self._keeps_all, self._keeps_none = bool((kept == 1).all()), not kept.any()
        self._kept = kept
        diagonal_t = matrix_st.diagonal()
        self._is_diagonal = torch.equal(matrix_st, diagonal_t.diag())
        self._is_unit = self._is_diagonal and bool((diagonal_t == 1).all())
        self._takes_none = not matrix_st.any()
        self._map = diagonal_t.contiguous() if self._is_diagonal else matrix_st

    @property
    def is_nothing(self) -> bool:
        """Whether it leaves every row its own attention."""
        return self._takes_none and self._keeps_all

    def __call__(self, source: Attention, own: Attention) -> Attention:
        """Mix two rows' attention."""
        kept = own if self._keeps_all else own * self._kept
        if self._takes_none:
            return kept
        taken = self._take(source)
        # the row's own term comes first: the host then computes it from the queries and keys it has
        return taken if self._keeps_none else kept + taken

    def _take(self, source: Attention) -> Attention:
        if self._is_unit:
            return source
        return source * self._map if self._is_diagonal else source @ self._map
