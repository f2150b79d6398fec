"""What leaves the tab: hidden components that hold it, filled when a button that needs it is clicked."""

from __future__ import annotations

from typing import Any

import gradio as gr

from vxa.ui.actions import Actions
from vxa.ui.compat import hidden_picture, listen
from vxa.ui.hidden import HiddenParts


class Outgoing:
    """Components that hold what is handed over; all are hidden, and empty before the first `prepare`.

    Args:
        actions: Fill them.
        hidden: Parts that know the page and what its viewer shows.
        status: Where a problem is said.
    """

    def __init__(self, actions: Actions, hidden: HiddenParts, status: gr.HTML) -> None:
        self._actions, self._hidden, self._status = actions, hidden, status
        with gr.Column(elem_id="vxa_outgoing", elem_classes=["vxa-hidden"]):
            self.picture = hidden_picture("RGB", elem_id="vxa_out_picture")
            """The picture looked at, in its own size."""
            self.overlay = hidden_picture("RGB", elem_id="vxa_out_overlay")
            """The word as the viewer shows it, in the picture's size."""
            self.mask = hidden_picture("L", elem_id="vxa_out_mask")
            """The word as a mask: greyscale, in the picture's size."""
            self.prompt = gr.Textbox("", elem_id="vxa_out_prompt")
            """The prompt of what is shown."""
            self.tokens = gr.Textbox("", elem_id="vxa_out_tokens")
            """Its chosen words, as typed."""
            self.name = gr.Textbox("", elem_id="vxa_out_name")
            """The word as the start of a file name."""

    @property
    def components(self) -> list[Any]:
        """All of them: picture, overlay, mask, prompt, tokens, name."""
        return [self.picture, self.overlay, self.mask, self.prompt, self.tokens, self.name]

    def prepare(self, button: Any) -> Any:
        """Fill the components with what is shown whenever a button is clicked.

        Args:
            button: The button.

        Returns:
            The dependency. Go on with `listen(dependency.success, function, [outgoing.mask, …], […])`: it comes only
            if there was something to hand over; otherwise the tab says what is missing.
        """
        seen = self._hidden.seen
        return listen(
            button.click,
            self._actions.prepare,
            seen,
            [*self.components, self._status],
            js=self._hidden.js("seen", seen),
        )
