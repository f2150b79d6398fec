from __future__ import annotations

import re
from pathlib import Path

import gradio as gr
import pytest

from vxa.app.example import Example
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.app.settings import iter_fields
from vxa.ui.assets import SCRIPTS, STYLES, read_assets
from vxa.ui.visualize_tab import VisualizeTab


def no_session() -> Session:
    raise AssertionError("the model was asked for while the tab was built")


@pytest.fixture(scope="module")
def built():
    example = Example(Path("example.png"), "a circle", "circle")
    with gr.Blocks(analytics_enabled=False) as blocks:
        tab = VisualizeTab(no_session, output_folder=Path("out"), example=example)
    return tab, blocks.get_config_file()


def test_every_setting_of_the_job_has_its_widget(built) -> None:
    tab, _ = built
    assert not tab.form.missing
    assert {field.name for field in iter_fields(VisualizeJob)} - set(tab.form.names) == {"model"}


def test_every_element_that_style_and_scripts_name_is_there(built) -> None:
    _, config = built
    ids = {each["props"].get("elem_id") for each in config["components"]}
    html = " ".join(str(each["props"].get("value", "")) for each in config["components"] if each["type"] == "html")
    ids |= set(re.findall(r'id="(\w+)"', html))
    named = set(re.findall(r"[\"#]#?(vxa_\w+)", read_assets((*SCRIPTS, *STYLES))))
    assert named and named <= ids


def test_scripts_that_listeners_call_exist(built) -> None:
    _, config = built
    called = {name for each in config["dependencies"] for name in re.findall(r"window\.vxa\.(\w+)", str(each["js"]))}
    defined = set(re.findall(r"vxa\.(\w+) =", read_assets(SCRIPTS)))
    assert called and called <= defined


def test_no_handler_is_public(built) -> None:
    _, config = built
    assert config["dependencies"]
    assert not [each for each in config["dependencies"] if each.get("api_visibility", "private") == "public"]


def test_without_an_example_there_is_no_button(tmp_path: Path) -> None:
    with gr.Blocks(analytics_enabled=False):
        tab = VisualizeTab(no_session, output_folder=tmp_path)
    assert tab.example.visible is False


def test_the_example_arrives_as_a_picture_whatever_folder_it_lies_in(tmp_path: Path, example_file: Path) -> None:
    with gr.Blocks(analytics_enabled=False):
        tab = VisualizeTab(no_session, output_folder=tmp_path, example=Example(example_file, "a circle", "circle"))
    image, prompt, tokens = tab._fill_in_example()
    assert (image.size, prompt, tokens) == ((128, 96), "a circle", "circle")
