"""Painted maps at the size of each layer."""

from __future__ import annotations

import pytest
import torch

from vxa.core.errors import SelectionError, ShapeError
from vxa.core.grid import Grid
from vxa.hosts.memory import RandomHost
from vxa.methods.word_map import WordMap, resize_by_area, stack_by_column


def test_area_keeps_the_mean_and_plain_blocks() -> None:
    map_yx = torch.rand(16, 8)
    coarse = resize_by_area(map_yx, Grid(4, 2))
    torch.testing.assert_close(coarse[0, 0], map_yx[:4, :4].mean())
    torch.testing.assert_close(coarse.mean(), map_yx.mean())
    assert torch.equal(resize_by_area(map_yx, Grid(16, 8)), map_yx)
    fine = resize_by_area(coarse, Grid(8, 4))
    assert torch.equal(fine[::2, ::2], coarse) and torch.equal(fine[1::2, 1::2], coarse)
    assert resize_by_area(torch.ones(7, 5, dtype=torch.uint8), Grid(3, 3)).tolist() == [[1.0] * 3] * 3


def test_maps_are_stacked_by_column() -> None:
    first, second = torch.rand(2, 2), torch.rand(4, 4)
    maps = [WordMap((3, 1), first, 2.0), WordMap((1,), second)]
    grid = Grid(2, 2)
    small = resize_by_area(second, grid).flatten()
    columns, maps_nq = stack_by_column(maps, grid, adds=True)
    assert columns == (3, 1)
    torch.testing.assert_close(maps_nq, torch.stack([2 * first.flatten(), 2 * first.flatten() + small]))
    torch.testing.assert_close(stack_by_column(maps, grid, adds=False)[1][1], small)


def test_maps_may_be_brought_to_unit_size_before_their_strength() -> None:
    maps = [WordMap((1,), torch.full((2, 2), 0.5), 3.0), WordMap((2,), torch.zeros(2, 2))]
    _, maps_nq = stack_by_column(maps, Grid(2, 2), adds=True, size=lambda values: values.mean(-1, keepdim=True))
    assert maps_nq.tolist() == [[3.0] * 4, [0.0] * 4]


def test_words_are_found_in_the_prompt() -> None:
    table = RandomHost().tokenize("a red car and a velociraptor")[0]
    assert WordMap.of_word(table, "velociraptor", torch.ones(2, 2)).columns == (6, 7)
    assert WordMap.of_word(table, "a", torch.ones(2, 2)).columns == (1, 5)
    with pytest.raises(SelectionError, match="got 'bus'"):
        WordMap.of_word(table, "bus", torch.ones(2, 2))
    with pytest.raises(SelectionError, match=r"at least one token column"):
        WordMap((), torch.ones(2, 2))
    for shape in ((3,), (1, 2, 2), (0, 2)):
        with pytest.raises(ShapeError, match=r"a map of shape \(y, x\)"):
            WordMap((1,), torch.ones(shape))
