from __future__ import annotations

import numpy as np
import pytest

from vxa.core.errors import ConfigError
from vxa.render.mask import MAX_FEATHER, soft_mask


@pytest.fixture
def half() -> np.ndarray:
    """Left half 0.2, right half 0.8."""
    return np.repeat(np.float32([[0.2, 0.8]]), 30, axis=1).repeat(40, axis=0)


def test_white_is_above_the_threshold(half: np.ndarray) -> None:
    mask = np.asarray(soft_mask(half, 0.5))
    assert mask.shape == half.shape and ((mask == 255) == (half > 0.5)).all()
    assert not np.asarray(soft_mask(half, 0.8)).any(), "strictly above"


def test_inverting_takes_the_rest(half: np.ndarray) -> None:
    mask = np.asarray(soft_mask(half, 0.5, feather=3), int)
    rest = np.asarray(soft_mask(half, 0.5, feather=3, invert=True), int)
    assert np.abs(mask + rest - 255).max() <= 1


def test_feather_is_the_deviation_of_the_border(half: np.ndarray) -> None:
    row = np.asarray(soft_mask(half, 0.5, feather=4), float)[20]
    slope = np.diff(row) / 255
    at = np.arange(len(slope)) + 0.5
    middle = (slope * at).sum()
    assert middle == pytest.approx(29, abs=0.5)
    assert np.sqrt((slope * (at - middle) ** 2).sum()) == pytest.approx(4, abs=0.3)
    assert row[0] == 0 and row[-1] == 255, "the picture's edge is no border"


@pytest.mark.parametrize(
    ("threshold", "feather"), [(-0.1, 0), (1.1, 0), (float("nan"), 0), (0.5, -1), (0.5, MAX_FEATHER + 1)]
)
def test_what_is_out_of_range_is_an_error(half: np.ndarray, threshold: float, feather: float) -> None:
    with pytest.raises(ConfigError):
        soft_mask(half, threshold, feather=feather)
