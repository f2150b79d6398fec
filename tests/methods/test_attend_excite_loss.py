from __future__ import annotations

from typing import Any

import pytest
import torch

from vxa.core.errors import ConfigError, SelectionError
from vxa.core.head_layers import SD1_LAYERS, SDXL_LAYERS
from vxa.core.tokens import TokenTable
from vxa.hosts.memory import RandomHost
from vxa.methods.attend_excite_loss import Competition, find_competing, let_compete, loss_of, suggest_sharpness

ALONE = Competition(smoothing=0.0)
COLUMNS = tuple(range(1, 76))


@pytest.fixture(scope="module")
def table() -> TokenTable:
    return RandomHost().tokenize("a red car")[0]


@pytest.fixture(scope="module")
def long_table() -> TokenTable:
    return RandomHost().tokenize(" ".join(["car"] * 80))[0]


def test_bos_and_the_very_last_column_take_no_part(table: TokenTable, long_table: TokenTable) -> None:
    assert ALONE.columns(table) == COLUMNS
    assert Competition(with_last=True).columns(table) == (*COLUMNS, 76)
    assert Competition(with_padding=False).columns(table) == (1, 2, 3)
    both = ALONE.columns(long_table)
    assert 0 not in both and 77 not in both and 153 not in both and len(both) == 151


def test_tokens_compete_at_each_place_and_nothing_is_changed_in_place() -> None:
    maps = torch.rand(2, 77, 3, 4)
    before = maps.clone()
    won = let_compete(maps, COLUMNS, 100.0)
    torch.testing.assert_close(won.sum(1), torch.ones(2, 3, 4))
    torch.testing.assert_close(won[:, 1:76], torch.softmax(100 * maps[:, 1:76], dim=1))
    assert not won[:, [0, 76]].any() and torch.equal(maps, before)


def test_a_word_that_has_a_place_to_itself_is_excited() -> None:
    maps = torch.full((1, 77, 4, 4), 0.01)
    maps[0, 5, 1, 2] = 0.9
    peaks = ALONE.peaks(maps, COLUMNS, [(5,), (6,)])
    assert peaks[0] > 1 - 1e-5 and float(peaks[1]) == pytest.approx(1 / 75, rel=1e-4)
    assert loss_of(peaks[:1]) < 1e-5
    assert float(loss_of(peaks)) == pytest.approx(1 - 1 / 75, rel=1e-4), "the weakest word counts"


def test_smoothing_takes_from_a_peak_what_the_kernel_says() -> None:
    maps = torch.zeros(1, 77, 5, 5)
    maps[0, 5, 2, 2] = 1.0
    lone, smoothed = (each.peaks(maps, COLUMNS, [(5,)]) for each in (ALONE, Competition()))
    background = 1 / 75
    assert float(smoothed) == pytest.approx(0.3319 * float(lone) + (1 - 0.3319) * background, abs=1e-3)


def test_the_tokens_of_a_word_win_together() -> None:
    maps = torch.zeros(1, 77, 3, 3)
    maps[0, 5, 1, 1] = maps[0, 6, 1, 1] = 0.5
    together, apart = ALONE.peaks(maps, COLUMNS, [(5, 6), (5,)])
    assert together > 1 - 1e-5 and float(apart) == pytest.approx(0.5, abs=1e-4)


def test_each_word_may_have_maps_of_its_own() -> None:
    maps = torch.rand(2, 77, 3, 3)
    both = ALONE.peaks(maps, COLUMNS, [(5,), (6,)])
    alone = [ALONE.peaks(maps[[number]], COLUMNS, [(5 + number,)])[0] for number in range(2)]
    torch.testing.assert_close(both, torch.stack(alone))


def test_the_order_of_tokens_does_not_matter() -> None:
    maps, order = torch.rand(1, 77, 3, 3), torch.randperm(75) + 1
    shuffled = maps.clone()
    shuffled[:, 1:76] = maps[:, order]
    place = int((order == 5).nonzero()) + 1
    torch.testing.assert_close(
        Competition().peaks(maps, COLUMNS, [(5,)]), Competition().peaks(shuffled, COLUMNS, [(place,)])
    )


def test_what_does_not_compete_is_left_out_of_a_word_or_refused(table: TokenTable) -> None:
    assert find_competing(table, [(3, 0), (2,)], COLUMNS) == [(3,), (2,)]
    with pytest.raises(SelectionError, match=r"other than BOS and padding, .*; got 'BOS'"):
        find_competing(table, [(2,), (0,)], COLUMNS)


def test_words_compete_as_sharply_as_published_but_in_models_with_few_heads() -> None:
    assert suggest_sharpness(SD1_LAYERS.total) == suggest_sharpness(SDXL_LAYERS.total) == Competition().sharpness == 100
    assert suggest_sharpness(40) == 20


@pytest.mark.parametrize("options", [{"sharpness": 0}, {"smoothing": -1}, {"size": 2}, {"kernel": "box"}])
def test_what_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Competition(**options)
