from __future__ import annotations

import numpy as np
import pytest

from vxa.core.errors import ConfigError, ShapeError
from vxa.render.colormaps import color_table
from vxa.render.heat_table import find_span, heat_cells, heat_table
from vxa.render.style import BACKGROUND

VALUES = np.array([[0.0, 1.0, 4.0], [2.0, np.nan, 5.0]])


def test_each_number_is_a_cell_of_its_colour_and_nan_is_blank() -> None:
    pixels = np.asarray(heat_cells(VALUES, (2, 3)))
    table = color_table("blues")
    assert pixels.shape == (4, 9, 3)
    assert (pixels[:2, :3] == table[0]).all() and (pixels[2:, 6:] == table[255]).all()
    assert (pixels[:2, 6:] == table[204]).all() and (pixels[2:, 3:6] == BACKGROUND).all()


def test_a_span_decides_which_value_is_darkest() -> None:
    pixels = np.asarray(heat_cells(VALUES, (1, 1), (1, 2), colormap="grey"))
    assert pixels[0, :, 0].tolist() == [0, 0, 255] and pixels[1, 0, 0] == 255
    assert find_span(VALUES) == (0, 5) and find_span(np.zeros((2, 2))) == (0, 1)
    assert find_span(np.full((1, 1), np.nan)) == (0, 1)


def test_names_stand_beside_the_cells() -> None:
    named = heat_table(VALUES, ["one", "a long name of a row"], ["a", "b", "a long name"], "Title", cell=(20, 20))
    bare = heat_table(VALUES, ["", ""], ["", "", ""], cell=(20, 20))
    assert named.height > bare.height + 60
    cells = np.asarray(heat_cells(VALUES, (20, 20)))
    for page in (np.asarray(named), np.asarray(bare)):
        corners = [
            (y, x)
            for y, x in np.argwhere((page == cells[-1, -1]).all(-1)).tolist()
            if y >= 39 and x >= 59 and (page[y - 39 : y + 1, x - 59 : x + 1] == cells).all()
        ]
        assert len(corners) == 1, "the cells are on the page once, whole"


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ShapeError):
        heat_cells(np.zeros(3))
    with pytest.raises(ShapeError):
        heat_cells(np.zeros((0, 3)))
    with pytest.raises(ConfigError, match="infinity"):
        heat_cells(np.array([[np.inf]]))
    with pytest.raises(ShapeError, match="1 rows and 3 columns"):
        heat_table(VALUES, ["one"], ["a", "b", "c"])
