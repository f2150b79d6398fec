from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from vxa.core.errors import ConfigError, PictureError, ShapeError
from vxa.render.validation import (
    checked_count,
    checked_fraction,
    checked_image,
    checked_map,
    checked_picture,
    checked_size,
)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_any_float_map_becomes_float32_with_the_same_values(dtype: type) -> None:
    given = np.array([[0, 0.25], [0.5, 1]], dtype=dtype)
    checked = checked_map(given)
    assert checked.dtype == np.float32
    assert checked.tolist() == [[0, 0.25], [0.5, 1]]


def test_rounding_errors_are_cut_off_and_the_argument_stays() -> None:
    given = np.array([[-1e-6, 1 + 1e-6]], dtype=np.float32)
    before = given.copy()
    assert checked_map(given).tolist() == [[0, 1]]
    assert np.array_equal(given, before)


@pytest.mark.parametrize("shape", [(4,), (1, 4, 4), (0, 4), (4, 0)])
def test_a_map_of_the_wrong_shape_is_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"shape \(y, x\).*got shape") as caught:
        checked_map(np.zeros(shape, np.float32))
    assert str(shape) in str(caught.value)


def test_a_list_is_no_map() -> None:
    with pytest.raises(ShapeError, match=r"numpy array.*got list"):
        checked_map([[0.5]])


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_, np.complex64])
def test_a_map_of_another_dtype_is_named(dtype: type) -> None:
    with pytest.raises(ConfigError, match=f"got dtype {np.dtype(dtype)}"):
        checked_map(np.zeros((2, 2), dtype))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite_cells_are_counted(value: float) -> None:
    broken = np.full((3, 5), 0.5, np.float32)
    broken[1, 2] = broken[2, 4] = value
    with pytest.raises(ConfigError, match="NaN or infinity in 2 of 15 cells"):
        checked_map(broken)


@pytest.mark.parametrize(("low", "high"), [(-0.1, 0.5), (0.0, 1.5), (0.0, 1.001)])
def test_values_out_of_range_are_told(low: float, high: float) -> None:
    with pytest.raises(ConfigError, match=f"values from {low:g} to {high:g}"):
        checked_map(np.array([[low, high]]))


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (4, 4, 1), (0, 4, 3)])
def test_a_picture_of_the_wrong_shape_is_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(PictureError, match="got shape"):
        checked_picture(np.zeros(shape, np.uint8))


def test_a_float_picture_and_an_image_are_refused_with_the_remedy() -> None:
    with pytest.raises(PictureError, match=r"got dtype float32.*rgb_array"):
        checked_picture(np.zeros((2, 2, 3), np.float32))
    with pytest.raises(PictureError, match=r"got Image.*rgb_array"):
        checked_picture(Image.new("RGB", (2, 2)))


def test_a_picture_comes_back_itself() -> None:
    picture = np.zeros((2, 3, 3), np.uint8)
    assert checked_picture(picture) is picture


def test_images_are_checked() -> None:
    image = Image.new("RGB", (1, 1))
    assert checked_image("here", image) is image
    with pytest.raises(PictureError, match="image here; got nothing"):
        checked_image("here", None)
    with pytest.raises(PictureError, match="image here; got str"):
        checked_image("here", "picture.png")
    with pytest.raises(PictureError, match=r"got 0 × 5 \(width × height\)"):
        checked_image("here", Image.new("RGB", (0, 5)))


def test_sizes_take_whole_numbers_of_any_kind() -> None:
    assert checked_size((np.int64(3), 4)) == (3, 4)
    assert checked_size([1, 1]) == (1, 1)


@pytest.mark.parametrize("size", [(1,), (1, 2, 3), (0, 2), (2, -1), (2.0, 2), ("2", 2), (True, 2)])
def test_wrong_sizes_are_refused(size: tuple) -> None:
    with pytest.raises(ConfigError):
        checked_size(size)


def test_counts_name_what_is_counted() -> None:
    assert checked_count("columns", 3) == 3
    with pytest.raises(ConfigError, match="columns, a whole number from 1; got 0"):
        checked_count("columns", 0)


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.25)])
def test_fractions_pass(value: float) -> None:
    assert checked_fraction("an opacity", value) == float(value)


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan"), "0.5", None, True])
def test_other_fractions_are_refused_by_name(value: object) -> None:
    with pytest.raises(ConfigError, match="an opacity from 0 to 1; got"):
        checked_fraction("an opacity", value)
