from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest

from vxa.app.example import Example
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.app.settings import iter_fields
from vxa.ui.place import StandalonePlace
from vxa.ui.visualize_tab import VisualizeTab


def no_session() -> Session:
    raise AssertionError("the model was asked for while the tab was built")


@pytest.fixture(scope="module")
def built():
    example = Example(Path("example.png"), "a circle", "circle")
    with gr.Blocks(analytics_enabled=False) as blocks:
        tab = VisualizeTab(StandalonePlace(no_session, Path("out"), example=example))
    return tab, blocks.get_config_file()


def test_every_setting_of_the_job_has_its_widget(built) -> None:
    tab, _ = built
    assert not tab.form.missing
    assert {field.name for field in iter_fields(VisualizeJob)} - set(tab.form.names) == {"model"}


def test_no_handler_is_public(built) -> None:
    _, config = built
    assert config["dependencies"]
    assert not [each for each in config["dependencies"] if each.get("api_visibility", "private") == "public"]


def test_the_webuis_keyboard_script_finds_its_buttons(built) -> None:
    _, config = built
    ids = [each["props"].get("elem_id") or "" for each in config["components"] if each["type"] == "button"]
    for end in ("_generate", "_interrupt", "_skip"):
        assert len([name for name in ids if name.endswith(end)]) == 1


def test_the_originals_controls_have_their_names(built) -> None:
    _, config = built
    labels = {each["props"].get("label") for each in config["components"]}
    wanted = {
        "Prompt",
        "Indices of tokens / words",
        "Time embedding (timesteps)",
        "Cross-attention layer",
        "Output mode",
    }
    assert wanted <= labels


def test_start_values_come_from_the_place_and_a_wrong_one_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    defaults = {"preset": "vxa", "timesteps": "7", "layers": "all", "opacity": 3, "draws": "many", "modes": ["mask"]}
    with gr.Blocks(analytics_enabled=False):
        tab = VisualizeTab(StandalonePlace(no_session, Path("out"), defaults=defaults))
    start = {name: component.value for name, component in tab.form.components.items()}
    assert (start["preset"], start["timesteps"], start["layers"], start["modes"]) == ("vxa", "7", "all", ["mask"])
    assert (start["opacity"], start["draws"]) == (0.6, 2)
    assert "opacity" in caplog.text and "draws" in caplog.text
