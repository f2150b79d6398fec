"""Orders of heads and who is weakened: the published lists, and the invariants of section 4.5."""

from __future__ import annotations

import numpy as np
import pytest

from tests.made_vectors import make_vectors
from vxa.core.errors import ConfigError
from vxa.core.head_layers import SD1_LAYERS, SDXL_LAYERS
from vxa.methods.ordered_weakening import ORDERS, order_heads, spread_counts, weaken_heads

VECTORS = make_vectors(SD1_LAYERS)


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_has_every_head_once_and_is_the_same_again(order: str) -> None:
    heads = order_heads(VECTORS, "Color", order, seed=3)  # type: ignore[arg-type]
    assert sorted(heads) == list(range(128))
    assert np.array_equal(heads, order_heads(VECTORS, "color", order, seed=3))  # type: ignore[arg-type]


def test_most_relevant_first_goes_by_the_shares_and_least_is_its_reverse() -> None:
    most, least = (order_heads(VECTORS, "color", order) for order in ("most", "least"))
    assert (np.diff(VECTORS.shares_nh[0, most]) <= 0).all() and np.array_equal(most, least[::-1])


def test_a_random_order_depends_on_its_seed_alone() -> None:
    first, second = (order_heads(VECTORS, "color", "random", seed) for seed in (0, 1))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, order_heads(VECTORS, "shape", "random", 0))


@pytest.mark.parametrize("count", [0, 1, 11, 64, 128])
def test_the_first_and_the_last_heads_part_the_model(count: int) -> None:
    most, least = (order_heads(VECTORS, "color", order) for order in ("most", "least"))
    first, last = weaken_heads(most[:count], 128), weaken_heads(least[: 128 - count], 128)
    assert (first == -2).sum() == count and ((first == -2) ^ (last == -2)).all()
    assert set(first) | set(last) == {1, -2}


def test_a_factor_of_one_changes_nothing() -> None:
    assert (weaken_heads([3, 5], 128, 1.0) == 1).all()


def test_counts_are_the_published_ones_or_evenly_spread() -> None:
    assert spread_counts(SD1_LAYERS.total) == (0, 1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 101, 111, 121, 128)
    assert spread_counts(SDXL_LAYERS.total)[:3] == (0, 11, 111) and spread_counts(1300)[-2:] == (1211, 1300)
    assert spread_counts(195)[0] == 0 and spread_counts(195)[-1] == 195
    assert spread_counts(4) == (0, 1, 2, 3, 4)


def test_an_unknown_concept_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"There are: color, shape, size"):
        order_heads(VECTORS, "taste", "most")
