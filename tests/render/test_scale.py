from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vxa.core.errors import ConfigError, ShapeError
from vxa.render.scale import SCALE_MODES, upscale

sides = st.integers(1, 23)


def random_map(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width)).astype(np.float32)


def slow_weights(num_cells: int, num_pixels: int, mode: str) -> np.ndarray:
    """Textbook resampling for enlarging: a kernel at half-pixel centres, cut at the border and renormalised."""
    weights = np.zeros((num_pixels, num_cells))
    for pixel in range(num_pixels):
        centre = (pixel + 0.5) * num_cells / num_pixels - 0.5
        for cell in range(num_cells):
            t = abs(cell - centre)
            if mode == "bilinear":
                weight = max(0.0, 1 - t)
            elif t < 1:
                weight = 1.5 * t**3 - 2.5 * t**2 + 1
            else:
                weight = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0
            weights[pixel, cell] = weight
    return weights / weights.sum(axis=1, keepdims=True)


def test_nearest_shows_blocks_by_hand() -> None:
    scaled = upscale(np.float32([[0, 0.25], [0.5, 1]]), 4, 6, "nearest")
    assert scaled.tolist() == [[0, 0, 0, 0.25, 0.25, 0.25]] * 2 + [[0.5, 0.5, 0.5, 1, 1, 1]] * 2


def test_nearest_is_centred_where_cells_do_not_fit_evenly() -> None:
    """By hand: pixel centres 1/6, 1/2, 5/6 of two cells fall into cells 0, 1 (the border counts up), 1."""
    assert upscale(np.float32([[0, 1]]), 1, 3, "nearest").tolist() == [[0, 1, 1]]
    assert upscale(np.float32([[0, 0.5, 1]]), 1, 5, "nearest").tolist() == [[0, 0, 0.5, 1, 1]]
    assert upscale(np.float32([[0, 0.25, 0.5, 0.75]]), 1, 2, "nearest").tolist() == [[0.25, 0.75]]


@given(y=sides, x=sides, factor=st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_nearest_equals_the_originals_loop_at_whole_factors(y: int, x: int, factor: int) -> None:
    map_yx = random_map(y, x)
    scaled = upscale(map_yx, y * factor, x * factor, "nearest")
    for i in range(y * factor):
        for j in range(x * factor):
            assert scaled[i, j] == map_yx[i // factor, j // factor]


@given(y=sides, x=sides, height=st.integers(1, 60), width=st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_nearest_takes_the_cell_under_the_pixels_centre(y: int, x: int, height: int, width: int) -> None:
    map_yx = random_map(y, x)
    scaled = upscale(map_yx, height, width, "nearest")
    for i in range(height):
        for j in range(width):
            assert scaled[i, j] == map_yx[(2 * i + 1) * y // (2 * height), (2 * j + 1) * x // (2 * width)]


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@given(y=sides, x=sides, more_y=st.integers(0, 40), more_x=st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_smooth_modes_equal_the_textbook(mode: str, y: int, x: int, more_y: int, more_x: int) -> None:
    map_yx = random_map(y, x)
    rows, columns = slow_weights(y, y + more_y, mode), slow_weights(x, x + more_x, mode)
    expected = np.clip(rows @ map_yx.astype(np.float64) @ columns.T, 0, 1)
    assert np.abs(upscale(map_yx, y + more_y, x + more_x, mode) - expected).max() < 1e-5


def test_bilinear_by_hand() -> None:
    assert upscale(np.float32([[0, 1]]), 1, 4, "bilinear").tolist() == [[0, 0.25, 0.75, 1]]


def test_bicubic_overshoot_is_cut() -> None:
    step = np.float32([[0, 0, 0, 1, 1, 1]])
    scaled = upscale(step, 1, 60, "bicubic")
    unclipped = slow_weights(6, 60, "bicubic") @ step[0]
    assert unclipped.min() < -0.01
    assert unclipped.max() > 1.01
    assert scaled.min() == 0
    assert scaled.max() == 1


@pytest.mark.parametrize("mode", SCALE_MODES)
@given(y=sides, x=sides, height=st.integers(1, 60), width=st.integers(1, 60), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_any_size_gives_shape_dtype_and_range(mode: str, y: int, x: int, height: int, width: int, seed: int) -> None:
    map_yx = random_map(y, x, seed)
    before = map_yx.copy()
    scaled = upscale(map_yx, height, width, mode)
    assert scaled.shape == (height, width)
    assert scaled.dtype == np.float32
    assert scaled.min() >= 0
    assert scaled.max() <= 1
    assert np.array_equal(map_yx, before)
    assert not np.shares_memory(scaled, map_yx)
    scaled[0, 0] = 0.5  # writable


@pytest.mark.parametrize("mode", SCALE_MODES)
def test_constant_maps_stay_constant_and_the_same_size_is_the_same(mode: str) -> None:
    assert np.allclose(upscale(np.full((3, 5), 0.3, np.float32), 17, 11, mode), 0.3, atol=1e-6)
    map_yx = random_map(6, 9)
    assert np.array_equal(upscale(map_yx, 6, 9, mode), map_yx)


@pytest.mark.parametrize("mode", SCALE_MODES)
def test_height_comes_first_and_mirroring_commutes(mode: str) -> None:
    map_yx = random_map(3, 8)
    scaled = upscale(map_yx, 12, 40, mode)
    assert np.allclose(scaled.T, upscale(map_yx.T.copy(), 40, 12, mode), atol=1e-6)
    assert np.allclose(scaled[::-1, ::-1], upscale(map_yx[::-1, ::-1].copy(), 12, 40, mode), atol=1e-6)


def test_errors() -> None:
    map_yx = random_map(2, 2)
    with pytest.raises(ConfigError, match=r"known way to scale; got 'bicubik'\. Did you mean bicubic"):
        upscale(map_yx, 4, 4, "bicubik")
    with pytest.raises(ConfigError, match="height in pixels"):
        upscale(map_yx, 0, 4)
    with pytest.raises(ConfigError, match="width in pixels"):
        upscale(map_yx, 4, 2.5)  # type: ignore[arg-type]
    with pytest.raises(ShapeError):
        upscale(np.zeros((2, 2, 2), np.float32), 4, 4)
    with pytest.raises(ConfigError, match="NaN"):
        upscale(np.float32([[np.nan]]), 4, 4)


@pytest.mark.parametrize("mode", SCALE_MODES)
def test_16_to_512_takes_milliseconds(mode: str) -> None:
    map_yx = random_map(16, 16)
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        upscale(map_yx, 512, 512, mode)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.030
