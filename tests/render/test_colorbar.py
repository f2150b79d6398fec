from __future__ import annotations

import numpy as np
import pytest

from vxa.core.errors import ConfigError
from vxa.render.colorbar import color_bar
from vxa.render.colormaps import color_table
from vxa.render.style import BACKGROUND


def find_stripe(pixels: np.ndarray, stripe: np.ndarray) -> tuple[int, int]:
    """Row and column where the coloured stripe begins."""
    length = len(stripe)
    for row in range(pixels.shape[0]):
        for column in range(pixels.shape[1] - length + 1):
            if np.array_equal(pixels[row, column : column + length], stripe):
                return row, column
    raise AssertionError("the colour bar's stripe is not in the picture")


@pytest.mark.parametrize("name", ["turbo", "magma"])
def test_the_bar_runs_through_the_whole_map(name: str) -> None:
    pixels = np.asarray(color_bar(name, length=256, thickness=9))
    row, column = find_stripe(pixels, color_table(name))
    block = pixels[row : row + 9, column : column + 256]
    assert (block == color_table(name)[None]).all()
    assert column > 5


def test_labels_stand_on_both_sides_of_the_bar() -> None:
    narrow, wide = color_bar(low="0", high="1"), color_bar(low="0", high="strongest")
    assert wide.width > narrow.width + 20
    pixels = np.asarray(wide)
    _, column = find_stripe(pixels, color_table("turbo")[np.rint(np.linspace(0, 255, 160)).astype(int)])
    inked = (pixels != BACKGROUND).any(axis=(0, 2))
    assert inked[: column - 2].any()
    assert inked[column + 162 :].any()


def test_errors() -> None:
    with pytest.raises(ConfigError, match="colour map"):
        color_bar("turbor")
    with pytest.raises(ConfigError, match="length in pixels"):
        color_bar(length=0)
    with pytest.raises(ConfigError, match="thickness in pixels"):
        color_bar(thickness=-3)
