"""Forms of jobs for tests of what stands behind them."""

from __future__ import annotations

import gradio as gr

from vxa.app.job import Job
from vxa.ui.form import JobForm


def full_form(job: type[Job]) -> JobForm:
    """Lay out every setting of a job but its model."""
    form = JobForm(job, fixed={"model": ""})
    with gr.Blocks(analytics_enabled=False):
        for name in form.fields:
            if name != "model":
                form.add(name)
    return form
