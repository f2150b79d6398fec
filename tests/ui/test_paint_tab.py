from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from vxa.app.editing.paint_job import PaintJob
from vxa.app.session import Session
from vxa.app.settings import iter_fields
from vxa.ui.assets import SCRIPTS, read_assets
from vxa.ui.paint_tab import PaintTab
from vxa.ui.place import StandalonePlace


def no_session() -> Session:
    raise AssertionError("the model was asked for while the tab was built")


@pytest.fixture(scope="module")
def built() -> tuple[PaintTab, dict[str, Any]]:
    with gr.Blocks(analytics_enabled=False) as blocks:
        tab = PaintTab(StandalonePlace(no_session, Path("out"), defaults={"steps": 7, "method": "inject3"}))
    return tab, dict(blocks.get_config_file())


def test_every_setting_of_the_job_has_its_widget(built: tuple[PaintTab, dict[str, Any]]) -> None:
    tab, _ = built
    assert not tab.form.missing
    assert {field.name for field in iter_fields(PaintJob)} - set(tab.form.names) == {"model"}


def test_untouched_widgets_give_the_jobs_defaults(built: tuple[PaintTab, dict[str, Any]]) -> None:
    tab, _ = built
    job = tab.form.read(tab.form.values(prompt="a circle", words="circle"))
    assert job == PaintJob(prompt="a circle", words="circle", steps=7, method="inject3")


def test_unticking_auto_does_not_make_the_scale_jump(built: tuple[PaintTab, dict[str, Any]]) -> None:
    assert built[0].form.components["scale"].value == 0.4


def test_every_script_that_a_listener_calls_is_part_of_the_brush(built: tuple[PaintTab, dict[str, Any]]) -> None:
    _, config = built
    scripts = " ".join(str(each["js"]) for each in config["dependencies"])
    called = set(re.findall(r"window\.vxa\.brush\.(\w+)", scripts))
    (exported,) = re.findall(r"vxa\.brush = \{ (.+) \};", read_assets(SCRIPTS))
    assert called == {"showWords", "showCanvas", "takeMap", "packed", "listed", "typed"}
    assert called <= set(exported.split(", "))


def test_no_handler_is_public(built: tuple[PaintTab, dict[str, Any]]) -> None:
    _, config = built
    assert not [each for each in config["dependencies"] if each.get("api_visibility", "private") == "public"]
