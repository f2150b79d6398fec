from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vxa.core.errors import ConfigError, PictureError, ShapeError
from vxa.render.padding import Padding, pad_to_multiple
from vxa.render.scale import upscale


def numbered(height: int, width: int) -> np.ndarray:
    """Give every pixel its row and column as colour."""
    rows, columns = np.mgrid[0:height, 0:width]
    return np.dstack([rows, columns, np.zeros_like(rows)]).astype(np.uint8)


def bounced(index: int, length: int) -> int:
    """Walk to and fro between the ends, one step at a time."""
    position, step = 0, 1
    for _ in range(index):
        if length == 1:
            return 0
        if not 0 <= position + step < length:
            step = -step
        position += step
    return position


def test_reflection_by_hand() -> None:
    padded, padding = pad_to_multiple(numbered(2, 3), 4)
    assert padding == Padding(height=2, width=3, padded_height=4, padded_width=4)
    assert padded[:, 0, 0].tolist() == [0, 1, 0, 1]
    assert padded[0, :, 1].tolist() == [0, 1, 2, 1]


@given(height=st.integers(1, 40), width=st.integers(1, 40), multiple=st.integers(1, 64))
@settings(max_examples=80, deadline=None)
def test_any_size_is_padded_least_and_cropped_back(height: int, width: int, multiple: int) -> None:
    picture = numbered(height, width)
    padded, padding = pad_to_multiple(picture, multiple)
    assert padded.dtype == np.uint8
    assert padded.shape == (padding.padded_height, padding.padded_width, 3)
    for side, padded_side in ((height, padded.shape[0]), (width, padded.shape[1])):
        assert padded_side % multiple == 0
        assert 0 <= padded_side - side < multiple
    assert np.array_equal(padding.crop(padded), picture)
    assert padded[:, 0, 0].tolist() == [bounced(row, height) for row in range(padded.shape[0])]
    assert padded[0, :, 1].tolist() == [bounced(column, width) for column in range(padded.shape[1])]


def test_nothing_is_copied_where_nothing_is_missing() -> None:
    picture = numbered(8, 16)
    assert pad_to_multiple(picture, 8)[0] is picture


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
def test_a_map_of_the_padded_picture_lines_up_with_the_picture(mode: str) -> None:
    padding = Padding(height=300, width=500, padded_height=320, padded_width=512)
    map_yx = np.random.default_rng(0).random((5, 8)).astype(np.float32)
    cropped = padding.crop_map(map_yx, mode)
    assert cropped.shape == (300, 500)
    assert np.array_equal(cropped, upscale(map_yx, 320, 512, mode)[:300, :500])


def test_blocks_of_a_padded_map_keep_their_size() -> None:
    padding = Padding(height=50, width=10, padded_height=64, padded_width=64)
    cropped = padding.crop_map(np.eye(2, dtype=np.float32), "nearest")
    assert (cropped[:32] == 1).all()
    assert (cropped[32:] == 0).all()


def test_errors() -> None:
    with pytest.raises(ConfigError, match="size multiple"):
        pad_to_multiple(numbered(2, 2), 0)
    with pytest.raises(ConfigError, match="size multiple"):
        pad_to_multiple(numbered(2, 2), 1.5)  # type: ignore[arg-type]
    with pytest.raises(PictureError):
        pad_to_multiple(numbered(2, 2)[:, :, 0], 8)
    padding = pad_to_multiple(numbered(2, 3), 4)[1]
    with pytest.raises(ShapeError, match=r"4 × 4 \(height × width\); got shape \(2, 3, 3\)"):
        padding.crop(numbered(2, 3))
    with pytest.raises(ShapeError):
        padding.crop_map(np.zeros(4, np.float32))
