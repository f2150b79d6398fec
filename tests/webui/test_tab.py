from __future__ import annotations

import html
import json
import re
from typing import Any

import gradio as gr
import pytest

from tests.webui.standin.replay import Webui
from vxa.ui.assets import ASSETS, SCRIPTS


@pytest.fixture
def blocks(webui: Webui) -> gr.Blocks:
    webui.load()
    webui.shared.opts.add_option("vxa_opacity", webui.shared.OptionInfo(0.25, "Opacity"))
    webui.build()
    assert not webui.failures
    return webui.tabs[0][0]


def values(blocks: gr.Blocks) -> dict[str, Any]:
    return {getattr(each, "elem_id", None): getattr(each, "value", None) for each in blocks.blocks.values()}


def test_the_browser_is_told_which_scripts_to_load(blocks: gr.Blocks) -> None:
    found = re.search(r'data-scripts="([^"]*)"', str(values(blocks)["vxa_scripts"]))
    assert found is not None
    listed = json.loads(html.unescape(found[1]))
    assert [name.partition("?")[0] for name in listed] == list(SCRIPTS)
    assert all((ASSETS / name.partition("?")[0]).is_file() and name.partition("?")[2].isdigit() for name in listed)


def test_widgets_start_as_the_settings_say(blocks: gr.Blocks) -> None:
    assert values(blocks)["vxa_opacity"] == 0.25


def test_nothing_is_kept_in_ui_config(blocks: gr.Blocks) -> None:
    assert all(component.do_not_save_to_config for component in blocks.blocks.values())  # pyright: ignore[reportAttributeAccessIssue]


def test_our_ids_are_ours_and_used_once(blocks: gr.Blocks) -> None:
    ids = [each.elem_id for each in blocks.blocks.values() if getattr(each, "elem_id", None)]
    assert all(str(name).startswith("vxa") for name in ids)
    assert len(ids) == len(set(ids))


def test_what_the_webuis_keyboard_script_looks_for_is_there(blocks: gr.Blocks) -> None:
    assert {"vxa_generate", "vxa_interrupt", "vxa_skip", "vxa_gallery"} <= set(values(blocks))
