"""Grids against what convolutions really do."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from vxa.core.errors import ShapeError
from vxa.core.grid import Grid

sides = st.integers(1, 97)


@given(sides, sides, st.integers(0, 4))
def test_a_level_is_what_stride_2_convolutions_leave(height: int, width: int, level: int) -> None:
    down = nn.Conv2d(1, 1, 3, stride=2, padding=1, device="meta")
    image = torch.empty(1, 1, height, width, device="meta")
    for _ in range(level):
        image = down(image)
    grid = Grid(height, width).level(level)
    assert (grid.height, grid.width) == image.shape[-2:]
    assert grid.cells == image.numel()


@given(sides, sides, st.integers(1, 9))
def test_padded_is_the_smallest_multiple_that_holds_it(height: int, width: int, multiple: int) -> None:
    grid = Grid(height, width).padded(multiple)
    assert grid.height % multiple == 0 and grid.width % multiple == 0
    assert 0 <= grid.height - height < multiple and 0 <= grid.width - width < multiple


@given(sides, sides, st.integers(1, 9))
def test_divided_undoes_times(height: int, width: int, factor: int) -> None:
    assert Grid(height, width).times(factor).divided(factor) == Grid(height, width)


def test_height_comes_first() -> None:
    assert str(Grid(3, 5)) == "3×5"
    assert Grid(3, 5) != Grid(5, 3)
    assert Grid(5, 8).halved() == Grid(3, 4)


@pytest.mark.parametrize("sides", [(0, 4), (4, 0), (-1, 4)])
def test_an_empty_grid_is_refused(sides: tuple[int, int]) -> None:
    with pytest.raises(ShapeError, match=f"at least 1×1; got {sides[0]}×{sides[1]}"):
        Grid(*sides)


@pytest.mark.parametrize("sides", [(12, 8), (8, 12)])
def test_a_side_that_does_not_divide_is_refused(sides: tuple[int, int]) -> None:
    with pytest.raises(ShapeError, match=r"multiples of 8; got 1?[28]×1?[28]. Pad"):
        Grid(*sides).divided(8)
