from __future__ import annotations

import re
from typing import Any

import gradio as gr
import pytest

from vxa.app.editing.paint_job import PaintJob
from vxa.ui.form import JobForm
from vxa.ui.paint_panels import CanvasPanel, ResultPanel, RunPanel, SettingsPanel


@pytest.fixture(scope="module")
def parts() -> list[dict[str, Any]]:
    form = JobForm(PaintJob, fixed={"model": ""}, prefix="vxa_paint")
    with gr.Blocks(analytics_enabled=False) as blocks:
        RunPanel(form)
        CanvasPanel(form)
        ResultPanel()
        SettingsPanel(form)
    return list(blocks.get_config_file()["components"])


def test_what_is_rarely_used_is_folded_away(parts: list[dict[str, Any]]) -> None:
    folds = [part["props"] for part in parts if part["type"] == "accordion"]
    assert [fold["elem_id"] for fold in folds] == ["vxa_paint_preview", "vxa_paint_masks", "vxa_paint_more"]
    assert not any(fold["open"] for fold in folds)


def test_a_mask_can_be_uploaded_without_the_canvas(parts: list[dict[str, Any]]) -> None:
    (files,) = [part["props"] for part in parts if part["props"].get("elem_id") == "vxa_paint_files"]
    assert files["file_count"] == "multiple" and files["file_types"] == ["image"]
    assert "vxa_paint_words" in {part["props"].get("elem_id") for part in parts}


def test_every_control_of_the_brush_is_labelled(parts: list[dict[str, Any]]) -> None:
    markup = " ".join(str(part["props"]["value"]) for part in parts if part["type"] == "html")
    for button in re.findall(r"<button[^>]*>[^<]*</button>", markup):
        assert re.search(r">\s*\w+[^<]*<", button) or "aria-label=" in button, button
    labelled = re.sub(r"<label[^>]*>.*?</label>", "", markup, flags=re.DOTALL)
    for field in re.findall(r"<input[^>]*>", labelled):
        assert "aria-label=" in field, field
