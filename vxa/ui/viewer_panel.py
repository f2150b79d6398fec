"""The right half of the tab: status line, viewer, how it shows things, and what can be done with them."""

from __future__ import annotations

import html

import gradio as gr

from vxa.app.hand_over import HandOver
from vxa.app.jobs import VisualizeJob
from vxa.ui.assets import read_assets
from vxa.ui.form import AUTO, JobForm
from vxa.ui.messages import say
from vxa.ui.viewer import color_tables


class ViewerPanel:
    """Laid out where it is made.

    Args:
        form: Makes the widgets of the job's settings.
        look: Makes those of what is handed over.
    """

    def __init__(self, form: JobForm[VisualizeJob], look: JobForm[HandOver]) -> None:
        self.status = gr.HTML(
            say("Drop a picture, say what it shows, click the words to look for."), elem_id="vxa_status"
        )
        start = {"colormap": form.fields["colormap"].default, "opacity": form.fields["opacity"].default}
        markup = read_assets(("viewer.html",)).format(tables=html.escape(color_tables()), **start)
        gr.HTML(markup, elem_id="vxa_viewer_box")
        with gr.Row():
            modes = look.fields["mode"].setting
            mode = gr.Radio(
                list(modes.names), value=modes.names[0], label=modes.label, elem_id="vxa_mode", scale=3, min_width=250
            )
            look.put("mode", mode)
            colormap = form.add("colormap", scale=2, min_width=130, info=None)
        with gr.Row():
            opacity = form.add("opacity", min_width=180, info=None)
            with gr.Column(min_width=180):
                threshold = form.add("threshold", info=None)
        with gr.Row():
            # a tick box in a row of its own would be squeezed on a phone
            with gr.Column(min_width=180):
                feather = look.add("feather", info=None)
            with gr.Column(min_width=180):
                invert = look.add("invert")
        self.watched = {
            "mode": mode,
            "colormap": colormap,
            "opacity": opacity,
            "threshold": threshold,
            "isAuto": form.components["threshold" + AUTO],
            "feather": feather,
            "invert": invert,
        }
        """Widgets whose change the browser shows at once, by what the script calls them."""
