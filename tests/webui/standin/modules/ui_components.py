"""Components with the webui's looks."""

import gradio as gr


def ToolButton(*args, tooltip=None, **kwargs):
    # a class in the webui, whose patched gradio takes the tooltip
    return gr.Button(*args, **kwargs)
