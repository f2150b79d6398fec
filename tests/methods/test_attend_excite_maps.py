"""The maps of Attend-and-Excite's loss, against its algorithm in loops and float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vxa.core.errors import SelectionError
from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps, LayerInfo
from vxa.core.tokens import Word
from vxa.engine.sites import SiteTable
from vxa.methods.attend_excite_maps import AttendExciteMaps

READ = "down.3.0.cross up.0.0.cross"
WORDS = (Word("one", (3,)), Word("two pieces", (5, 6)), Word("first and last", (1, 75)))


def naive_smooth(map_yx: np.ndarray, sigma: float = 0.5) -> np.ndarray:
    """3×3 kernel ∝ exp(-(x / 2σ)²) in both directions, the border reflected."""
    weight = {d: math.exp(-((d / (2 * sigma)) ** 2)) for d in (-1, 0, 1)}
    total = sum(weight.values()) ** 2
    height, width = map_yx.shape
    out = np.zeros_like(map_yx)
    for y in range(height):
        for x in range(width):
            for dy in weight:
                for dx in weight:
                    yy, xx = y + dy, x + dx
                    yy = -yy if yy < 0 else 2 * (height - 1) - yy if yy >= height else yy
                    xx = -xx if xx < 0 else 2 * (width - 1) - xx if xx >= width else xx
                    out[y, x] += weight[dy] * weight[dx] / total * map_yx[yy, xx]
    return out


def naive_attend_excite(means: dict[str, np.ndarray], sharpness: float = 100.0) -> np.ndarray:
    """Mean over heads, softmax over columns 1 … 75 at each place, smoothed: shape (t, y, x), the others zero."""
    heads = [head_tyx for probs_htyx in means.values() for head_tyx in probs_htyx]
    mean_tyx = sum(heads) / len(heads)
    out = np.zeros_like(mean_tyx)
    for y in range(mean_tyx.shape[1]):
        for x in range(mean_tyx.shape[2]):
            weights = [math.exp(sharpness * mean_tyx[t, y, x]) for t in range(1, 76)]
            for t in range(1, 76):
                out[t, y, x] = weights[t - 1] / sum(weights)
    return np.stack([naive_smooth(map_yx) for map_yx in out])


@pytest.mark.parametrize("keeps_heads", [True, False])
@pytest.mark.parametrize("latent", [Grid(12, 17), Grid(24, 16)], ids=str)
def test_equals_the_naive_form(make_record, latent: Grid, keeps_heads: bool) -> None:
    maps, means = make_record(READ, latent, keeps_heads)
    maps_tyx = naive_attend_excite(means)
    expected = np.stack([sum(maps_tyx[index] for index in word.indices) / len(word.indices) for word in WORDS])
    np.testing.assert_allclose(AttendExciteMaps().reduce(maps, WORDS).numpy(), expected, atol=1e-5)


def one_layer(probs_tyx: torch.Tensor) -> AttentionMaps:
    layer = LayerInfo("down.0.0.cross", "down", 0, 1)
    latent = Grid(*probs_tyx.shape[1:])
    return AttentionMaps((layer,), {layer.address: probs_tyx[None]}, tuple(range(len(probs_tyx))), 1, latent)


def test_constant_attention_gives_equal_maps() -> None:
    found = AttendExciteMaps().reduce(one_layer(torch.full((77, 4, 5), 1 / 77)), WORDS)
    # a word whose columns all compete has the mean of equal shares
    torch.testing.assert_close(found, torch.full((3, 4, 5), 1 / 75))


def test_a_token_that_has_all_attention_keeps_it() -> None:
    probs_tyx = torch.zeros(77, 4, 5)
    probs_tyx[3] = 1
    found = AttendExciteMaps().reduce(one_layer(probs_tyx), WORDS)
    torch.testing.assert_close(found[0], torch.ones(4, 5))
    assert found[1:].max() < 1e-6


def test_bos_takes_no_part_in_any_chunk() -> None:
    probs_tyx = torch.zeros(154, 4, 5)
    probs_tyx[0], probs_tyx[77], probs_tyx[78] = 0.6, 0.3, 0.1
    found = AttendExciteMaps().reduce(one_layer(probs_tyx), [Word("second chunk", (78,))])
    assert found.min() > 0.99


def test_columns_that_do_not_compete_do_not_dilute_a_word() -> None:
    probs_tyx = torch.rand(77, 4, 5)
    maps = one_layer(probs_tyx / probs_tyx.sum(0))
    with_bos, without = AttendExciteMaps().reduce(maps, [Word("a", (0, 3, 76)), Word("b", (3,))])
    assert torch.equal(with_bos, without)


@pytest.mark.parametrize("index", [0, 76])
def test_a_word_that_does_not_compete_is_refused(index: int) -> None:
    maps = one_layer(torch.full((77, 4, 5), 1 / 77))
    with pytest.raises(SelectionError, match=r"other than BOS and the last column, .*; got \['BOS'\]"):
        AttendExciteMaps().reduce(maps, [WORDS[0], Word("BOS", (index,))])


def test_a_record_of_some_tokens_is_refused(make_record) -> None:
    layer = LayerInfo("down.0.0.cross", "down", 0, 1)
    maps = AttentionMaps((layer,), {layer.address: torch.rand(1, 2, 4, 5)}, (1, 3), 1, Grid(4, 5))
    with pytest.raises(SelectionError, match=r"a record of all tokens; got 2 of them"):
        AttendExciteMaps().reduce(maps, [Word("w", (1,))])


@pytest.mark.parametrize("latent", [Grid(64, 64), Grid(64, 96), Grid(96, 96), Grid(128, 128)], ids=str)
def test_sd1_reads_the_five_layers_of_the_paper_at_any_size(sd1: SiteTable, latent: Grid) -> None:
    chosen = AttendExciteMaps().choose(sd1, latent)
    assert [site.layer for site in chosen] == [4, 5, 7, 8, 9]


@pytest.mark.parametrize(
    ("model", "latent", "level", "count"), [("sdxl", Grid(128, 128), 2, 50), ("tiny", Grid(16, 16), 0, 3)]
)
def test_other_models_read_the_nearest_level(model: str, latent: Grid, level: int, count: int, request) -> None:
    chosen = AttendExciteMaps().choose(request.getfixturevalue(model), latent)
    assert {site.level for site in chosen} == {level} and len(chosen) == count
