from __future__ import annotations

import html
import json
import re
from pathlib import Path

import gradio as gr
import pytest

from vxa.app.editing.edit_job import EditJob
from vxa.app.session import Session
from vxa.app.settings import iter_fields
from vxa.ui.edit_tab import EditTab
from vxa.ui.place import StandalonePlace


def no_session() -> Session:
    raise AssertionError("the model was asked for while the tab was built")


@pytest.fixture(scope="module")
def built():
    with gr.Blocks(analytics_enabled=False) as blocks:
        tab = EditTab(StandalonePlace(no_session, Path("out"), defaults={"colormap": "viridis", "cross_end": "0.5"}))
    return tab, blocks.get_config_file()


def test_every_setting_of_the_job_has_its_widget(built) -> None:
    tab, _ = built
    assert not tab.form.missing
    assert {field.name for field in iter_fields(EditJob)} - set(tab.form.names) == {"model"}


def test_untouched_widgets_are_the_job_by_default(built) -> None:
    tab, _ = built
    job = tab.form.read(tab.form.values(prompt="a cat", edit="a dog"))
    assert job == EditJob(prompt="a cat", edit="a dog", colormap="viridis", cross_end=0.5)


def test_the_range_sliders_start_where_the_numbers_do(built) -> None:
    _, config = built
    text = " ".join(str(each["props"].get("value", "")) for each in config["components"] if each["type"] == "html")
    state, ends = (
        json.loads(html.unescape(re.search(rf'data-{name}="([^"]*)"', text)[1]))  # pyright: ignore[reportOptionalSubscript]
        for name in ("state", "ends")
    )
    assert state["cross_end"] == 0.5 and not state["cross_end:auto"] and state["self_end:auto"]
    assert state["method"] == "p2p" and ends == {"p2p": [0.8, 0.4], "cac": [1.0, 1.0]}


def test_what_sliders_write_is_in_no_accordion(built) -> None:
    _, config = built

    def find(node, name: str, above: tuple[int, ...] = ()) -> tuple[int, ...]:
        for child in node.get("children") or ():
            if child["id"] == name:
                return above
            if found := find(child, name, (*above, child["id"])):
                return found
        return ()

    kinds = {each["id"]: each["type"] for each in config["components"]}
    ids = {each["props"].get("elem_id"): each["id"] for each in config["components"]}
    written = ("weights", "blend", "subtract", "tokens", "word_windows", "cross_start", "cross_end", "self_end")
    for name in written:
        assert "accordion" not in {kinds[parent] for parent in find(config["layout"], ids[f"vxa_edit_{name}"])}, name
    above = find(config["layout"], ids["vxa_edit_scheduler"])
    assert "accordion" in {kinds[parent] for parent in above}, "and this test sees one"


def test_no_handler_is_public(built) -> None:
    _, config = built
    assert config["dependencies"]
    assert not [each for each in config["dependencies"] if each.get("api_visibility", "private") == "public"]
