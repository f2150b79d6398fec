"""The inner tabs, in the standalone page and in the webui alike."""

from __future__ import annotations

import gradio as gr

from vxa.ui.compat import inner_tab
from vxa.ui.edit_tab import EditTab
from vxa.ui.heads_tab import HeadsTab
from vxa.ui.paint_tab import PaintTab
from vxa.ui.place import Place
from vxa.ui.visualize_tab import VisualizeTab

VISUALIZE, EDIT, PAINT, HEADS = "visualize", "edit", "paint", "heads"
"""Ids of the inner tabs: `gr.update(selected=EDIT)` of `Tabs.box` shows one."""


class Tabs:
    """Laid out where it is made; built without a model.

    Args:
        place: Where it is shown.
    """

    def __init__(self, place: Place) -> None:
        with gr.Tabs(elem_id="vxa_tabs") as self.box:
            with inner_tab("Visualize", VISUALIZE):
                self.visualize = VisualizeTab(place)
            with inner_tab("Edit", EDIT):
                self.edit = EditTab(place)
            with inner_tab("Paint", PAINT):
                self.paint = PaintTab(place)
            with inner_tab("Heads", HEADS):
                self.heads = HeadsTab(place)
