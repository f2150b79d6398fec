"""Parts of the tab that nobody sees: what scripts and handlers tell each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from vxa.ui.compat import listen


class HiddenParts:
    """Boxes and buttons that the scripts write and click; laid out where this is made."""

    def __init__(self) -> None:
        # `visible=False` would leave them out of the page, and the scripts need them
        with gr.Column(elem_id="vxa_hidden"):
            self.page = gr.Textbox("", elem_id="vxa_page", max_lines=1)
            """Name of the browser page; filled by the script of each listener."""
            self.look = gr.Textbox("", elem_id="vxa_look", max_lines=1)
            """What the viewer shows, as `read_hand_over` reads it; filled likewise."""
            self.chips = gr.Textbox("", elem_id="vxa_chip_data", max_lines=1)
            """Tokens for the chips, as JSON."""
            self.view = gr.Textbox("", elem_id="vxa_view_data", max_lines=1)
            """Result for the viewer, as JSON."""
            self.wake = gr.Button("wake", elem_id="vxa_wake")
            self.read = gr.Button("read tokens", elem_id="vxa_read")
            self.take = gr.Button("take picture", elem_id="vxa_take")
            self.redraw = gr.Button("redraw", elem_id="vxa_redraw")
            self.gallery = gr.Button("draw gallery", elem_id="vxa_draw")
            # the webui's keyboard script stumbles over a tab without such a button
            self.skip = gr.Button("skip", elem_id="vxa_skip")

    @property
    def seen(self) -> list[Any]:
        """Inputs of a handler that needs page and viewer; goes with the script "seen"."""
        return [self.page, self.look]

    def answer(self, button: gr.Button, function: Callable[..., Any], inputs: list[Any], outputs: list[Any],
               js: str | None = None) -> Any:  # fmt: skip
        """Listen to a button that the script `ask` clicks, and tell the script once the answer has come.

        While an answer is under way gradio 3 drops further clicks; the script keeps the last of them for later.
        """
        answered = listen(button.click, function, inputs, outputs, js=js, at_once=True)
        listen(answered.then, None, js=f"() => {{ window.vxa.answered('{button.elem_id}'); return []; }}")
        return answered

    @staticmethod
    def ask(event: Any, button: gr.Button) -> None:
        """Let an event click such a button."""
        listen(event, None, js=f"() => {{ window.vxa.ask('{button.elem_id}'); return []; }}")

    @staticmethod
    def js(function: str, inputs: list[Any]) -> str:
        """Write the script that passes the inputs' values through a function of ours."""
        return f"(...values) => window.vxa.{function}(values, {len(inputs)})"
