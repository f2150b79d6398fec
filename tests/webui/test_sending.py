from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from tests.webui.standin.replay import Webui


@pytest.fixture
def laid_out(webui: Webui) -> Iterator[tuple[Webui, Any, Any]]:
    """The webui, our tab, and what was noticed."""
    from vxa.ui.visualize_tab import VisualizeTab
    from vxa.webui.noticing import Noticed
    from vxa.webui.place import WebuiPlace

    noticed = Noticed()
    webui.script_callbacks.on_after_component(noticed.notice)
    webui.build()
    with gr.Blocks():
        yield webui, VisualizeTab(WebuiPlace(lambda: None, lambda: None, noticed)), noticed  # pyright: ignore[reportArgumentType]


def ends(routes: list[Any]) -> dict[str, list[str]]:
    return {route.name: [component.elem_id for component in (*route.targets, *route.size)] for route in routes}


def test_everything_arrives_where_the_webui_takes_it(laid_out: tuple[Webui, Any, Any]) -> None:
    from vxa.webui.sending import find_routes

    _, tab, noticed = laid_out
    size = ["img2img_width", "img2img_height"]
    assert ends(find_routes(tab.outgoing, noticed)) == {
        "img2img": ["img2img_image", "img2img_prompt", *size],
        "inpaint": ["img_inpaint_base", "img_inpaint_mask", "img2img_prompt", *size],
        "extras": ["extras_image"],
        "txt2img": ["txt2img_prompt"],
    }


def test_the_mask_goes_into_the_box_for_masks(laid_out: tuple[Webui, Any, Any]) -> None:
    from vxa.webui.sending import find_routes

    _, tab, noticed = laid_out
    inpaint = next(route for route in find_routes(tab.outgoing, noticed) if route.name == "inpaint")
    pairs = {source.elem_id: target.elem_id for source, target in zip(inpaint.sources, inpaint.targets, strict=True)}
    assert pairs["vxa_out_mask"] == "img_inpaint_mask" and pairs["vxa_out_picture"] == "img_inpaint_base"


def test_a_way_without_an_end_has_no_button(laid_out: tuple[Webui, Any, Any]) -> None:
    from vxa.webui.sending import find_routes

    webui, tab, noticed = laid_out
    noticed.forget()
    del webui.infotext_utils.paste_fields["extras"]
    assert set(ends(find_routes(tab.outgoing, noticed))) == {"img2img", "txt2img"}


@pytest.mark.parametrize("sends_size", [True, False])
def test_the_size_goes_along_if_the_settings_say_so(webui: Webui, sends_size: bool) -> None:
    from vxa.webui.sending import with_size

    webui.shared.opts.send_size = sends_size
    picture = Image.new("RGB", (64, 48))
    assert with_size(picture, "prompt") == (picture, "prompt", *((64, 48) if sends_size else (gr.update(),) * 2))


@pytest.mark.parametrize("name", ["edit", "paint"])
def test_what_was_drawn_arrives_where_the_webui_takes_pictures(webui: Webui, name: str) -> None:
    from vxa.ui.tabs import Tabs
    from vxa.webui.noticing import Noticed
    from vxa.webui.place import WebuiPlace

    webui.build()
    with gr.Blocks() as blocks:
        Tabs(WebuiPlace(lambda: None, lambda: None, Noticed()))  # pyright: ignore[reportArgumentType]
    ids = {getattr(block, "elem_id", None) for block in blocks.blocks.values()}
    assert {f"vxa_{name}_to_{end}" for end in ("img2img", "inpaint", "extras")} <= ids


def test_a_picture_takes_its_prompt_and_size_along(webui: Webui) -> None:
    from vxa.ui.outgoing_picture import OutgoingPicture
    from vxa.webui.sending import find_picture_routes

    webui.build()
    with gr.Blocks():
        outgoing = OutgoingPicture("x", lambda: None, [], js="", status=gr.HTML())  # pyright: ignore[reportArgumentType]
        routes = find_picture_routes(outgoing)
    size = ["img2img_width", "img2img_height"]
    assert ends(routes) == {
        "img2img": ["img2img_image", "img2img_prompt", *size],
        "inpaint": ["img2maskimg", "img2img_prompt", *size],
        "extras": ["extras_image"],
    }
    del webui.infotext_utils.paste_fields["inpaint"]
    with gr.Blocks():
        assert "inpaint" not in ends(find_picture_routes(outgoing))
