from __future__ import annotations

from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from vxa.app.editing.edit_job import EditJob
from vxa.app.hand_over import HandOver
from vxa.app.provenance import read_provenance
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.app.shelves import Shelves
from vxa.core.errors import ConfigError
from vxa.engine.host import Host
from vxa.ui.picture_prompt import FoundPrompt
from vxa.ui.place import StandalonePlace
from vxa.ui.tabs import Tabs


def test_a_page_of_its_own_saves_into_a_new_folder_with_the_mask(
    session: Session, result: Result, tmp_path: Path
) -> None:
    place = StandalonePlace(lambda: session, tmp_path)
    handed = HandOver(word=1, invert=True)
    saved = place.save(result, handed)
    assert saved.folder.parent == tmp_path
    with Image.open(saved.folder / "square-inpaint.png") as mask:
        assert (np.asarray(mask) == np.asarray(handed.mask(result))).all()
        assert place.read_prompt(mask) == FoundPrompt(result.job.prompt, result.job.tokens)


def test_all_tabs_share_a_studio_until_the_session_is_another(session: Session, host: Host, tmp_path: Path) -> None:
    sessions = [session]
    place = StandalonePlace(lambda: sessions[-1], tmp_path)
    studio = place.studio()
    assert place.studio() is studio
    sessions.append(Session(lambda _: host))
    assert place.studio() is not studio


def test_an_edit_is_saved_with_its_job_and_its_maps_are_kept(session: Session, tmp_path: Path) -> None:
    place = StandalonePlace(lambda: session, tmp_path)
    job = EditJob(prompt="a circle", edit="a star", steps=1)
    result = place.studio().edit(job)
    assert result.looks("circle"), "of words that the job does not name"
    saved = place.save_outcome(result)
    assert saved.folder.parent == tmp_path
    assert read_provenance(saved.picture).job == job


def test_a_page_of_this_machine_names_any_file_and_a_shared_one_those_uploaded(tmp_path: Path) -> None:
    path = str(tmp_path / "vectors.npz")
    assert StandalonePlace(no_session, tmp_path).admit("vectors", path) == path
    shared = StandalonePlace(no_session, tmp_path, shelves=Shelves(tmp_path))
    with pytest.raises(ConfigError, match="auto, embedded; got"):
        shared.admit("vectors", path)
    assert shared.take_file(path) == path == shared.admit("vectors", path)
    for number in range(100):
        shared.take_file(f"upload-{number}")
    with pytest.raises(ConfigError):
        shared.admit("vectors", path)


def test_no_form_of_a_shared_page_takes_a_path(tmp_path: Path) -> None:
    with gr.Blocks(analytics_enabled=False):
        tabs = Tabs(StandalonePlace(no_session, tmp_path, shelves=Shelves(tmp_path)))
    heads = tabs.heads.forms
    forms = [tabs.visualize.form, tabs.edit.form, heads.draw, heads.see, heads.weaken, heads.adjust, heads.excite]
    for form, name in [*((form, "vectors") for form in forms), (heads.weaken, "clip")]:
        with pytest.raises(ConfigError, match="Paths are not opened here"):
            form.read(form.values(prompt="x", **{name: str(tmp_path)}))
    assert "vectors" not in tabs.paint.form.fields


def no_session() -> Session:
    raise AssertionError("the model was asked for")
