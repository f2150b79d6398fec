from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vxa.core.errors import ConfigError, PictureError, ShapeError, VxaError
from vxa.render.colormaps import color_table
from vxa.render.overlay import cutout, grey, heat, masked, threshold_mask
from vxa.render.scale import upscale

PICTURE = np.uint8([[[255, 100, 3], [0, 10, 200]], [[1, 2, 3], [90, 91, 92]]])
MAP = np.float32([[1, 0.5], [0, 0.25]])


def random_picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def random_map(height: int, width: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width)).astype(np.float32)


def slow_masked(picture: np.ndarray, map_yx: np.ndarray) -> np.ndarray:
    """Walk over the pixels, as the original extension does."""
    height, width, _ = picture.shape
    out = picture.astype(np.float64)
    for i in range(height):
        for j in range(width):
            out[i, j] *= map_yx[i * map_yx.shape[0] // height, j * map_yx.shape[1] // width]
    return np.rint(out).astype(np.uint8)


def slow_heat(picture: np.ndarray, map_yx: np.ndarray, opacity: float) -> np.ndarray:
    """Mix pixel by pixel; the map has the picture's size already."""
    height, width, _ = picture.shape
    table = color_table("turbo").astype(np.float64)
    out = np.zeros((height, width, 3))
    for i in range(height):
        for j in range(width):
            color = table[int(np.rint(map_yx[i, j] * np.float32(255)))]
            out[i, j] = (1 - opacity) * picture[i, j] + opacity * color
    return out


def test_masked_by_hand() -> None:
    image = masked(PICTURE, MAP)
    assert image.mode == "RGB"
    assert np.asarray(image).tolist() == [[[255, 100, 3], [0, 5, 100]], [[0, 0, 0], [22, 23, 23]]]


def test_grey_by_hand() -> None:
    image = grey(MAP, (2, 4))
    assert image.mode == "L"
    assert image.size == (4, 2)
    assert np.asarray(image).tolist() == [[255, 255, 128, 128], [0, 0, 64, 64]]


def test_heat_by_hand() -> None:
    """Half of the picture and half of the grey map: (255 + 255) / 2, (100 + 255) / 2 = 177.5, to even 178, …"""
    image = heat(PICTURE, np.float32([[1, 0], [0, 1]]), colormap="grey", opacity=0.5)
    assert np.asarray(image).tolist() == [[[255, 178, 129], [0, 5, 100]], [[0, 1, 2], [172, 173, 174]]]


def test_heat_at_its_ends_is_the_picture_or_the_colors() -> None:
    picture, map_yx = random_picture(20, 30), random_map(5, 6)
    assert np.array_equal(np.asarray(heat(picture, map_yx, opacity=0)), picture)
    indices = np.rint(upscale(map_yx, 20, 30, "bicubic") * np.float32(255)).astype(int)
    assert np.array_equal(np.asarray(heat(picture, map_yx, opacity=1, colormap="magma")), color_table("magma")[indices])


def test_threshold_is_strict() -> None:
    image = threshold_mask(MAP, (2, 2), 0.25, mode="nearest")
    assert image.mode == "L"
    assert np.asarray(image).tolist() == [[255, 255], [0, 0]]
    assert not np.asarray(threshold_mask(MAP, (2, 2), 1)).any()
    assert np.asarray(threshold_mask(MAP, (2, 2), 0)).tolist() == [[255, 255], [0, 255]]


def test_threshold_is_taken_after_scaling() -> None:
    mask = np.asarray(threshold_mask(np.float32([[0, 1]]), (1, 100), 0.3, mode="bilinear"))[0]
    slope = np.clip((np.arange(100) + 0.5) * 2 / 100 - 0.5, 0, 1)
    assert np.array_equal(mask > 0, slope > 0.3)


def test_cutout_keeps_colors_and_puts_the_map_into_alpha() -> None:
    soft = cutout(PICTURE, MAP)
    assert soft.mode == "RGBA"
    assert np.array_equal(np.asarray(soft)[:, :, :3], PICTURE)
    assert np.asarray(soft)[:, :, 3].tolist() == [[255, 128], [0, 64]]
    hard = cutout(PICTURE, MAP, threshold=0.3)
    assert np.asarray(hard)[:, :, 3].tolist() == [[255, 255], [0, 0]]


@given(height=st.integers(1, 40), width=st.integers(1, 40), y=st.integers(1, 12), x=st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_every_overlay_has_the_pictures_size(height: int, width: int, y: int, x: int) -> None:
    picture, map_yx = random_picture(height, width), random_map(y, x)
    before = picture.copy(), map_yx.copy()
    images = [
        (masked(picture, map_yx), "RGB"),
        (heat(picture, map_yx), "RGB"),
        (cutout(picture, map_yx), "RGBA"),
        (grey(map_yx, (height, width)), "L"),
        (threshold_mask(map_yx, (height, width), 0.5), "L"),
    ]
    assert all(image.size == (width, height) and image.mode == mode for image, mode in images)
    assert (np.asarray(images[0][0]) <= picture).all()
    assert set(np.unique(np.asarray(images[4][0]))) <= {0, 255}
    assert np.array_equal(picture, before[0])
    assert np.array_equal(map_yx, before[1])


@given(y=st.integers(1, 6), x=st.integers(1, 6), factor=st.integers(1, 5), seed=st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_masked_equals_the_slow_loop(y: int, x: int, factor: int, seed: int) -> None:
    picture, map_yx = random_picture(y * factor, x * factor, seed), random_map(y, x, seed)
    assert np.array_equal(np.asarray(masked(picture, map_yx)), slow_masked(picture, map_yx))


@given(height=st.integers(1, 16), width=st.integers(1, 16), opacity=st.floats(0, 1), seed=st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_heat_equals_the_slow_loop(height: int, width: int, opacity: float, seed: int) -> None:
    picture, map_yx = random_picture(height, width, seed), random_map(height, width, seed)
    exact = slow_heat(picture, map_yx, opacity)
    # float32 may round a tie of float64 to the other side, so half a level and a little is allowed.
    assert np.abs(np.asarray(heat(picture, map_yx, opacity=opacity)) - exact).max() <= 0.5 + 1e-4


def test_a_map_of_ones_and_zeros_is_identity_and_black() -> None:
    picture = random_picture(31, 17)
    assert np.array_equal(np.asarray(masked(picture, np.ones((3, 2), np.float32))), picture)
    assert not np.asarray(masked(picture, np.zeros((3, 2), np.float32))).any()


BAD_CALLS: list[tuple[type[VxaError], Callable[[], object]]] = [
    (ShapeError, lambda: masked(PICTURE, MAP[0])),
    (ShapeError, lambda: grey(MAP[None], (2, 2))),
    (ShapeError, lambda: heat(PICTURE, MAP[0])),
    (ShapeError, lambda: threshold_mask(MAP[0], (2, 2), 0.5)),
    (ShapeError, lambda: cutout(PICTURE, MAP[0])),
    (PictureError, lambda: masked(PICTURE[:, :, 0], MAP)),
    (PictureError, lambda: heat(PICTURE.astype(np.float32), MAP)),
    (PictureError, lambda: cutout(PICTURE[:0], MAP)),
    (ConfigError, lambda: masked(PICTURE, MAP * np.nan)),
    (ConfigError, lambda: heat(PICTURE, MAP * 2)),
    (ConfigError, lambda: heat(PICTURE, MAP, opacity=1.5)),
    (ConfigError, lambda: heat(PICTURE, MAP, colormap="turboo")),
    (ConfigError, lambda: heat(PICTURE, MAP, mode="lanczos")),
    (ConfigError, lambda: grey(MAP, (0, 2))),
    (ConfigError, lambda: grey((MAP * 255).astype(np.uint8), (2, 2))),
    (ConfigError, lambda: threshold_mask(MAP, (2, 2), -0.1)),
    (ConfigError, lambda: threshold_mask(MAP, (2, 2), float("nan"))),
    (ConfigError, lambda: cutout(PICTURE, MAP, threshold=2)),
]


@pytest.mark.parametrize(("error", "call"), BAD_CALLS)
def test_bad_input_is_refused(error: type[VxaError], call: Callable[[], object]) -> None:
    with pytest.raises(error, match=r"^Expected .*; got "):
        call()


def fastest(call: Callable[[], object], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def test_512_overlays_are_fifty_times_faster_than_pixel_loops_and_take_under_30_ms() -> None:
    picture, map_yx = random_picture(512, 512), random_map(16, 16)
    fast_masked = fastest(lambda: masked(picture, map_yx), 7)
    fast_heat = fastest(lambda: heat(picture, map_yx), 7)
    scaled = upscale(map_yx, 512, 512, "bicubic")
    assert fast_masked < 0.030
    assert fast_heat < 0.030
    assert fastest(lambda: slow_masked(picture, map_yx), 1) > 50 * fast_masked
    assert fastest(lambda: slow_heat(picture, scaled, 0.6), 1) > 50 * fast_heat
