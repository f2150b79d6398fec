from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.replay import replay
from vxa.app.session import Session
from vxa.app.sweeps.run import run_sweep
from vxa.app.sweeps.sweep import Axis, Sweep
from vxa.core.errors import AlignmentError, ConfigError, InterruptedRunError, PictureError
from vxa.engine.host import Host

EDITS = Sweep(
    EditJob, {"prompt": "a red circle", "edit": "a blue circle", "steps": "1"},
    (Axis("cross_end", ("0", "1")), Axis("self_end", ("0", "1"))),
)  # fmt: skip


def test_an_interrupted_sweep_goes_on_where_it_was(
    host: Host, session: Session, tmp_path: Path, counting_calls: Any
) -> None:
    def stop(done: int, total: int, what: str) -> None:
        if done == 3:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        run_sweep(EDITS, tmp_path, session, progress=stop)
    assert not (tmp_path / "sweep.png").exists()
    with counting_calls(host) as calls:
        done = run_sweep(EDITS, tmp_path, session)
    assert (done.num_run, len(calls), len(done.cells)) == (1, 1, 4)
    before = done.sheet.read_bytes(), done.table.read_bytes()
    assert run_sweep(EDITS, tmp_path, session).num_run == 0
    assert (done.sheet.read_bytes(), done.table.read_bytes()) == before
    assert not replay(done.cells[3] / "edit.png", load=lambda _: host).changed
    with pytest.raises(PictureError, match="the sheet of a sweep"):
        replay(done.sheet, load=lambda _: host)


def test_every_cell_is_checked_against_the_model_before_the_first_is_run(
    host: Host, session: Session, tmp_path: Path, counting_calls: Any
) -> None:
    edits = Axis("edit", ("a blue circle", "a large blue circle"))
    sweep = Sweep(EditJob, {"prompt": "a red circle", "edit_kind": "replace", "steps": "1"}, (edits,))
    with counting_calls(host) as calls, pytest.raises(AlignmentError):
        run_sweep(sweep, tmp_path, session)
    assert not calls and not list(tmp_path.iterdir())


def test_the_table_holds_the_figures_of_every_cell(session: Session, tmp_path: Path) -> None:
    done = run_sweep(EDITS, tmp_path, session)
    rows = list(csv.DictReader(done.table.read_text(encoding="utf-8").splitlines()))
    assert [(row["cross_end"], row["self_end"]) for row in rows] == [("0", "0"), ("1", "0"), ("0", "1"), ("1", "1")]
    assert all(0 < float(row["change 1"]) < 1 and (tmp_path / row["folder"] / "edit.png").is_file() for row in rows)
    with Image.open(done.sheet) as sheet:
        assert "cross_end" in sheet.text["vxa sweep"]


@pytest.mark.parametrize("kind", ["visualize", "generate", "paint"])
def test_any_job_can_be_gone_through(session: Session, picture: np.ndarray, tmp_path: Path, kind: str) -> None:
    mask = np.full(picture.shape[:2], 255, np.uint8)
    sweeps: dict[str, tuple[Sweep, dict[str, np.ndarray]]] = {
        "visualize": (
            Sweep(VisualizeJob, {"prompt": "a hat", "tokens": "hat"}, (Axis("draws", ("1", "2")),)),
            {"source.png": picture},
        ),
        "generate": (Sweep(GenerateJob, {"prompt": "a hat", "steps": "1"}, (Axis("seed", ("1", "2")),)), {}),
        "paint": (
            Sweep(PaintJob, {"prompt": "a hat", "words": "hat", "steps": "2"}, (Axis("scale", ("1", "2")),)),
            {"source.png": picture, "mask-hat.png": mask},
        ),
    }
    sweep, given = sweeps[kind]
    done = run_sweep(sweep, tmp_path, session, given)
    assert done.num_run == 2 and done.sheet.is_file()
    if kind == "visualize":
        with pytest.raises(ConfigError, match="a picture to look at"):
            run_sweep(sweep, tmp_path, session)
