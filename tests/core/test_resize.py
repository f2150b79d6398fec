"""Resizing against loops in float64."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.resize import MODES, resize_maps

CASES = [((3, 5), (7, 11)), ((4, 6), (8, 12)), ((7, 11), (3, 5)), ((1, 2), (4, 5)), ((5, 5), (5, 8)), ((2, 3), (6, 3))]


def nearest(distance: float) -> float:
    return 1.0 if -0.5 < distance <= 0.5 else 0.0


def bilinear(distance: float) -> float:
    return max(0.0, 1 - abs(distance))


def bicubic(distance: float) -> float:
    """Keys' kernel with a = -0.75."""
    x, a = abs(distance), -0.75
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0.0


KERNELS: dict[str, Callable[[float], float]] = {"nearest": nearest, "bilinear": bilinear, "bicubic": bicubic}


def resize_line(line: np.ndarray, length: int, kernel: Callable[[float], float]) -> np.ndarray:
    out = np.zeros(length)
    for target in range(length):
        centre = (target + 0.5) * len(line) / length - 0.5
        for source in range(math.floor(centre) - 2, math.floor(centre) + 4):
            out[target] += kernel(source - centre) * line[min(max(source, 0), len(line) - 1)]
    return out


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("size", "wanted"), CASES)
def test_equals_the_naive_form(size: tuple[int, int], wanted: tuple[int, int], mode: str) -> None:
    maps_ntyx = torch.rand(2, 3, *size)
    kernel = KERNELS[mode]
    rows = np.apply_along_axis(resize_line, 2, maps_ntyx.double().numpy(), wanted[0], kernel)
    expected = np.apply_along_axis(resize_line, 3, rows, wanted[1], kernel)
    resized = resize_maps(maps_ntyx, Grid(*wanted), mode)
    assert resized.shape == (2, 3, *wanted) and resized.dtype == torch.float32
    np.testing.assert_allclose(resized.numpy(), expected, atol=2e-6)


@pytest.mark.parametrize("mode", MODES)
def test_a_map_of_the_right_size_is_kept_exactly(mode: str) -> None:
    maps_ntyx = torch.rand(1, 2, 4, 6)
    assert torch.equal(resize_maps(maps_ntyx, Grid(4, 6), mode), maps_ntyx)


@pytest.mark.parametrize("mode", MODES)
def test_constants_stay_and_sums_over_tokens_are_kept(mode: str) -> None:
    probs_ntyx = torch.softmax(torch.rand(2, 5, 3, 4), dim=1)
    torch.testing.assert_close(resize_maps(probs_ntyx, Grid(9, 7), mode).sum(1), torch.ones(2, 9, 7))


def test_nearest_makes_even_blocks() -> None:
    blocks = resize_maps(torch.tensor([[[[1.0, 2.0]]]]), Grid(3, 6), "nearest")
    assert blocks[0, 0].tolist() == [[1.0, 1.0, 1.0, 2.0, 2.0, 2.0]] * 3


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"got 'bicubical'. Did you mean bicubic"):
        resize_maps(torch.rand(1, 1, 2, 2), Grid(4, 4), "bicubical")
