from __future__ import annotations

import re
from typing import Any

import gradio as gr
import pytest

from tests.ui.test_heads_tab import place
from vxa.ui.heads_forms import HeadsForms
from vxa.ui.heads_panels import ResultPanel, UsesPanel, VectorsPanel


@pytest.fixture(scope="module")
def parts() -> list[dict[str, Any]]:
    where = place()
    forms = HeadsForms(where)
    with gr.Blocks(analytics_enabled=False) as blocks:
        VectorsPanel(forms)
        UsesPanel(forms, where)
        ResultPanel()
    return list(blocks.get_config_file()["components"])


def markup(parts: list[dict[str, Any]]) -> str:
    return " ".join(str(part["props"]["value"]) for part in parts if part["type"] == "html")


def test_each_way_of_using_heads_has_a_button(parts: list[dict[str, Any]]) -> None:
    runs = [part["props"]["elem_id"] for part in parts
            if part["type"] == "button" and "vxa-run" in (part["props"]["elem_classes"] or ())]  # fmt: skip
    assert runs == [f"vxa_heads_tab_{name}" for name in ("diagnose", "see", "weaken", "adjust", "excite")]


def test_what_the_chart_writes_is_in_the_page_from_the_start(parts: list[dict[str, Any]]) -> None:
    named = re.findall(r'data-use="(\w+)"', markup(parts))
    panels = {part["props"]["elem_id"]: part["type"] for part in parts if "_use_" in str(part["props"].get("elem_id"))}
    assert panels == {f"vxa_heads_tab_use_{name}": "column" for name in named}


def test_what_is_rarely_used_is_folded_away(parts: list[dict[str, Any]]) -> None:
    folds = [part["props"] for part in parts if part["type"] == "accordion"]
    assert len(folds) == 3 and not any(fold["open"] for fold in folds)


def test_every_control_is_labelled(parts: list[dict[str, Any]]) -> None:
    for button in re.findall(r"<button[^>]*>[^<]*</button>", markup(parts)):
        assert re.search(r">\s*\w+[^<]*<", button), button
    for field in re.findall(r"<input[^>]*>", markup(parts)):
        assert "aria-label=" in field, field
