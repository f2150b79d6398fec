from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

from vxa.app.pixels import Picture
from vxa.core.errors import ConfigError
from vxa.ui.outgoing_picture import OutgoingPicture


def outgoing(shown: Picture | None) -> OutgoingPicture:
    def find(page: str) -> tuple[Picture, str]:
        if shown is None:
            raise ConfigError("a picture", got=f"none in {page}", remedy="Draw one.")
        return shown, "a cat"

    with gr.Blocks():
        page = gr.Textbox()
        made = OutgoingPicture("vxa_x", find, [page], js="(page) => page", status=gr.HTML())
        made.prepare(gr.Button())
    return made


def test_the_picture_shown_is_handed_over_with_its_prompt() -> None:
    shown = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    (filled,) = outgoing(shown)._hand_over("p")
    np.testing.assert_array_equal(np.asarray(filled[0]), shown)
    assert filled[1] == "a cat"


def test_where_there_is_none_the_tab_says_so_and_nothing_goes_on() -> None:
    steps = outgoing(None)._hand_over("page 7")
    assert "none in page 7. Draw one." in next(steps)[2]
    with pytest.raises(gr.Error):
        next(steps)


def test_its_parts_are_hidden_and_named_for_the_tab() -> None:
    made = outgoing(None)
    assert [made.picture.elem_id, made.prompt.elem_id] == ["vxa_x_out_picture", "vxa_x_out_prompt"]
    assert made.picture.parent.elem_classes == ["vxa-hidden"]
