from __future__ import annotations

import gradio as gr

from vxa.ui.hidden import HiddenColumn, HiddenParts


def test_nothing_hidden_is_left_out_of_the_page() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        hidden = HiddenParts()
    assert all(each["props"].get("visible", True) for each in blocks.get_config_file()["components"])
    assert hidden.seen == [hidden.page, hidden.look]


def test_a_script_gets_the_values_and_their_count() -> None:
    with gr.Blocks(analytics_enabled=False):
        assert HiddenColumn("vxa_x").js("named", ["a", "b"]) == "(...values) => window.vxa.named(values, 2, 'vxa_x')"


def test_parts_are_called_after_their_tab() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        hidden = HiddenColumn("vxa_x")
        hidden.box("data")
    ids = {each["props"].get("elem_id") for each in blocks.get_config_file()["components"]}
    assert {"vxa_x_hidden", "vxa_x_page", "vxa_x_wake", "vxa_x_data"} <= ids
