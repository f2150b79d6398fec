from __future__ import annotations

import pytest

from vxa.app.editing.edit_job import EditJob
from vxa.app.jobs import GenerateJob
from vxa.app.sweeps.sweep import Axis, Sweep, read_axis, read_setting
from vxa.core.errors import ConfigError


def test_cells_come_row_by_row() -> None:
    sweep = Sweep(GenerateJob, {"prompt": "x"}, (Axis("steps", ("1", "2")), Axis("seed", ("5", "6"))))
    cells = sweep.cells()
    assert [cell.values for cell in cells] == [("1", "5"), ("2", "5"), ("1", "6"), ("2", "6")]
    assert cells[1].job == GenerateJob(prompt="x", steps=2, seed=5) and sweep.columns == 2
    assert len(Sweep(GenerateJob, {"prompt": "x"}, (Axis("steps", ("1", "2")),)).cells()) == 2


def test_axes_are_typed_in_a_line() -> None:
    assert read_axis("--cross-end=0, 0.5,auto") == Axis("cross_end", ("0", "0.5", "auto"))
    assert read_axis("weights=a=1, b=2|a=3") == Axis("weights", ("a=1, b=2", "a=3"))
    assert read_setting("weights=a=1") == ("weights", "a=1")
    for wrong in ("seed", "=1", "seed=", "seed=1,1"):
        with pytest.raises(ConfigError):
            read_axis(wrong)


def test_every_cell_is_checked_before_anything_runs() -> None:
    for settings, axes in (
        ({"prompt": "x"}, ("edit=a", "sed=1,2")),
        ({"prompt": "x"}, ("edit=a", "cross_end=0.5,2")),
        ({"prompt": "x"}, ("edit=a", "edit=b")),
        ({"prompt": "x"}, ("edit=a", "steps=1", "seed=1")),
        ({"prompt": "x"}, ("edit=a", "seed=" + ",".join(map(str, range(401))))),
        ({"prompt": "x"}, ()),
    ):
        with pytest.raises(ConfigError):
            Sweep(EditJob, settings, tuple(read_axis(axis) for axis in axes)).cells()
