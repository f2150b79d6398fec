from __future__ import annotations

import numpy as np
import pytest

from vxa.core.psnr import psnr


def test_a_difference_of_ten_is_28_db_and_none_is_infinite() -> None:
    picture = np.full((3, 4, 3), 100, np.uint8)
    assert psnr(picture, picture + 10) == pytest.approx(20 * np.log10(255 / 10))
    assert psnr(picture, picture) == float("inf")
