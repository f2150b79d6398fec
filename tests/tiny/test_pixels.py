from __future__ import annotations

import numpy as np
import torch

from vxa.tiny.pixels import pictures_from_pixels, pixels_from_pictures


def test_pictures_come_back_as_they_were() -> None:
    pictures = np.arange(2 * 4 * 6 * 3, dtype=np.uint8).reshape(2, 4, 6, 3)
    pixels_bcyx = pixels_from_pictures(pictures)
    assert pixels_bcyx.shape == (2, 3, 4, 6) and pixels_bcyx.dtype == torch.float32
    assert np.array_equal(pictures_from_pixels(pixels_bcyx), pictures)


def test_black_is_minus_one_white_is_one_and_what_lies_beyond_is_cut_off() -> None:
    pictures = np.array([[[[0, 0, 0], [255, 255, 255]]]], np.uint8)
    pixels_bcyx = pixels_from_pictures(pictures)
    assert pixels_bcyx[0, :, 0, 0].tolist() == [-1, -1, -1] and pixels_bcyx[0, :, 0, 1].tolist() == [1, 1, 1]
    assert np.array_equal(pictures_from_pixels(3 * pixels_bcyx), pictures)
