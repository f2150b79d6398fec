"""The standalone page: a heading, the tabs, looks and scripts."""

from __future__ import annotations

import gradio as gr

from vxa.ui.assets import PAGE_STYLES, SCRIPTS, STYLES, read_assets
from vxa.ui.compat import Page
from vxa.ui.place import Place
from vxa.ui.tabs import Tabs

_HEADER = """
<div class="vxa-brand"><h1>VXA</h1><p>Which pixels of a picture listen to which word of its prompt?</p></div>
"""


def build_page(place: Place) -> Page:
    """Build the page, without a model and without serving it."""
    page = Page("VXA", read_assets((*STYLES, *PAGE_STYLES)), read_assets(SCRIPTS))
    with page.blocks:
        gr.HTML(_HEADER, elem_id="vxa_header")
        Tabs(place)
    page.finish()
    return page
