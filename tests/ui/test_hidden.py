from __future__ import annotations

import gradio as gr

from vxa.ui.hidden import HiddenParts


def test_nothing_hidden_is_left_out_of_the_page() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        hidden = HiddenParts()
    assert all(each["props"].get("visible", True) for each in blocks.get_config_file()["components"])
    assert hidden.seen == [hidden.page, hidden.look]


def test_a_script_gets_the_values_and_their_count() -> None:
    assert HiddenParts.js("named", ["a", "b"]) == "(...values) => window.vxa.named(values, 2)"
