"""Components of the webui's own tabs, noticed while it builds them; and our buttons among them."""

from __future__ import annotations

from typing import Any

import gradio as gr
from modules import shared, ui_components

NAME = "vxa"
"""What the webui calls our tab; the global functions `switch_to_vxa` and `recalculate_prompts_vxa` are named for it."""
TITLE = "VXA"
"""Label of the tab, by which the webui knows it when tabs are hidden or put in order."""
WANTED = frozenset(
    {"txt2img_prompt", "txt2img_styles", "img2img_prompt", "img2img_styles"}
    | {"img_inpaint_base", "img_inpaint_mask"}
    | {"txt2img_gallery", "img2img_gallery", "pnginfo_image", "pnginfo_generation_info"}
)
_AFTER = {"txt2img_send_to_extras": "txt2img", "img2img_send_to_extras": "img2img", "extras_tab": "pnginfo"}
"""The last button that sends things on, and the tab it stands in."""


class Noticed:
    """What was seen so far, by element id."""

    def __init__(self) -> None:
        self._components: dict[str, Any] = {}
        self.buttons: dict[str, Any] = {}
        """Buttons that send to our tab, by the tab they stand in."""

    def notice(self, component: Any, **arguments: Any) -> None:
        """Remember a component that was just made if it matters to us, and add our button after the last of its row."""
        name = arguments.get("elem_id")
        if name in WANTED:
            self._components[name] = component
        tab = _AFTER.get(name or "")
        if tab is not None and tab not in self.buttons and TITLE not in shared.opts.hidden_tabs:
            self.buttons[tab] = _button(tab)

    def find(self, *names: str) -> list[Any] | None:
        """Return the components of these ids; None if the webui lacks one."""
        found = [self._components[name] for name in names if name in self._components]
        return found if len(found) == len(names) else None

    def hide_buttons(self) -> None:
        """Take our buttons out of the other tabs: there is no tab to send to."""
        for button in self.buttons.values():
            button.visible = False

    def forget(self) -> None:
        """Let go of a page that is built anew."""
        self._components.clear()
        self.buttons.clear()


def _button(tab: str) -> Any:
    if tab == "pnginfo":
        return gr.Button("Send to VXA", elem_id="vxa_from_pnginfo")
    tooltip = "Send image to the VXA tab: see which pixels listen to which word."
    return ui_components.ToolButton("👁", elem_id=f"vxa_from_{tab}", tooltip=tooltip)
