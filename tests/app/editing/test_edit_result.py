from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.studio import Studio
from vxa.app.session import Session
from vxa.core.errors import NoMapsError
from vxa.engine.host import Host


def test_pictures_have_distinct_names_and_maps_come_when_asked_for(studio: Studio, edit_job: EditJob) -> None:
    plain = studio.edit(edit_job)
    assert [name for name, _ in plain.iter_pictures()] == ["source", "edit", "sheet"]
    with pytest.raises(NoMapsError, match="Name words"):
        plain.looks("circle")
    both = studio.edit(replace(edit_job, edit="a blue circle || a hat", tokens="circle, hat"))
    assert [name for name, _ in both.iter_pictures()] == ["source", "edit", "edit_2", "sheet", "maps"]
    assert [(name, len(look.words)) for name, look in both.looks()] == [("source", 1), ("edit 1", 1), ("edit 2", 1)]


def test_maps_of_any_word_are_shown_afterwards_where_everything_is_kept(host: Host, edit_job: EditJob) -> None:
    asked = Studio(Session(lambda _: host)).edit(replace(edit_job, tokens="circle"))
    kept = Studio(Session(lambda _: host), keeps_everything=True).edit(edit_job)
    for (_, wanted), (_, found) in zip(asked.looks(), kept.looks("circle"), strict=True):
        np.testing.assert_array_equal(wanted.words[0].map_yx, found.words[0].map_yx)
    assert [name for name, _ in kept.looks("blue")] == ["edit"]


def test_maps_before_the_edit_are_the_edits_own(studio: Studio, edit_job: EditJob) -> None:
    job = replace(edit_job, edit="a blue square", tokens="circle, square", self_end=0.0, steps=1, cross_end=1.0)
    after, before = (studio.edit(replace(job, maps_before=flag)).looks() for flag in (False, True))
    maps = [look.recording.total.mean("down.0.0.cross") for _, look in (*after, *before)]
    assert np.allclose(maps[0], maps[2]) and np.allclose(maps[1], maps[0]) and not np.allclose(maps[3], maps[0])


def test_a_given_picture_is_shown_with_its_reconstruction(
    studio: Studio, edit_job: EditJob, picture: np.ndarray
) -> None:
    found = studio.edit(replace(edit_job, tokens="circle"), picture)
    assert [name for name, _ in found.iter_pictures()] == ["reconstruction", "edit", "sheet", "maps"]
    assert found.looks()[0][1].words[0].map_yx.shape == picture.shape[:2]
    assert "direct inversion: drawn again at" in found.status
    assert json.loads(json.dumps(found.figures))["reconstruction"]["psnr"] > 10
