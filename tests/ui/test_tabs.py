from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from vxa.app.session import Session
from vxa.ui.assets import SCRIPTS, STYLES, read_assets
from vxa.ui.place import StandalonePlace
from vxa.ui.tabs import Tabs


def no_session() -> Session:
    raise AssertionError("the model was asked for while the tabs were built")


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    with gr.Blocks(analytics_enabled=False) as blocks:
        Tabs(StandalonePlace(no_session, Path("out")))
    return dict(blocks.get_config_file())


def ids_in(config: dict[str, Any]) -> set[str]:
    html = " ".join(str(each["props"].get("value", "")) for each in config["components"] if each["type"] == "html")
    return {each["props"].get("elem_id") or "" for each in config["components"]} | set(re.findall(r'id="(\w+)"', html))


def test_every_element_that_style_and_scripts_name_is_there(config: dict[str, Any]) -> None:
    named = set(re.findall(r"[\"#]#?(vxa_\w+)", read_assets((*SCRIPTS, *STYLES))))
    assert named and named <= ids_in(config)


def test_scripts_that_listeners_call_exist(config: dict[str, Any]) -> None:
    called = {name for each in config["dependencies"] for name in re.findall(r"window\.vxa\.(\w+)", str(each["js"]))}
    defined = set(re.findall(r"vxa\.(\w+) =", read_assets(SCRIPTS)))
    assert called and called <= defined


def test_every_tab_has_the_parts_that_the_scripts_share(config: dict[str, Any]) -> None:
    tabs = [each["props"]["elem_id"] for each in config["components"] if each["type"] == "column"
            and "vxa-tab" in each["props"].get("elem_classes", ())]  # fmt: skip
    assert tabs[0] == "vxa", "its run button must come first: scripts of hosts press it"
    for tab in tabs:
        assert {f"{tab}_{part}" for part in ("wake", "page", "status", "generate", "interrupt")} <= ids_in(config)


def test_no_id_is_given_twice(config: dict[str, Any]) -> None:
    ids = [each["props"]["elem_id"] for each in config["components"] if each["props"].get("elem_id")]
    assert len(ids) == len(set(ids))
