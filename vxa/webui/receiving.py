"""From other tabs of the webui to ours: a picture, a prompt, or a whole job out of a picture's infotext."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from modules import infotext_utils, shared

from vxa.app.jobs import MapJob
from vxa.ui.compat import listen
from vxa.ui.form import AUTO
from vxa.ui.layer_choices import OWN
from vxa.ui.visualize_tab import VisualizeTab
from vxa.webui.infotext import read_job
from vxa.webui.noticing import NAME, Noticed


def receive(tab: VisualizeTab, noticed: Noticed) -> None:
    """Let the webui paste into the tab, and wire our buttons in the other tabs.

    Comes last: a button for a tab that takes nothing would keep the whole webui from starting.
    """
    fields = [(tab.inputs.prompt, "Prompt")]
    fields += [(box, _reader(name)) for name, box in tab.form.components.items() if name != "prompt"]
    infotext_utils.add_paste_fields(NAME, tab.inputs.picture, fields)
    for where, button in noticed.buttons.items():
        # a picture from a gallery brings its infotext along, and the tab reads it as if it had been dropped
        names = ("pnginfo_image", "pnginfo_generation_info") if where == "pnginfo" else (f"{where}_gallery",)
        found = noticed.find(*names)
        if found is not None:
            picture, text = (*found, None)[:2]
            infotext_utils.register_paste_params_button(
                infotext_utils.ParamBinding(
                    paste_button=button, tabname=NAME, source_image_component=picture, source_text_component=text
                )
            )


def lay_out_prompt_buttons(prompt: gr.Textbox, noticed: Noticed) -> None:
    """Add buttons that take over the prompts of the webui's own tabs, with their styles."""
    with gr.Row():
        for tab in ("txt2img", "img2img"):
            found = noticed.find(f"{tab}_prompt", f"{tab}_styles")
            if found is not None:
                button = gr.Button(
                    f"Use current {tab} prompt", elem_id=f"vxa_from_{tab}_prompt", size="sm", min_width=140
                )
                taken = listen(button.click, with_styles, found, [prompt])
                listen(taken.then, None, js="() => { window.vxa.click('vxa_read'); return []; }")


def with_styles(prompt: str, styles: list[str] | None) -> str:
    """Put a prompt into the styles chosen beside it, as a generation would."""
    return shared.prompt_styles.apply_styles_to_prompt(prompt, styles or [])


def _reader(name: str) -> Callable[[Mapping[str, Any]], Any]:
    """Make a function that reads a widget's value from the settings of an infotext; None leaves the widget alone."""

    def read(settings: Mapping[str, Any]) -> Any:
        job = read_job(settings)
        value = None if job is None else widget_value(job, name)
        return None if value is None else gr.update(value=value)

    return read


def widget_value(job: MapJob, name: str) -> Any:
    """Say what the widget `name` shows for a job; None if it has nothing to show."""
    if name.endswith(AUTO):
        return getattr(job, name.removesuffix(AUTO)) is None
    value = getattr(job, name)
    if name == "layers":
        return value or OWN
    if isinstance(value, tuple):
        return list(value) if name == "modes" else ", ".join(map(str, value))
    return value
