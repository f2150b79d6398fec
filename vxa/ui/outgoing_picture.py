"""The picture that a tab has drawn, on its way out: hidden components that hold it once a button needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from PIL import Image

from vxa.app.pixels import Picture
from vxa.core.errors import VxaError
from vxa.ui.compat import UNCHANGED, hidden_picture, listen
from vxa.ui.messages import say_error

Find = Callable[..., tuple[Picture, str]]


class OutgoingPicture:
    """Components that hold what is handed over; hidden, and empty before the first `prepare`.

    Args:
        tab: Element id of the tab, which starts the ids of the components.
        find: Gives the picture shown and its prompt, given the inputs' values; may raise a `VxaError`.
        inputs: Of the function.
        js: Script that the inputs' values go through first.
        status: Where a problem is said.
    """

    def __init__(self, tab: str, find: Find, inputs: list[Any], *, js: str, status: gr.HTML) -> None:
        self.tab = tab
        self._find, self._inputs, self._js, self._status = find, inputs, js, status
        with gr.Column(elem_id=f"{tab}_outgoing", elem_classes=["vxa-hidden"]):
            self.picture = hidden_picture("RGB", elem_id=f"{tab}_out_picture")
            """The picture, in its own size."""
            self.prompt = gr.Textbox("", elem_id=f"{tab}_out_prompt")
            """What it shows."""

    def prepare(self, button: Any) -> Any:
        """Fill the components whenever a button is clicked.

        Args:
            button: The button.

        Returns:
            The dependency; its `.success` comes only if there was something to hand over, otherwise the tab says why.
        """
        return listen(
            button.click, self._hand_over, self._inputs, [self.picture, self.prompt, self._status], js=self._js
        )

    def _hand_over(self, *values: Any) -> Iterator[tuple[Any, ...]]:
        try:
            picture, prompt = self._find(*values)
        except VxaError as error:
            yield UNCHANGED, UNCHANGED, say_error(error)
            # steps that wait for success do not go on
            raise gr.Error(str(error)) from error
        yield Image.fromarray(picture), prompt, UNCHANGED
