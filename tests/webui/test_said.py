from __future__ import annotations

import numpy as np
import pytest

from tests.webui.standin.replay import Webui
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.studio import Studio
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.engine.host import Host


@pytest.fixture
def edited(random_host: Host) -> EditResult:
    picture = np.random.RandomState(0).randint(0, 255, (32, 48, 3), dtype=np.uint8)
    job = EditJob(prompt="a red circle", edit="a green circle || a blue circle", negative="blurry", steps=2, seed=7)
    return Studio(Session(lambda _: random_host)).edit(job, picture)


def test_an_edit_is_said_to_show_its_own_prompt(webui: Webui, edited: EditResult) -> None:
    from vxa.webui.said import about_outcome

    about = about_outcome(edited)
    said = {name: about.prompt_of(name) for name in ("source", "edit", "edit_2", "sheet", "reconstruction")}
    assert said["edit"] == "a green circle" and said["edit_2"] == "a blue circle"
    assert {said[name] for name in ("source", "sheet", "reconstruction")} == {"a red circle"}
    settings = webui.infotext_utils.parse_generation_parameters(about.infotext("edit_2"))
    assert settings["Prompt"] == "a blue circle" and settings["Negative prompt"] == "blurry"
    assert settings["Size"] == "48x32" and about.seed == 7


def test_files_are_called_as_they_are_named_there(webui: Webui, edited: EditResult, result: Result) -> None:
    from vxa.webui.said import about_outcome, about_result

    facts = about_outcome(edited).facts("00003-7-")
    assert facts["picture"]["file"] == "00003-7-edit.png"
    assert [(each["file"], each["as"]) for each in facts["given"]] == [("00003-7-source.png", "source.png")]
    assert about_outcome(edited).facts("")["given"][0]["file"] == "source.png", "before the webui has named a file"
    assert about_result(result).facts("00003-7-")["picture"]["file"] == "00003-7-source.png"
