from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from tests.ui.forms import full_form
from vxa.app.api import load_picture
from vxa.app.editing.edit_job import EditJob
from vxa.app.session import Session
from vxa.core.errors import HostError, PictureError
from vxa.ui.compat import UNCHANGED
from vxa.ui.edit_reading import TYPED, EditReading
from vxa.ui.form import JobForm
from vxa.ui.place import StandalonePlace

JOB = EditJob(prompt="a red circle", edit="a red star", steps=2, weights="star=2", cross_end=0.5)


@dataclass
class Desk:
    reading: EditReading
    form: JobForm[EditJob]
    place: StandalonePlace


@pytest.fixture(scope="module")
def edit_form() -> JobForm[EditJob]:
    return full_form(EditJob)


@pytest.fixture
def desk(session: Session, edit_form: JobForm[EditJob], tmp_path: Path) -> Desk:
    place = StandalonePlace(lambda: session, tmp_path / "out")
    return Desk(EditReading(place, edit_form), edit_form, place)


def filled(desk: Desk, answer: tuple[Any, ...]) -> dict[str, Any]:
    changed = dict(zip(desk.form.names, answer[3:], strict=True))
    return {name: value for name, value in changed.items() if value != UNCHANGED}


def typed(**changes: str) -> list[str]:
    blank = dict.fromkeys(TYPED, "") | {"method": "p2p", "edit_kind": "auto"}
    return list({**blank, "prompt": "a red circle", "edit": "a red star", **changes}.values())


def shown_after(desk: Desk, values: list[Any]) -> EditJob:
    """The job of the widgets after a handler changed them."""
    return desk.form.read(
        [old if new == UNCHANGED else new for old, new in zip(desk.form.values(), values, strict=True)]
    )


def test_a_saved_edit_fills_the_tab_and_leaves_no_picture_that_it_would_draw(desk: Desk) -> None:
    with Image.open(desk.place.save_outcome(desk.place.studio().edit(JOB)).picture) as image:
        kept, given, said, *values = desk.reading.take_picture(image)
    assert kept is None and not given["visible"] and "press Edit to make it again" in said
    assert shown_after(desk, values) == JOB


def test_the_picture_that_was_edited_stays(desk: Desk, picture: Image.Image) -> None:
    saved = desk.place.save_outcome(desk.place.studio().edit(JOB, load_picture(picture)))
    for name, keeps, wanted in (("source", UNCHANGED, "press Edit"), ("edit", None, "drop the picture")):
        with Image.open(saved.folder / f"{name}.png") as image:
            kept, given, said, *values = desk.reading.take_picture(image)
        assert kept == keeps and given["visible"] is (name == "source") and wanted in said
        assert shown_after(desk, values) == JOB


def test_a_dropped_picture_brings_its_prompt(desk: Desk, picture: Image.Image) -> None:
    picture.info["parameters"] = "a cat\nSteps: 20"
    answer = desk.reading.take_picture(picture)
    assert filled(desk, answer) == {"prompt": "a cat"} and answer[1]["visible"]
    assert not filled(desk, desk.reading.take_picture(Image.new("RGB", (8, 8))))


def test_a_damaged_picture_is_told(desk: Desk) -> None:
    assert "damaged" in desk.reading.take_picture(PictureError("a picture", got="a damaged file"))[2]
    assert desk.reading.take_picture(None)[1] == gr.update(visible=False)


def test_the_alignment_answers_what_was_typed(desk: Desk) -> None:
    answer = json.loads(desk.reading.read_prompts(*typed()))
    assert answer["typed"] == typed() and [edit["kind"] for edit in answer["edits"]] == ["replace"]
    pairs, status = desk.reading.wake(*typed())
    assert json.loads(pairs) == answer and "is ready" in status


def test_each_edited_prompt_is_aligned(desk: Desk) -> None:
    answer = json.loads(desk.reading.read_prompts(*typed(edit="a red star || a large red circle", method="cac")))
    assert [(edit["prompt"], edit["kind"]) for edit in answer["edits"]] == [
        ("a red star", "cac"), ("a large red circle", "cac"),
    ]  # fmt: skip


def test_without_an_edited_prompt_the_source_stands_over_itself(desk: Desk) -> None:
    answer = json.loads(desk.reading.read_prompts(*typed(edit="", weights="circle=2")))
    (edit,) = answer["edits"]
    assert {column["state"] for column in edit["columns"]} == {"kept"}
    assert answer["lists"]["weights"][0]["value"] == 2


def test_a_model_that_cannot_be_loaded_is_told(edit_form: JobForm[EditJob], tmp_path: Path) -> None:
    def load(model: str) -> Any:
        raise HostError("a model", got="none")

    reading = EditReading(StandalonePlace(lambda: Session(load), tmp_path), edit_form)
    pairs, status = reading.wake(*typed())
    assert pairs == UNCHANGED and "vxa-error" in status
    assert "Expected a model" in json.loads(reading.read_prompts(*typed()))["error"]
