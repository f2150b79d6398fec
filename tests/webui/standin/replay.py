"""What the webui does with an extension, in its order: load, build, start, Reload UI."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

HERE = Path(__file__).resolve().parent
EXTENSION = HERE.parents[2]
_OURS = ("modules", "launch", "vxa.webui")
_COMPONENTS: list[tuple[str, Any, dict[str, Any]]] = [
    ("txt2img_prompt", gr.Textbox, {"label": "Prompt"}),
    ("txt2img_styles", gr.Dropdown, {"label": "Styles", "multiselect": True, "choices": []}),
    ("txt2img_gallery", gr.Gallery, {"label": "Output"}),
    ("txt2img_send_to_extras", gr.Button, {"value": "to extras"}),
    ("img2img_prompt", gr.Textbox, {"label": "Prompt"}),
    ("img2img_styles", gr.Dropdown, {"label": "Styles", "multiselect": True, "choices": []}),
    ("img2img_image", gr.Image, {"label": "Image for img2img", "type": "pil"}),
    ("img2maskimg", gr.Image, {"label": "Image for inpainting with mask", "type": "pil"}),
    ("img_inpaint_base", gr.Image, {"label": "Image for img2img", "type": "pil"}),
    ("img_inpaint_mask", gr.Image, {"label": "Mask", "type": "pil", "image_mode": "RGBA"}),
    ("img2img_width", gr.Slider, {"label": "Width", "minimum": 64, "maximum": 2048, "step": 8}),
    ("img2img_height", gr.Slider, {"label": "Height", "minimum": 64, "maximum": 2048, "step": 8}),
    ("img2img_gallery", gr.Gallery, {"label": "Output"}),
    ("img2img_send_to_extras", gr.Button, {"value": "to extras"}),
    ("extras_image", gr.Image, {"label": "Source", "type": "pil"}),
    ("pnginfo_image", gr.Image, {"label": "Source", "type": "pil"}),
    ("pnginfo_generation_info", gr.Textbox, {"visible": False}),
    ("extras_tab", gr.Button, {"value": "Send to extras"}),
]
"""Parts of the webui's own tabs that extensions look for, in the order they are made."""


class Webui:
    """The stand-in; `webui.shared` is `modules.shared`, and so on."""

    def __init__(self) -> None:
        self.tabs: list[tuple[gr.Blocks, str, str]] = []
        self.app = FastAPI()
        self.demo: gr.Blocks | None = None

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(f"modules.{name}")

    def load(self, extension: Path = EXTENSION) -> None:
        """Run the extension's scripts as at start."""
        self.scripts.load_scripts(str(extension))

    def build(self) -> gr.Blocks:
        """Build the page with the extension's tabs."""
        self.infotext_utils.reset()
        self.script_callbacks.before_ui_callback()
        self.script_callbacks.ui_settings_callback()
        with gr.Blocks(analytics_enabled=False) as interface:
            self._lay_out_own_tabs()
        self.tabs = self.script_callbacks.ui_tabs_callback()
        with gr.Blocks(analytics_enabled=False) as demo:
            self.infotext_utils.connect_paste_params_buttons()
            with gr.Tabs(elem_id="tabs"):
                for blocks, label, name in [(interface, "txt2img", "txt2img"), *self.tabs]:
                    if label not in self.shared.opts.hidden_tabs:
                        with gr.TabItem(label, id=name, elem_id=f"tab_{name}"):
                            blocks.render()
        demo.queue()
        self.demo = self.shared.demo = demo
        return demo

    def start(self) -> FastAPI:
        """Tell the extension that the server answers; with --nowebui there is no page."""
        self.app = FastAPI()
        self.script_callbacks.app_started_callback(None if self.shared.cmd_opts.nowebui else self.demo, self.app)
        return self.app

    def reload(self, extension: Path = EXTENSION) -> gr.Blocks:
        """Reload UI: callbacks are dropped and scripts run again, while imported packages stay."""
        self.script_callbacks.app_reload_callback()
        self.script_callbacks.script_unloaded_callback()
        self.load(extension)
        demo = self.build()
        self.start()
        return demo

    @property
    def failures(self) -> list[str]:
        """What the webui reported as failed."""
        return self.errors.exception_records

    def _lay_out_own_tabs(self) -> None:
        """Make the components of the webui's own tabs that extensions look for."""
        made: dict[str, Any] = {}
        for elem_id, kind, arguments in _COMPONENTS:
            made[elem_id] = kind(elem_id=elem_id, **arguments)
            self.script_callbacks.after_component_callback(made[elem_id], elem_id=elem_id, **arguments)
        paste = self.infotext_utils.add_paste_fields
        size = [(made["img2img_width"], "Size-1"), (made["img2img_height"], "Size-2")]
        paste("txt2img", None, [(made["txt2img_prompt"], "Prompt")])
        paste("img2img", made["img2img_image"], [(made["img2img_prompt"], "Prompt"), *size])
        paste("inpaint", made["img2maskimg"], [(made["img2img_prompt"], "Prompt"), *size])
        paste("extras", made["extras_image"], None)


@contextmanager
def standing_in(folder: Path) -> Iterator[Webui]:
    """Make `modules.*` importable, new and with `folder` as the webui's own, for the time of the block."""
    _forget()
    sys.path.insert(0, str(HERE))
    try:
        paths = importlib.import_module("modules.paths_internal")
        paths.data_path = paths.script_path = str(folder)
        yield Webui()
    finally:
        sys.path.remove(str(HERE))
        _forget()


def _forget() -> None:
    for name in list(sys.modules):
        if any(name == ours or name.startswith(f"{ours}.") for ours in _OURS):
            del sys.modules[name]
