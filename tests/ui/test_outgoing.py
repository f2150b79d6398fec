from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from vxa.app.session import Session
from vxa.ui.compat import listen
from vxa.ui.outgoing import Outgoing
from vxa.ui.place import StandalonePlace
from vxa.ui.visualize_tab import VisualizeTab


def no_session() -> Session:
    raise AssertionError("the model was asked for while the tab was built")


class Elsewhere(StandalonePlace):
    """Sends the mask to a picture box of its own."""

    def lay_out_sending(self, outgoing: Outgoing) -> None:
        self.button = gr.Button("Send")
        self.target = gr.Image()
        self.prepared = outgoing.prepare(self.button)
        listen(self.prepared.success, lambda mask: mask, [outgoing.mask], [self.target])


def test_a_place_sends_on_what_was_prepared_and_only_then() -> None:
    place = Elsewhere(no_session, Path("out"))
    with gr.Blocks(analytics_enabled=False) as blocks:
        tab = VisualizeTab(place)
    steps: list[Any] = blocks.get_config_file()["dependencies"]
    filled = [component._id for component in tab.outgoing.components]
    prepare = next(step for step in steps if step["outputs"][: len(filled)] == filled)
    # gradio 3 names the component alone, later ones its event too
    clicked = {target if isinstance(target, int) else target[0] for target in prepare["targets"]}
    assert clicked == {place.button._id}
    send = next(step for step in steps if step["outputs"] == [place.target._id])
    assert send["inputs"] == [tab.outgoing.mask._id]
    assert send["trigger_only_on_success"] and send["trigger_after"] == steps.index(prepare)
