from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.saving import summarize
from vxa.app.editing.studio import Studio
from vxa.app.provenance import read_provenance
from vxa.core.errors import OutputError
from vxa.core.maps import AttentionMaps


def test_every_picture_carries_the_job(studio: Studio, edit_job: EditJob, picture: np.ndarray, tmp_path: Path) -> None:
    found = studio.edit(replace(edit_job, tokens="circle"), picture)
    saved = found.save(tmp_path / "out")
    assert {path.name for path in saved.all} == {path.name for path in saved.folder.iterdir()}
    for path in (*saved.pictures, saved.picture):
        facts = read_provenance(path)
        assert facts.job == found.job and facts.given[0].role == facts.given[0].file == "source.png"
    np.testing.assert_array_equal(np.asarray(Image.open(saved.folder / "source.png")), picture)
    assert json.loads(saved.summary.read_text(encoding="utf-8")) == json.loads(json.dumps(summarize(found)))


def test_the_raw_maps_lie_beside_the_maps(studio: Studio, edit_job: EditJob, tmp_path: Path) -> None:
    found = studio.edit(replace(edit_job, tokens="circle"))
    saved = found.save(tmp_path / "out")
    assert [path.name for path in saved.more] == ["maps-source.npz", "maps-edit.npz"]
    for path, maps in zip(saved.more, found.drawn.maps, strict=True):
        loaded = AttentionMaps.load_npz(path)
        assert loaded.sums.keys() == maps.sums.keys()
        assert all(torch.equal(loaded.sums[address], sums) for address, sums in maps.sums.items())
    assert not studio.edit(edit_job).raw_maps


def test_an_inversion_is_kept_beside_its_pictures(
    studio: Studio, edit_job: EditJob, picture: np.ndarray, tmp_path: Path
) -> None:
    assert edit_job.invert_job is not None
    saved = studio.invert(edit_job.invert_job, picture).save(tmp_path / "out")
    assert [path.name for path in saved.more] == ["inversion.safetensors"] and saved.more[0].is_file()


def test_nothing_is_written_where_nothing_can_be(studio: Studio, edit_job: EditJob, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        studio.edit(edit_job).save(tmp_path / "file")
