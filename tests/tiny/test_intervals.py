from __future__ import annotations

import math

import pytest

from vxa.tiny.intervals import bootstrap_mean


def test_the_interval_of_many_coin_tosses() -> None:
    figure = bootstrap_mean([0.0, 1.0] * 200)
    assert figure.mean == 0.5 and figure.count == 400
    assert figure.low == pytest.approx(0.45, abs=0.01) and figure.high == pytest.approx(0.55, abs=0.01)


def test_it_is_deterministic() -> None:
    assert bootstrap_mean([1.0, 2.0, 4.0]) == bootstrap_mean([1.0, 2.0, 4.0])


def test_nothing_measured_is_not_a_number() -> None:
    figure = bootstrap_mean([])
    assert math.isnan(figure.mean) and figure.count == 0
