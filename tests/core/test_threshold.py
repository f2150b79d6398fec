"""Thresholds against trying them all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxa.core.errors import ShapeError
from vxa.core.threshold import otsu_threshold, scale_min_max


def variance_between(map_yx: np.ndarray, threshold: float) -> float:
    """Between-class variance of the two sides, by definition."""
    below, above = map_yx[map_yx < threshold], map_yx[map_yx >= threshold]
    if not below.size or not above.size:
        return 0.0
    return below.size * above.size * float(below.mean() - above.mean()) ** 2


@pytest.mark.parametrize("seed", range(12))
def test_otsu_is_the_best_of_all_thresholds(seed: int) -> None:
    generator = np.random.default_rng(seed)
    # values on bin centres: binning then loses nothing
    levels = np.concatenate([generator.integers(5, 90, 60), generator.integers(120, 250, generator.integers(10, 99))])
    map_yx = ((levels + 0.5) / 256).reshape(1, -1)
    found = otsu_threshold(map_yx)
    best = max(variance_between(map_yx, edge / 256) for edge in range(257))
    assert variance_between(map_yx, found) == pytest.approx(best)


def test_ties_take_the_middle() -> None:
    # any threshold between the two values separates them alike
    assert otsu_threshold(np.array([[0.2, 0.8], [0.2, 0.2]])) == pytest.approx(0.5, abs=1 / 256)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_constant_map_has_a_threshold_all_the_same(value: float) -> None:
    assert 0.45 < otsu_threshold(np.full((4, 4), value)) < 0.55


def test_bounds_hold() -> None:
    map_yx = np.array([[0.01] * 50 + [0.05] * 50])
    assert otsu_threshold(map_yx) < 0.1
    assert otsu_threshold(map_yx, low=0.25, high=0.75) == 0.25
    assert otsu_threshold(1 - map_yx, low=0.25, high=0.75) == 0.75


@pytest.mark.parametrize(
    "map_yx", [np.zeros((0, 4)), np.array([[0.5, 1.2]]), np.array([[-0.1, 0.5]]), np.array([[np.nan, 0.5]])]
)
def test_maps_that_are_empty_or_out_of_range_are_refused(map_yx: np.ndarray) -> None:
    with pytest.raises(ShapeError, match=r"a non-empty map in \[0, 1\]"):
        otsu_threshold(map_yx)


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e3), st.integers(0, 99))
def test_scaling_stretches_to_the_whole_range(offset: float, span: float, seed: int) -> None:
    map_yx = np.random.default_rng(seed).random((3, 4))
    map_yx[0, 0], map_yx[2, 3] = 0, 1
    scaled = scale_min_max(offset + span * map_yx)
    assert scaled.dtype == np.float32 and scaled.shape == (3, 4)
    if span > 1e-5 * abs(offset):
        assert scaled.min() == 0 and scaled.max() == 1
        np.testing.assert_allclose(scaled, map_yx, atol=1e-3)


@pytest.mark.parametrize("value", [0.0, 1e-30, 0.4, 100.0, -3.0])
def test_a_constant_map_becomes_zero_instead_of_noise(value: float) -> None:
    map_yx = np.full((3, 3), value, np.float32)
    assert not scale_min_max(map_yx).any()
    map_yx[1, 1] = np.nextafter(map_yx[1, 1], np.float32(np.inf)) if value else 0
    if value > 1e-20:
        assert not scale_min_max(map_yx).any()


def test_a_faint_map_is_no_constant() -> None:
    assert scale_min_max(np.array([[0.0, 1e-9]])).tolist() == [[0.0, 1.0]]
