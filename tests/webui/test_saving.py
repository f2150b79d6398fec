from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.webui.standin.replay import Webui
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.hand_over import HandOver
from vxa.app.provenance import read_provenance
from vxa.app.result import Result
from vxa.app.saving import SavedFiles
from vxa.app.session import Session
from vxa.core.errors import OutputError
from vxa.core.maps import AttentionMaps
from vxa.engine.host import Host


@pytest.fixture
def saved(webui: Webui, result: Result, tmp_path: Path) -> SavedFiles:
    from vxa.webui.saving import save_by_settings

    return save_by_settings(result, HandOver(word=1), tmp_path / "out")


def test_what_is_saved_together_is_named_alike(saved: SavedFiles) -> None:
    names = sorted(path.name for path in saved.all)
    assert all(name.startswith("00000-7-") for name in names), names
    assert "00000-7-circle-heat.png" in names and "00000-7-square-inpaint.png" in names
    assert len(saved.folder.name.split("-")) == 3, "the webui's subfolder by date"
    assert {path.parent for path in saved.all} == {saved.folder}


def test_the_next_one_has_the_next_number(saved: SavedFiles, result: Result, tmp_path: Path) -> None:
    from vxa.webui.saving import save_by_settings

    again = save_by_settings(result, HandOver(), tmp_path / "out")
    assert {path.name[:5] for path in again.all} == {"00001"}
    assert all(path.exists() for path in saved.all)


def test_names_follow_the_webuis_settings(webui: Webui, result: Result, tmp_path: Path) -> None:
    from vxa.webui.saving import save_by_settings

    webui.shared.opts.save_to_dirs = False
    webui.shared.opts.samples_filename_pattern = "mine-[seed]"
    saved = save_by_settings(result, HandOver(), tmp_path / "out")
    assert saved.folder == tmp_path / "out"
    assert saved.pictures[0].name == "00000-mine-7-circle-heat.png"


def test_every_picture_carries_the_job(saved: SavedFiles, result: Result) -> None:
    for path in (*saved.pictures, saved.picture):
        assert read_provenance(path).job == result.job
    with Image.open(saved.pictures[0]) as image:
        assert image.info["parameters"].startswith(result.job.prompt + "\n")
        assert json.loads(image.info["vxa"])["shows"] == {"mode": "heat", "word": "circle", "tokens": [3]}


def test_the_raw_maps_and_the_mask_lie_beside(saved: SavedFiles, result: Result) -> None:
    assert saved.maps is not None
    loaded = AttentionMaps.load_npz(saved.maps)
    assert loaded.sums.keys() == result.maps.sums.keys()
    mask = next(path for path in saved.pictures if "inpaint" in path.name)
    with Image.open(mask) as image:
        assert np.array_equal(np.asarray(image), np.asarray(HandOver(word=1).mask(result)))
    with Image.open(saved.picture) as image:
        assert np.array_equal(np.asarray(image), result.picture)


def test_a_saved_picture_can_be_made_again(saved: SavedFiles, random_host: Host) -> None:
    from vxa.app.replay import Substitutes, replay

    heat = next(path for path in saved.pictures if path.name.endswith("circle-heat.png"))
    again = replay(heat, instead=Substitutes(folder=saved.folder / "again"), load=lambda _: random_host)
    with Image.open(heat) as before, Image.open(saved.folder / "again" / "circle-heat.png") as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))
    assert again.saved.pictures


def test_metadata_are_left_out_where_the_webui_leaves_them_out(webui: Webui, result: Result, tmp_path: Path) -> None:
    from vxa.webui.saving import save_by_settings

    webui.shared.opts.enable_pnginfo = False
    with Image.open(save_by_settings(result, HandOver(), tmp_path).pictures[0]) as image:
        assert not image.info


def test_a_failure_in_the_middle_leaves_nothing(
    webui: Webui, result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vxa.webui.saving import save_by_settings

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(AttentionMaps, "save_npz", full)
    with pytest.raises(OutputError, match="No space left on device"):
        save_by_settings(result, HandOver(), tmp_path / "out")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_made_is_said(webui: Webui, result: Result, tmp_path: Path) -> None:
    from vxa.webui.saving import save_by_settings

    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Choose another folder"):
        save_by_settings(result, HandOver(), tmp_path / "file" / "out")


@pytest.fixture
def studio(random_host: Host) -> Studio:
    return Studio(Session(lambda _: random_host))


@pytest.fixture
def edited(studio: Studio, result: Result) -> EditResult:
    """An edit of a picture, with maps."""
    job = EditJob(prompt="a red circle", edit="a green circle", tokens="circle", steps=2, seed=7)
    return studio.edit(job, result.picture)


def test_an_edit_is_saved_together_and_can_be_made_again(
    webui: Webui, edited: EditResult, random_host: Host, tmp_path: Path
) -> None:
    from vxa.app.replay import Substitutes, replay
    from vxa.webui.saving import save_outcome_by_settings

    saved = save_outcome_by_settings(edited, tmp_path / "out")
    names = {path.name.removeprefix("00000-7-") for path in saved.all}
    assert {"source.png", "edit.png", "reconstruction.png", "sheet.png", "maps.png", "job.json"} <= names
    assert {path.parent for path in saved.all} == {saved.folder} and all(path.is_file() for path in saved.all)
    assert saved.picture.name == "00000-7-edit.png" and saved.picture not in saved.pictures
    assert read_provenance(saved.picture).job == edited.job
    again = replay(saved.picture, instead=Substitutes(folder=tmp_path / "again"), load=lambda _: random_host)
    with Image.open(again.saved.picture) as picture:
        assert np.array_equal(np.asarray(picture), edited.edits[0])


def test_a_painting_is_saved_with_its_masks_and_can_be_made_again(
    webui: Webui, studio: Studio, result: Result, random_host: Host, tmp_path: Path
) -> None:
    from vxa.app.replay import Substitutes, replay
    from vxa.webui.saving import save_outcome_by_settings

    mask = np.zeros(result.picture.shape[:2], np.uint8)
    mask[:20, :30] = 255
    painted = studio.paint(PaintJob(prompt="a red circle", words="circle", steps=2), {"circle": mask}, result.picture)
    saved = save_outcome_by_settings(painted, tmp_path / "out")
    assert {"source.png", "mask-circle.png"} <= {path.name.removeprefix("00000-0-") for path in saved.pictures}
    again = replay(saved.picture, instead=Substitutes(folder=tmp_path / "again"), load=lambda _: random_host)
    with Image.open(again.saved.picture) as picture:
        assert np.array_equal(np.asarray(picture), painted.main[1])


def test_an_inversion_lies_beside_its_picture(
    webui: Webui, studio: Studio, result: Result, random_host: Host, tmp_path: Path
) -> None:
    from vxa.app.editing.inversion import load_inversion
    from vxa.webui.saving import save_outcome_by_settings

    inverted = studio.invert(InvertJob(prompt="a red circle", steps=2), result.picture)
    saved = save_outcome_by_settings(inverted, tmp_path / "out")
    (kept,) = [path for path in saved.more if path.suffix == ".safetensors"]
    assert load_inversion(kept, random_host).job == inverted.job
    assert {path.name[:5] for path in saved.folder.iterdir()} == {"00000"}, "nothing unnamed is left"


def test_of_an_edit_that_cannot_be_saved_nothing_is_left(
    webui: Webui, edited: EditResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vxa.webui import saving

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving, "summarize_outcome", full)
    with pytest.raises(OutputError, match="No space left on device"):
        saving.save_outcome_by_settings(edited, tmp_path / "out")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
