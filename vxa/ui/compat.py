"""Where gradio 3.41 to 6 differ: arguments that were renamed, moved or dropped.

Asks signatures, not version numbers, since hosts patch gradio. The only module that may know that releases differ.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from vxa.core.errors import PictureError
from vxa.render.picture import DECODING_ERRORS

UNCHANGED: Any = gr.update()
"""Leaves a component as it is."""


def accepts(function: Callable[..., Any], name: str) -> bool:
    """Whether a function or class names an argument; a catch-all does not count, gradio warns about those."""
    return name in inspect.signature(function).parameters


def keep_known(function: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the arguments that a function or class names."""
    return {name: value for name, value in arguments.items() if accepts(function, name)}


def listen(
    event: Callable[..., Any],
    function: Callable[..., Any] | None,
    inputs: Sequence[Any] = (),
    outputs: Sequence[Any] = (),
    *,
    js: str | None = None,
    at_once: bool = False,
) -> Any:
    """Listen to an event of a component, hidden from gradio's own API page and without its spinner.

    Args:
        event: A listener such as `button.click`, or the `then` of what this returned.
        function: Handler; None runs only the script.
        inputs: Components whose values it gets.
        outputs: Components it changes.
        js: Script run in the browser first, as a function of the inputs' (in gradio 3 also the outputs') values.
        at_once: Do not wait for other calls of the same handler.

    Returns:
        The dependency, with `.then`.
    """
    arguments: dict[str, Any] = {"show_progress": "hidden", "queue": function is not None}
    # an API name on hundreds of handlers would be an interface nobody promised
    arguments |= {"api_visibility": "private"} if accepts(event, "api_visibility") else {"api_name": False}
    if at_once:
        arguments |= {"trigger_mode": "multiple", "concurrency_limit": None}
    if js is not None:
        arguments["js" if accepts(event, "js") else "_js"] = js
    return event(function, list(inputs), list(outputs), **keep_known(event, arguments))


def picture_input(**arguments: Any) -> gr.Image:
    """Make a drop zone for one picture, handed over as a PIL image with its metadata, alpha and palette intact.

    A file that cannot be read is handed over as the `PictureError` to tell: gradio would keep it from the handler, and
    show "Error" or nothing.
    """
    wanted = {
        # gradio 3 takes one source and can paste as well; later ones want both named
        "sources": ["upload", "clipboard"],
        "source": "upload",
        # what a handler puts in would become webp, with loss
        "format": "png",
        "show_share_button": False,
        "buttons": [],
    }
    component: Any = gr.Image(type="pil", image_mode=None, **keep_known(gr.Image, wanted), **arguments)
    component.preprocess = _told(component.preprocess)
    return component


def _told(preprocess: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(preprocess)
    def read(payload: Any) -> Any:
        try:
            return preprocess(payload)
        except (*DECODING_ERRORS, gr.Error):
            return PictureError(
                "a picture", got="a damaged file or one of another kind", remedy="Use PNG, JPEG, WebP or the like."
            )

    return read


def hidden_picture(mode: str, **arguments: Any) -> gr.Image:
    """Make a picture that only handlers and scripts use, in a PIL mode, without loss."""
    wanted = {"format": "png", "show_share_button": False, "buttons": []}
    return gr.Image(type="pil", image_mode=mode, show_label=False, **keep_known(gr.Image, wanted), **arguments)  # pyright: ignore[reportArgumentType]


def inner_tab(label: str, name: str) -> gr.Tab:
    """Make a tab whose parts are in the page from the start: scripts look for them before it is opened.

    Args:
        label: To the user.
        name: To handlers that show it.
    """
    return gr.Tab(label, id=name, **keep_known(gr.Tab, {"render_children": True}))


def picture_gallery(**arguments: Any) -> gr.Gallery:
    """Make a gallery that shows PNG pictures as they are, with a download button."""
    # newer releases would recompress them as webp
    wanted = {
        "format": "png",
        "show_share_button": False,
        "show_download_button": True,
        "buttons": ["download", "fullscreen"],
        "interactive": False,
    }
    return gr.Gallery(**keep_known(gr.Gallery, wanted), **arguments)


def system_theme() -> Any:
    """Make the standalone page's theme: fonts of the reader's system, so that nothing is fetched from elsewhere."""
    theme = gr.themes.Base(
        primary_hue="indigo",
        secondary_hue="indigo",
        neutral_hue="slate",
        text_size="sm",
        spacing_size="sm",
        radius_size="lg",
        font=("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"),
        font_mono=("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"),
    )
    looks = {
        "body_background_fill": "*neutral_50",
        "body_background_fill_dark": "*neutral_950",
        "block_background_fill": "white",
        "block_background_fill_dark": "*neutral_900",
        "block_border_width": "1px",
        "block_label_text_weight": "500",
        "block_title_text_weight": "600",
        "block_title_text_color": "*neutral_700",
        "block_title_text_color_dark": "*neutral_200",
        "block_info_text_color": "*neutral_500",
        "block_info_text_color_dark": "*neutral_400",
        "body_text_color_subdued": "*neutral_500",
        "body_text_color_subdued_dark": "*neutral_400",
        "input_background_fill": "*neutral_50",
        "input_background_fill_dark": "*neutral_800",
        "input_border_width": "1px",
        "button_primary_background_fill": "*primary_600",
        "button_primary_background_fill_hover": "*primary_500",
        "button_primary_background_fill_dark": "*primary_600",
        "button_primary_text_color": "white",
        "button_large_text_weight": "600",
        "button_large_text_size": "*text_md",
    }
    return theme.set(**keep_known(theme.set, looks))


class Page:
    """A page of its own with looks and scripts, wherever this gradio wants them.

    Args:
        title: Of the browser's window.
        css: Style sheet.
        script: JavaScript, run once.
    """

    def __init__(self, title: str, css: str, script: str) -> None:
        wanted = {"theme": system_theme(), "css": css, "head": f"<script>\n{script}\n</script>"}
        self._launch = keep_known(gr.Blocks.launch, wanted)
        build = keep_known(gr.Blocks.__init__, {name: wanted[name] for name in wanted if name not in self._launch})
        self._script = None if {"head"} & {*self._launch, *build} else script
        self.blocks = gr.Blocks(title=title, analytics_enabled=False, **build)

    def finish(self) -> gr.Blocks:
        """Add what must come last, inside the page, and the queue."""
        if self._script is not None:
            # gradio 3 has no place for scripts but the function run on load
            with self.blocks:
                load: Any = self.blocks.load
                load(None, None, None, _js=f"() => {{\n{self._script}\n}}")
        queue = {"default_concurrency_limit": 4, "concurrency_count": 4, "api_open": False}
        self.blocks.queue(**keep_known(gr.Blocks.queue, queue))
        return self.blocks

    def launch(self, **arguments: Any) -> Any:
        """Start serving in the background; see gradio's `Blocks.launch`."""
        quiet = {
            "quiet": True,
            "show_api": False,
            "show_error": True,
            "footer_links": [],
            "run_history": False,
            "ssr_mode": False,
            "share": False,
            "prevent_thread_lock": True,
        }
        # gradio 3 prints the address even when told to be quiet; stdout belongs to the command line
        with contextlib.redirect_stdout(sys.stderr):
            return self.blocks.launch(**self._launch, **keep_known(gr.Blocks.launch, quiet), **arguments)
