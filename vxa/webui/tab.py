"""The tab as the webui takes it: blocks of its own, built without a model."""

from __future__ import annotations

import html
import json
from collections.abc import Callable

import gradio as gr
from modules import shared

from vxa.app.editing.studio import Studio
from vxa.core.errors import HostError
from vxa.ui.assets import ASSETS, SCRIPTS
from vxa.ui.place import SessionProvider
from vxa.ui.tabs import Tabs
from vxa.webui.noticing import Noticed
from vxa.webui.place import WebuiPlace
from vxa.webui.receiving import receive


def build_tab(session: SessionProvider, studio: Callable[[], Studio], noticed: Noticed) -> gr.Blocks:
    """Build the tab.

    Args:
        session: Gives the session at the first event.
        studio: Gives the studio, likewise.
        noticed: Components of the webui's own tabs, which are built by now.

    Raises:
        HostError: If the webui runs without gradio's queue: events of ours need it, and would keep it from starting.
    """
    if shared.cmd_opts.no_gradio_queue:
        raise HostError(
            "gradio's queue, through which progress is shown",
            got="--no-gradio-queue",
            remedy="Start the webui without that flag.",
        )
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.HTML(_script_list(), elem_id="vxa_scripts")
        tabs = Tabs(WebuiPlace(session, studio, noticed))
    for component in blocks.blocks.values():
        # start values have a page of their own in the settings: what ui-config.json once stored would win over it
        component.do_not_save_to_config = True  # pyright: ignore[reportAttributeAccessIssue]
    receive(tabs, noticed)
    return blocks


def _script_list() -> str:
    """Name the scripts for javascript/vxa.js, with their dates, so that a browser never mixes old and new ones."""
    names = [f"{name}?{(ASSETS / name).stat().st_mtime_ns}" for name in SCRIPTS]
    return f'<div data-scripts="{html.escape(json.dumps(names))}" hidden></div>'
