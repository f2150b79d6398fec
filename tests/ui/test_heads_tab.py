from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.session import Session
from vxa.app.settings import iter_fields
from vxa.ui.assets import ASSETS
from vxa.ui.heads_tab import HeadsTab
from vxa.ui.place import StandalonePlace


def no_session() -> Session:
    raise AssertionError("the model was asked for while the tab was built")


def place(**defaults: Any) -> StandalonePlace:
    return StandalonePlace(no_session, Path("out"), defaults=defaults)


@pytest.fixture(scope="module")
def built() -> tuple[HeadsTab, dict[str, Any]]:
    with gr.Blocks(analytics_enabled=False) as blocks:
        tab = HeadsTab(place(steps=7))
    return tab, dict(blocks.get_config_file())


def test_every_setting_of_the_jobs_has_its_widget(built: tuple[HeadsTab, dict[str, Any]]) -> None:
    forms = built[0].forms
    for form in (forms.weaken, forms.adjust, forms.excite):
        assert not form.missing
    every = {field.name for field in iter_fields(WeakenJob)}
    assert every - set(forms.weaken.names) == {"model"}


def test_untouched_widgets_give_the_jobs_defaults(built: tuple[HeadsTab, dict[str, Any]]) -> None:
    form = built[0].forms.adjust
    job = AdjustJob(steps=7, prompt="a rose", adjust="rose=color not shape")
    assert form.read(form.values(prompt=job.prompt, adjust=job.adjust)) == job


def test_every_script_that_a_listener_calls_is_part_of_the_tab(built: tuple[HeadsTab, dict[str, Any]]) -> None:
    _, config = built
    scripts = " ".join(str(each["js"]) for each in config["dependencies"])
    called = set(re.findall(r"window\.vxa\.heads\.(\w+)", scripts))
    _, exported = (ASSETS / "heads.js").read_text(encoding="utf-8").split("vxa.heads = {")
    assert called == set(re.findall(r"^    (\w+)(?:: |\()", exported, re.MULTILINE))


def test_ctrl_enter_has_a_button_that_is_no_run_of_its_own(built: tuple[HeadsTab, dict[str, Any]]) -> None:
    _, config = built
    (button,) = [each["props"] for each in config["components"]
                 if each["props"].get("elem_id") == "vxa_heads_tab_generate"]  # fmt: skip
    assert "vxa-run" not in (button["elem_classes"] or ()), "pressed, it would keep the real one from starting"


def test_no_handler_is_public(built: tuple[HeadsTab, dict[str, Any]]) -> None:
    _, config = built
    assert not [each for each in config["dependencies"] if each.get("api_visibility", "private") == "public"]
