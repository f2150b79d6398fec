from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.rerun import run_again
from vxa.app.editing.studio import Studio
from vxa.app.jobs import GenerateJob
from vxa.app.progress import no_progress
from vxa.app.replay import Substitutes, replay
from vxa.core.errors import ConfigError, PictureError
from vxa.engine.host import Host


@pytest.mark.parametrize("settings", [
    {"tokens": "circle", "scheduler": "euler_a"},
    {"method": "cac", "weights": "blue=2", "tokens": "circle", "maps_before": True},
    {"blend": "circle", "edit": "a blue circle || a green circle"},
])  # fmt: skip
@pytest.mark.parametrize("is_given", [False, True])
def test_every_file_comes_out_byte_for_byte(
    studio: Studio,
    edit_job: EditJob,
    host: Host,
    picture: np.ndarray,
    tmp_path: Path,
    *,
    settings: dict,
    is_given: bool,
) -> None:
    if is_given:
        settings = {**settings, "scheduler": "ddim"}
    saved = studio.edit(replace(edit_job, **settings), picture if is_given else None).save(tmp_path / "out")
    before = {path.name: path.read_bytes() for path in saved.all}
    done = replay(saved.picture, load=lambda _: host)
    assert set(done.same) == {*saved.pictures, saved.picture} and not done.changed
    assert {path.name: path.read_bytes() for path in saved.all} == before


def test_an_inversion_is_made_again(
    studio: Studio, edit_job: EditJob, host: Host, picture: np.ndarray, tmp_path: Path
) -> None:
    assert edit_job.invert_job is not None
    saved = studio.invert(replace(edit_job.invert_job, inversion="null-text", null_steps=1), picture).save(tmp_path)
    before = {path.name: path.read_bytes() for path in saved.all}
    assert not replay(saved.pictures[-1], load=lambda _: host).changed
    assert {path.name: path.read_bytes() for path in saved.all} == before
    (tmp_path / "source.png").unlink()
    with pytest.raises(PictureError, match="--picture"):
        replay(saved.picture, load=lambda _: host)


def test_a_job_without_what_it_was_run_on_is_refused(
    host: Host, studio: Studio, edit_job: EditJob, tmp_path: Path
) -> None:
    for job in (GenerateJob(prompt="x"), edit_job.invert_job):
        assert job is not None
        with pytest.raises(ConfigError, match="Update VXA"):
            run_again(job, {}, studio, no_progress)
    saved = studio.edit(edit_job)
    with pytest.raises(ConfigError, match="draws its own"):
        replay(saved.save(tmp_path).picture, load=lambda _: host, instead=Substitutes(picture=tmp_path / "x.png"))
