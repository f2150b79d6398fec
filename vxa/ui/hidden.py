"""Parts of a tab that nobody sees: what scripts and handlers tell each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from vxa.ui.compat import listen


class HiddenColumn:
    """Boxes and buttons that the scripts write and click; laid out where this is made.

    Args:
        tab: Element id of the tab, which starts the ids of all its parts.
    """

    def __init__(self, tab: str) -> None:
        self._tab = tab
        # `visible=False` would leave them out of the page, and the scripts need them
        self._column = gr.Column(elem_id=f"{tab}_hidden", elem_classes=["vxa-hidden"])
        self.page = self.box("page")
        """Name of the browser page; filled by the script of each listener."""
        self.wake = self.button("wake")
        """Clicked until it is heard, once somebody looks at the tab."""

    def box(self, name: str) -> gr.Textbox:
        """Add a text box."""
        with self._column:
            return gr.Textbox("", elem_id=f"{self._tab}_{name}", max_lines=1)

    def button(self, name: str, *, runs: bool = False) -> gr.Button:
        """Add a button, perhaps one that runs the model: then the tab counts as running until it is told otherwise."""
        with self._column:
            return gr.Button(name, elem_id=f"{self._tab}_{name}", elem_classes=["vxa-run"] if runs else [])

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

    def js(self, function: str, inputs: list[Any]) -> str:
        """Write the script that passes the inputs' values, their number and the tab through a function of ours."""
        return f"(...values) => window.vxa.{function}(values, {len(inputs)}, '{self._tab}')"


class HiddenParts(HiddenColumn):
    """Those of the Visualize tab."""

    def __init__(self) -> None:
        super().__init__("vxa")
        self.look = self.box("look")
        """What the viewer shows, as `read_hand_over` reads it; filled by the script of each listener."""
        self.chips = self.box("chip_data")
        """Tokens for the chips, as JSON."""
        self.view = self.box("view_data")
        """Result for the viewer, as JSON."""
        self.read = self.button("read")
        self.take = self.button("take")
        self.redraw = self.button("redraw")
        self.gallery = self.button("draw")
        # the webui's keyboard script stumbles over a tab without such a button
        self.skip = self.button("skip")

    @property
    def seen(self) -> list[Any]:
        """Inputs of a handler that needs page and viewer; goes with the script "seen"."""
        return [self.page, self.look]
