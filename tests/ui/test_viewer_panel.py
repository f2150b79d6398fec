from __future__ import annotations

import gradio as gr

from vxa.app.hand_over import HandOver
from vxa.app.jobs import VisualizeJob
from vxa.ui.form import JobForm
from vxa.ui.viewer_panel import ViewerPanel


def test_the_viewer_starts_as_its_widgets_do() -> None:
    form = JobForm(VisualizeJob, defaults={"colormap": "magma", "opacity": 0.25})
    with gr.Blocks(analytics_enabled=False) as blocks:
        panel = ViewerPanel(form, JobForm(HandOver))
    html = " ".join(str(each["props"].get("value", "")) for each in blocks.get_config_file()["components"])
    assert 'data-colormap="magma"' in html and 'data-opacity="0.25"' in html
    assert (panel.watched["colormap"].value, panel.watched["opacity"].value) == ("magma", 0.25)
