from __future__ import annotations

import pytest

from vxa.app.editing.edit import plan_edit
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.paint import plan_paint
from vxa.app.editing.paint_job import PaintJob
from vxa.app.sweeps.recipes import RECIPES
from vxa.core.grid import Grid
from vxa.engine.host import Host


@pytest.mark.parametrize("name", RECIPES)
def test_every_cell_of_every_recipe_can_be_run(host: Host, name: str) -> None:
    recipe = RECIPES[name]
    cells = recipe.sweep.cells()
    for cell in cells:
        if isinstance(cell.job, PaintJob):
            assert plan_paint(cell.job, host, recipe.masks(Grid(32, 32))).painted
        else:
            assert isinstance(cell.job, EditJob) and plan_edit(cell.job, host).runs
    assert len({cell.job for cell in cells}) == len(cells)


def test_discs_lie_apart() -> None:
    masks = RECIPES["word-scale"].masks(Grid(32, 64))
    assert masks["circle"].any() and not (masks["circle"] & masks["square"]).any()
    assert masks["circle"].shape == (32, 64) and masks["circle"][16, 17] == 255 == masks["square"][16, 46]
