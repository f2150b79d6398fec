"""What presets share."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vxa.core.errors import NoMapsError, SelectionError
from vxa.core.grid import Grid
from vxa.core.maps import LayerInfo
from vxa.core.tokens import Word
from vxa.methods.preset import head_weighted_mean, keep_columns, mean_over_columns, nearest_level


def layers_at(*levels: int) -> list[LayerInfo]:
    return [LayerInfo(f"down.{place}.0.cross", "down", level, 8) for place, level in enumerate(levels)]


@pytest.mark.parametrize(
    ("levels", "latent", "cells", "level"),
    [
        ((0, 1, 2, 3), Grid(64, 64), 16, 2),
        ((1, 2), Grid(128, 128), 16, 2),
        ((0, 1, 2), Grid(16, 16), 16, 0),
        ((0, 1, 2), Grid(64, 40), 16, 2),
        ((0, 1, 2), Grid(40, 64), 16, 2),
        ((0, 1), Grid(24, 24), 18, 0),  # 24 and 12 are equally close: the finer
        ((2,), Grid(8, 8), 16, 2),
        ((0, 1, 2), Grid(63, 63), 16, 2),
    ],
)
def test_nearest_level(levels: tuple[int, ...], latent: Grid, cells: int, level: int) -> None:
    assert nearest_level(layers_at(*levels), latent, cells) == level


def test_without_layers_there_is_no_level() -> None:
    with pytest.raises(NoMapsError, match=r"at least one layer; got none"):
        nearest_level([], Grid(8, 8), 16)


def test_every_head_counts_alike(make_record) -> None:
    latent = Grid(12, 17)
    kept, means = make_record("down.0.0.cross up.2.0.cross", latent)
    mean_tyx = head_weighted_mean(kept, latent, "bilinear")
    heads = [head_tyx for probs_htyx in means.values() for head_tyx in probs_htyx]
    np.testing.assert_allclose(mean_tyx.numpy(), sum(heads) / len(heads), atol=1e-6)
    averaged, _ = make_record("down.0.0.cross up.2.0.cross", latent, keeps_heads=False)
    torch.testing.assert_close(head_weighted_mean(averaged, latent, "bilinear"), mean_tyx)


def test_a_layer_with_more_heads_weighs_more(make_record) -> None:
    latent = Grid(12, 17)
    for keeps_heads in (True, False):
        maps, means = make_record("down.3.0.cross mid.0.0.cross", latent, keeps_heads)
        grid = latent.level(3)
        found = head_weighted_mean(maps, grid, "nearest")
        three, four = means["down.3.0.cross"].mean(0), means["mid.0.0.cross"].mean(0)
        # level 2 is 3×5 and level 3 is 2×3: nearest takes the cell under each centre
        picked = three[:, [0, 2]][:, :, [0, 2, 4]]
        np.testing.assert_allclose(found.numpy(), (3 * picked + 4 * four) / 7, atol=1e-6)


def test_undershoot_is_cut_before_averaging(make_record) -> None:
    maps, _ = make_record("down.3.0.cross", Grid(12, 17))
    raw = head_weighted_mean(maps, Grid(12, 17), "bicubic")
    cut = head_weighted_mean(maps, Grid(12, 17), "bicubic", clamps=True)
    assert cut.min() >= 0 and (cut - raw).min() > -1e-7 and (cut - raw).max() > 1e-4


def test_only_the_words_columns_are_reduced(make_record) -> None:
    maps, _ = make_record("mid.0.0.cross")
    kept = keep_columns(maps, [Word("a", (4, 9)), Word("b", (4, 76))])
    assert kept.tokens == (4, 9, 76)
    assert torch.equal(kept.mean("mid.0.0.cross")[:, 2], maps.mean("mid.0.0.cross")[:, 76])


def test_a_word_is_the_mean_of_its_tokens(make_record) -> None:
    maps, _ = make_record("mid.0.0.cross")
    maps_tyx = torch.rand(77, 2, 3)
    found = mean_over_columns(maps_tyx, maps, [Word("a", (4,)), Word("b", (1, 76))])
    torch.testing.assert_close(found, torch.stack([maps_tyx[4], (maps_tyx[1] + maps_tyx[76]) / 2]))
    with pytest.raises(SelectionError):
        mean_over_columns(maps_tyx, maps, [Word("a", (77,))])
