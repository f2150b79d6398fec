"""The tab that is shown when the real one cannot be: it knows nothing but gradio."""

from __future__ import annotations

import html

import gradio as gr


def build_notice(error: Exception) -> gr.Blocks:
    """Build a tab that says why there is no other."""
    reason = html.escape(f"{type(error).__name__}: {error}")
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.HTML(
            f"<h3>VXA could not build its tab</h3><p>{reason}</p>"
            "<p>The webui's console says more. All other tabs work as usual.</p>",
            elem_id="vxa_notice",
        )
    return blocks
