"""From our tab to others of the webui: picture, view, mask and prompt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from modules import infotext_utils, shared
from PIL import Image

from vxa.ui.compat import listen
from vxa.ui.outgoing import Outgoing
from vxa.webui.noticing import Noticed


@dataclass(frozen=True)
class Route:
    """A button, what it hands over, and where that arrives."""

    name: str
    """End of the button's element id."""
    label: str
    """Of the button."""
    sources: list[Any]
    """Our components, the picture first where there is one."""
    targets: list[Any]
    """Theirs, in the same order."""
    script: str
    """Shows the other tab."""
    size: list[Any] = field(default_factory=list)
    """Where the picture's width and height go; empty if nowhere."""


def lay_out_sending(outgoing: Outgoing, noticed: Noticed) -> None:
    """Add a button for each way there is in this webui."""
    for route in find_routes(outgoing, noticed):
        button = gr.Button(route.label, elem_id=f"vxa_to_{route.name}", min_width=110)
        prepared = outgoing.prepare(button)
        hand_over = with_size if route.size else _as_is
        sent = listen(prepared.success, hand_over, route.sources, [*route.targets, *route.size])
        listen(sent.then, None, js=f"() => {{ {route.script}; return []; }}")


def find_routes(outgoing: Outgoing, noticed: Noticed) -> list[Route]:
    """List the ways there are in this webui; one whose end is missing is left out."""
    picture, prompt = outgoing.picture, outgoing.prompt
    mask_boxes = noticed.find("img_inpaint_base", "img_inpaint_mask") or []
    to_prompt, size = _fields("img2img", "Prompt"), _fields("img2img", "Size-1", "Size-2")
    recount = "recalculate_prompts_img2img()"
    routes = [
        Route(
            "img2img", "Send to img2img", [picture, prompt], [*_init("img2img"), *to_prompt],
            f"switch_to_img2img(); {recount}", size,
        ),
        Route(
            # the fifth of img2img's tabs, "Inpaint upload": the only one that takes a mask ready made
            "inpaint", "Send to inpaint", [picture, outgoing.mask, prompt], [*mask_boxes, *to_prompt],
            f"switch_to_img2img_tab(4); {recount}", size,
        ),
        Route("extras", "Send to extras", [outgoing.overlay], _init("extras"), "switch_to_extras()"),
        Route(
            "txt2img", "Send prompt to txt2img", [prompt], _fields("txt2img", "Prompt"),
            "switch_to_txt2img(); recalculate_prompts_txt2img()",
        ),
    ]  # fmt: skip
    return [route for route in routes if len(route.targets) == len(route.sources)]


def _init(tab: str) -> list[Any]:
    """Find where a tab takes a picture."""
    box = infotext_utils.paste_fields.get(tab, {}).get("init_img")
    return [] if box is None else [box]


def _fields(tab: str, *labels: str) -> list[Any]:
    """Find a tab's fields by what infotext calls them; none if one is missing."""
    named = {label: component for component, label in infotext_utils.paste_fields.get(tab, {}).get("fields") or []}
    found = [named[label] for label in labels if label in named]
    return found if len(found) == len(labels) else []


def _as_is(*values: Any) -> Any:
    return values[0] if len(values) == 1 else values


def with_size(picture: Image.Image, *others: Any) -> tuple[Any, ...]:
    """Add width and height to what is handed over, or leave them as they are there if the webui is set so."""
    size = picture.size if shared.opts.send_size else (gr.update(), gr.update())
    return picture, *others, *size
