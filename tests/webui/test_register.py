"""The life of the extension in the webui: load, page, server, Reload UI, unload."""

from __future__ import annotations

import sys
from pathlib import Path

import gradio as gr
import pytest

from tests.webui.standin.replay import EXTENSION, Webui


@pytest.fixture
def loaded(webui: Webui) -> Webui:
    webui.load()
    return webui


def find(demo: gr.Blocks, elem_id: str) -> gr.blocks.Block:
    found = [block for block in demo.blocks.values() if getattr(block, "elem_id", None) == elem_id]
    assert len(found) == 1, f"{len(found)} components {elem_id}"
    return found[0]


def test_the_tab_is_there_without_a_model(loaded: Webui) -> None:
    loaded.build()
    assert [(title, name) for _, title, name in loaded.tabs] == [("VXA", "vxa")]
    find(loaded.tabs[0][0], "vxa_generate")
    assert not loaded.failures
    assert loaded.sd_models.model_data.sd_model is None, "nothing asked for the model"


def test_reload_ui_builds_everything_anew_once(loaded: Webui) -> None:
    loaded.build()
    loaded.start()
    package = sys.modules["vxa.webui.register"]
    demo = loaded.reload()
    demo = loaded.reload()
    assert sys.modules["vxa.webui.register"] is package, "the package stays imported, as in the webui"
    assert len(loaded.tabs) == 1
    find(demo, "vxa_generate")
    find(demo, "vxa_from_txt2img")
    assert all(len(callbacks) <= 1 for callbacks in loaded.script_callbacks.callback_map.values())
    assert not loaded.failures


def test_the_package_is_found_after_its_folder_left_the_path(loaded: Webui) -> None:
    assert str(EXTENSION) not in sys.path[:1]
    loaded.build()
    assert sys.modules["vxa.webui.tab"].__file__ == str(EXTENSION / "vxa" / "webui" / "tab.py")


def test_a_broken_part_gives_a_tab_that_says_so(loaded: Webui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vxa.webui.tab", None)
    demo = loaded.build()
    blocks, title, _ = loaded.tabs[0]
    assert title == "VXA" and "ModuleNotFoundError" in str(find(blocks, "vxa_notice").value)
    assert find(demo, "vxa_from_txt2img").visible is False, "no button for a tab that takes nothing"
    assert not loaded.infotext_utils.registered_param_bindings


def test_without_the_queue_the_webui_still_starts(loaded: Webui) -> None:
    loaded.shared.cmd_opts.no_gradio_queue = True
    loaded.build()
    assert "--no-gradio-queue" in str(find(loaded.tabs[0][0], "vxa_notice").value)


def test_a_hidden_tab_takes_its_buttons_along(loaded: Webui) -> None:
    loaded.shared.opts.hidden_tabs = ["VXA"]
    demo = loaded.build()
    assert not any(str(getattr(block, "elem_id", "")).startswith("vxa_") for block in demo.blocks.values())
    assert not loaded.failures


def test_unloading_lets_go_of_the_recordings(loaded: Webui) -> None:
    loaded.build()
    tab = loaded.script_callbacks.callback_map["callbacks_ui_tabs"][0].callback.__self__
    session = tab.session()
    assert tab.session() is session, "tab and API share it"
    loaded.script_callbacks.script_unloaded_callback()
    assert tab.session() is not session


def test_an_extension_may_have_any_folder_name(webui: Webui, tmp_path: Path) -> None:
    folder = tmp_path / "sd webui—vxa (my fork)"
    folder.symlink_to(EXTENSION, target_is_directory=True)
    webui.load(folder)
    webui.build()
    assert len(webui.tabs) == 1 and not webui.failures
