from __future__ import annotations

from pathlib import Path

import gradio as gr

from vxa.app.example import Example
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.ui.actions import UNCHANGED
from vxa.ui.form import JobForm
from vxa.ui.inputs_panel import InputsPanel
from vxa.ui.place import StandalonePlace


def no_session() -> Session:
    raise AssertionError("the model was asked for while the panel was built")


def panel(example: Example | None = None) -> InputsPanel:
    with gr.Blocks(analytics_enabled=False):
        return InputsPanel(JobForm(VisualizeJob), StandalonePlace(no_session, Path("out"), example=example))


def test_without_an_example_there_is_no_button() -> None:
    built = panel()
    assert built.example.visible is False
    assert built.fill_in_example() == (UNCHANGED,) * 3


def test_the_example_arrives_as_a_picture_whatever_folder_it_lies_in(example_file: Path) -> None:
    image, prompt, tokens = panel(Example(example_file, "a circle", "circle")).fill_in_example()
    assert (image.size, prompt, tokens) == ((128, 96), "a circle", "circle")


def test_the_drop_zone_hands_over_the_error_of_a_file_that_is_no_picture(tmp_path: Path) -> None:
    from vxa.core.errors import PictureError

    built = panel()
    assert built.picture.preprocess(None) is None
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    if hasattr(built.picture, "data_model"):
        payload = built.picture.data_model(path=str(broken), orig_name="broken.png")
    else:
        payload = "data:image/png;base64,bm8gcGljdHVyZQ=="
    assert isinstance(built.picture.preprocess(payload), PictureError)
