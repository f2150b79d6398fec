from __future__ import annotations

from pathlib import Path

import gradio as gr

from vxa.app.editing.edit_job import EditJob
from vxa.app.example import find_example
from vxa.app.session import Session
from vxa.ui.edit_inputs import EditInputs
from vxa.ui.form import JobForm
from vxa.ui.place import StandalonePlace


def no_session() -> Session:
    raise AssertionError("the model was asked for while the tab was built")


def lay_out(**more: object) -> tuple[EditInputs, JobForm[EditJob]]:
    form = JobForm(EditJob, prefix="vxa_edit")
    with gr.Blocks(analytics_enabled=False):
        return EditInputs(form, StandalonePlace(no_session, Path("out"), **more)), form


def test_the_example_is_an_edit_that_can_be_run() -> None:
    picture, prompt, edit = EditInputs.fill_in_example()
    assert picture is None and EditJob(prompt=prompt, edit=edit).edits == (edit,)


def test_the_example_is_offered_where_the_model_knows_it() -> None:
    assert lay_out(example=find_example())[0].example.visible
    assert not lay_out()[0].example.visible


def test_inverting_waits_for_a_picture() -> None:
    inputs, form = lay_out()
    assert not inputs.given.visible and "inversion" in form.names
