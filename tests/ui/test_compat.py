from __future__ import annotations

import inspect
import re
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from vxa.ui.compat import Page, accepts, keep_known, listen, picture_gallery, picture_input


def old_event(
    fn: Any, inputs: Any, outputs: Any, api_name: Any = None, queue: Any = None, _js: str | None = None
) -> dict:
    """A listener with the arguments gradio 3.41 has."""
    return dict(locals())


def new_event(
    fn: Any,
    inputs: Any,
    outputs: Any,
    api_visibility: str = "public",
    trigger_mode: str = "once",
    js: str | None = None,
) -> dict:
    """A listener with the arguments gradio 6 has."""
    return dict(locals())


def test_a_script_goes_where_the_release_wants_it() -> None:
    old = listen(old_event, None, ["a"], js="x => x")
    new = listen(new_event, None, ["a"], js="x => x", at_once=True)
    assert old["_js"] == new["js"] == "x => x"
    assert new["trigger_mode"] == "multiple"
    assert (old["inputs"], old["outputs"], new["inputs"]) == (["a"], [], ["a"])


def test_handlers_are_no_public_interface() -> None:
    assert listen(old_event, print)["api_name"] is False
    assert listen(new_event, print)["api_visibility"] == "private"


def test_only_what_is_named_is_kept() -> None:
    def function(a: int, **rest: int) -> None: ...

    assert accepts(function, "a") and not accepts(function, "b")
    assert keep_known(function, {"a": 1, "b": 2}) == {"a": 1}


def test_the_listener_works_with_the_gradio_that_is_installed() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        button, box = gr.Button("go"), gr.Textbox()
        first = listen(button.click, lambda text: text, [box], [box], js="text => text", at_once=True)
        listen(first.then, None, [box], js="text => []")
    config = blocks.get_config_file()
    assert len(config["dependencies"]) == 2
    assert all(each["js"] for each in config["dependencies"])
    assert not [each for each in config["dependencies"] if each.get("api_visibility") == "public"]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "L"])
def test_pictures_arrive_with_their_mode(mode: str) -> None:
    with gr.Blocks(analytics_enabled=False):
        component = picture_input(label="Picture")
    assert component.image_mode is None
    assert component.type == "pil"
    assert getattr(component, "format", "png") == "png"
    image = Image.new(mode, (4, 4))
    assert image.convert(None).mode in (mode, "RGB", "RGBA")


def test_the_gallery_does_not_recompress() -> None:
    with gr.Blocks(analytics_enabled=False):
        gallery = picture_gallery(label="Pictures")
    assert getattr(gallery, "format", "png") == "png"


def test_the_page_carries_style_and_script_wherever_gradio_wants_them() -> None:
    page = Page("title", ".a {}", "window.a = 1;")
    with page.blocks:
        gr.Button("b")
    page.finish()
    launch = inspect.signature(gr.Blocks.launch).parameters
    if "head" in launch:
        assert "window.a = 1;" in page._launch["head"]
        assert page._launch["css"] == ".a {}"
    else:
        assert page.blocks.css == ".a {}"


def test_no_font_comes_from_elsewhere() -> None:
    page = Page("title", "", "")
    theme = page._launch.get("theme") or page.blocks.theme
    assert not re.search(r"url\(.?https?:|googleapis|gstatic", theme._get_theme_css())
    assert not theme._stylesheets
