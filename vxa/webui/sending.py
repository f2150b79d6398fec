"""From our tabs to others of the webui: picture, view, mask and prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from modules import infotext_utils, shared
from PIL import Image

from vxa.ui.compat import listen
from vxa.ui.outgoing import Outgoing
from vxa.ui.outgoing_picture import OutgoingPicture
from vxa.webui.noticing import Noticed

_RECOUNT = "recalculate_prompts_img2img()"


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
    """Add a button for each way there is in this webui out of the Visualize tab."""
    _lay_out(find_routes(outgoing, noticed), outgoing.prepare, "vxa")


def lay_out_picture_sending(outgoing: OutgoingPicture) -> None:
    """Add a button for each tab of this webui that takes a picture."""
    _lay_out(find_picture_routes(outgoing), outgoing.prepare, outgoing.tab)


def _lay_out(routes: Sequence[Route], prepare: Callable[[Any], Any], tab: str) -> None:
    for route in routes:
        button = gr.Button(route.label, elem_id=f"{tab}_to_{route.name}", min_width=110)
        hand_over = with_size if route.size else _as_is
        sent = listen(prepare(button).success, hand_over, route.sources, [*route.targets, *route.size])
        listen(sent.then, None, js=f"() => {{ {route.script}; return []; }}")


def find_routes(outgoing: Outgoing, noticed: Noticed) -> list[Route]:
    """List the ways out of the Visualize tab that this webui has."""
    picture, prompt = outgoing.picture, outgoing.prompt
    mask_boxes = noticed.find("img_inpaint_base", "img_inpaint_mask") or []
    # the fifth of img2img's tabs, "Inpaint upload": the only one that takes a mask ready made
    inpaint = Route(
        "inpaint", "Send to inpaint", [picture, outgoing.mask, prompt], [*mask_boxes, *_prompt()],
        f"switch_to_img2img_tab(4); {_RECOUNT}", _size(),
    )  # fmt: skip
    txt2img = Route(
        "txt2img", "Send prompt to txt2img", [prompt], _fields("txt2img", "Prompt"),
        "switch_to_txt2img(); recalculate_prompts_txt2img()",
    )  # fmt: skip
    return _existing([_to_img2img(picture, prompt), inpaint, _to_extras(outgoing.overlay), txt2img])


def find_picture_routes(outgoing: OutgoingPicture) -> list[Route]:
    """List the ways out of a tab that draws which this webui has."""
    picture, prompt = outgoing.picture, outgoing.prompt
    inpaint = Route(
        "inpaint", "Send to inpaint", [picture, prompt], [*_init("inpaint"), *_prompt()],
        f"switch_to_inpaint(); {_RECOUNT}", _size(),
    )  # fmt: skip
    return _existing([_to_img2img(picture, prompt), inpaint, _to_extras(picture)])


def _to_img2img(picture: Any, prompt: Any) -> Route:
    targets = [*_init("img2img"), *_prompt()]
    return Route("img2img", "Send to img2img", [picture, prompt], targets, f"switch_to_img2img(); {_RECOUNT}", _size())


def _to_extras(picture: Any) -> Route:
    return Route("extras", "Send to extras", [picture], _init("extras"), "switch_to_extras()")


def _existing(routes: list[Route]) -> list[Route]:
    """Leave out those whose end this webui lacks."""
    return [route for route in routes if len(route.targets) == len(route.sources)]


def _prompt() -> list[Any]:
    return _fields("img2img", "Prompt")


def _size() -> list[Any]:
    return _fields("img2img", "Size-1", "Size-2")


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
