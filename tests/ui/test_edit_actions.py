"""Handlers of the Edit tab, with a small random model."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.ui.forms import full_form
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.invert_result import InvertResult
from vxa.app.session import Session
from vxa.core.errors import PictureError
from vxa.ui.compat import UNCHANGED
from vxa.ui.edit_actions import EditActions
from vxa.ui.form import JobForm
from vxa.ui.place import StandalonePlace

QUICK = {"prompt": "a red circle", "edit": "a red star", "steps": 2}


@dataclass
class Desk:
    actions: EditActions
    form: JobForm[EditJob]

    def values(self, **changes: Any) -> list[Any]:
        return self.form.values(**{**QUICK, **changes})

    def run(self, picture: Any = None, page: str = "page", **changes: Any) -> list[tuple[Any, Any]]:
        return list(self.actions.run(page, picture, *self.values(**changes)))

    @property
    def outcome(self) -> EditResult | InvertResult | None:
        return self.actions._pages["page"].outcome


@pytest.fixture(scope="module")
def edit_form() -> JobForm[EditJob]:
    return full_form(EditJob)


@pytest.fixture
def desk(session: Session, edit_form: JobForm[EditJob], tmp_path: Path) -> Desk:
    return Desk(EditActions(StandalonePlace(lambda: session, tmp_path / "out"), edit_form), edit_form)


def names(view: str) -> list[str]:
    return [picture["name"] for picture in json.loads(view)["pictures"]]


def views(steps: list[tuple[Any, Any]]) -> list[list[str]]:
    return [names(view) for view, _ in steps if view != UNCHANGED]


def test_an_edit_is_drawn_and_its_progress_told(desk: Desk) -> None:
    steps = desk.run()
    assert views(steps) == [["source", "edit"]]
    assert "1 edit (replace)" in steps[-1][1] and "vxa-done" in steps[-1][1]
    assert any("of 2</span><progress" in status for _, status in steps)


def test_a_given_picture_is_shown_drawn_again_before_it_is_edited(desk: Desk, picture: Image.Image) -> None:
    steps = desk.run(picture)
    assert views(steps) == [["source", "again", "encoded"], ["source", "again", "edit"]]
    assert " dB" in steps[-1][1]
    assert views(desk.run(picture, edit="a blue circle")) == [["source", "again", "edit"]], "as is known by now"


def test_inverting_comes_first_and_is_not_done_again(desk: Desk, picture: Image.Image) -> None:
    steps = list(desk.actions.invert("page", picture, *desk.values(edit="")))
    assert views(steps) == [["source", "again", "encoded"]]
    inverted = desk.outcome
    assert isinstance(inverted, InvertResult)
    steps = desk.run(picture)
    assert isinstance(desk.outcome, EditResult) and desk.outcome.inversion is inverted.inversion
    assert not any("inverting" in status.lower() for _, status in steps)


def test_a_mistake_is_told_before_the_picture_is_inverted(desk: Desk, picture: Image.Image) -> None:
    (*_, (view, status)) = steps = desk.run(picture, blend="dog")
    assert view == UNCHANGED and "vxa-error" in status and "dog" in status
    assert len(steps) == 2 and desk.outcome is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"edit": ""}, "Write what to draw instead"),
        ({"prompt": " "}, "a prompt"),
        ({"edit": "a large red star", "edit_kind": "replace"}, "refine"),
        ({"weights": "dog=2"}, "dog"),
        ({"weights": "star"}, "word=2"),
        ({"cross_start": 0.6, "cross_end": 0.3, "cross_end:auto": False}, "cross-attention"),
        ({"method": "cac", "blend": "star"}, "p2p"),
        ({"subtract": "star"}, "may change"),
        ({"height": 100}, "104"),
        ({"seed": None}, "seed"),
    ],
)
def test_mistakes_say_what_to_do_and_lose_nothing(desk: Desk, changes: dict[str, Any], said: str) -> None:
    desk.run()
    before = desk.outcome
    *_, (view, status) = desk.run(**changes)
    assert view == UNCHANGED and "vxa-error" in status and said in status
    assert desk.outcome is before
    assert "vxa-done" in desk.run()[-1][1], "and the next run works"


def test_nothing_to_invert_is_told(desk: Desk, picture: Image.Image) -> None:
    for given, changes, said in ((None, {}, "a picture"), (picture, {"inversion": "none"}, "a kind of inversion")):
        *_, (view, status) = desk.actions.invert("page", given, *desk.values(**changes))
        assert view == UNCHANGED and said in status


def test_an_interrupted_edit_leaves_what_was_shown(desk: Desk) -> None:
    desk.run()
    before = desk.outcome
    steps = desk.actions.run("page", None, *desk.values(steps=500))
    for _, status in steps:
        if "of 500" in status:
            break
    desk.actions.interrupt("page")
    *_, stopping, last = [status for _, status in steps]
    assert "Stopping" in stopping and "Interrupted" in last
    assert desk.outcome is before


def test_other_pages_go_on(desk: Desk) -> None:
    others: list[tuple[Any, Any]] = []
    other = threading.Thread(target=lambda: others.extend(desk.run(page="other", steps=20)))
    other.start()
    desk.actions.interrupt("page")
    other.join(60)
    assert "vxa-done" in others[-1][1]


def test_maps_are_drawn_on_request_without_the_model(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = ("daam", "turbo", 0.6)
    assert desk.actions.show_maps("page", "circle", *looks) == (UNCHANGED, UNCHANGED)
    desk.run()
    monkeypatch.setattr(Session, "host", lambda *_: pytest.fail("the model was asked for"))
    view, status = desk.actions.show_maps("page", "star", *looks)
    assert set(json.loads(view)["maps"]) == {"edit"} and status == UNCHANGED
    assert "vxa-error" in desk.actions.show_maps("page", "dog", *looks)[1]


def test_maps_before_the_edit_need_another_run(desk: Desk) -> None:
    assert desk.actions.note_before("page", True) == UNCHANGED
    desk.run()
    assert desk.actions.note_before("page", False) == UNCHANGED
    assert "Press Edit" in desk.actions.note_before("page", True)


def test_what_is_shown_is_saved(desk: Desk) -> None:
    assert "Press Edit first" in desk.actions.save("page")[1]
    desk.run()
    files, status = desk.actions.save("page")
    assert "Saved" in status and {"edit.png", "source.png", "job.json"} <= {Path(path).name for path in files["value"]}


def test_a_damaged_picture_is_told(desk: Desk) -> None:
    assert "damaged" in desk.run(PictureError("a picture", got="a damaged file"))[-1][1]


def test_an_edit_is_edited_further(desk: Desk) -> None:
    assert "Press Edit first" in desk.actions.edit_further("page", "edit")[-1]
    desk.run(edit="a red star\na blue circle")
    assert "vxa-error" in desk.actions.edit_further("page", "source")[-1]
    picture, prompt, edit, _ = desk.actions.edit_further("page", "edit 2")
    assert isinstance(desk.outcome, EditResult)
    assert picture.tobytes() == desk.outcome.edits[1].tobytes() and prompt == edit == "a blue circle"
