from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from vxa.app.editing.edit_job import EditJob
from vxa.app.hand_over import HandOver
from vxa.app.provenance import read_provenance
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.engine.host import Host
from vxa.ui.picture_prompt import FoundPrompt
from vxa.ui.place import StandalonePlace


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
