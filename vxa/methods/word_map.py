"""A map painted for a word, at any size, brought to the size of each layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vxa.core.errors import SelectionError, ShapeError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable, parse_selection

Size = Callable[[Tensor], Tensor]
"""Measures maps on their last axis, which is kept with length 1."""


@dataclass(frozen=True, eq=False)
class WordMap:
    """Where a word shall look."""

    columns: tuple[int, ...]
    """Context columns of the word, at least one."""
    map_yx: Tensor
    """Shape (y, x), any size, of the picture's aspect; usually in [0, 1]."""
    strength: float = 1.0
    """Factor on the map."""

    def __post_init__(self) -> None:
        if self.map_yx.ndim != 2 or not self.map_yx.numel():
            raise ShapeError("a map of shape (y, x)", got=tuple(self.map_yx.shape))
        if not self.columns or min(self.columns) < 0:
            raise SelectionError("at least one token column, none negative", got=self.columns)

    @classmethod
    def of_word(cls, table: TokenTable, words: str, map_yx: Tensor, strength: float = 1.0) -> WordMap:
        """Paint every occurrence of a word or phrase of a prompt (see `parse_selection`)."""
        return cls(parse_selection(table, words).indices, map_yx, strength)


def resize_by_area(map_yx: Tensor, grid: Grid) -> Tensor:
    """Average over the cells of a grid, which keeps the mean where sizes divide; shape (y, x), at least float32."""
    map_yx = map_yx.to(torch.promote_types(map_yx.dtype, torch.float32))
    return functional.adaptive_avg_pool2d(map_yx[None, None], (grid.height, grid.width))[0, 0]


def stack_by_column(
    word_maps: Sequence[WordMap], grid: Grid, adds: bool, size: Size | None = None
) -> tuple[tuple[int, ...], Tensor]:
    """Bring maps to a layer's size, one a column.

    Args:
        word_maps: In order.
        grid: Of the layer.
        adds: Of several maps for one column, take their sum; else the last.
        size: Divide each map by what this gives for it, before its strength.

    Returns:
        Columns, and maps times their strengths, row-major: shape (columns, y · x).
    """
    by_column: dict[int, Tensor] = {}
    for word_map in word_maps:
        map_q = resize_by_area(word_map.map_yx, grid).flatten()
        if size is not None and map_q.any():
            map_q = map_q / size(map_q)
        map_q = word_map.strength * map_q
        for column in word_map.columns:
            by_column[column] = by_column[column] + map_q if adds and column in by_column else map_q
    return tuple(by_column), torch.stack(list(by_column.values()))
