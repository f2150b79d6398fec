"""From other tabs of the webui to ours: a picture, a prompt, or a whole job out of a picture's infotext."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from modules import infotext_utils, shared

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.job import Job
from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.methods.head_lens import HeadLens
from vxa.ui.compat import listen
from vxa.ui.form import AUTO, JobForm, show_value
from vxa.ui.heads_tab import HeadsTab
from vxa.ui.layer_choices import OWN
from vxa.ui.tabs import EDIT, HEADS, PAINT, VISUALIZE, Tabs
from vxa.webui.infotext import read_job
from vxa.webui.noticing import NAME, Noticed

_HEADS = (GenerateJob, ExciteJob, AdjustJob, WeakenJob)
"""Kinds of job of the Heads tab; it looks at given pictures as the Visualize tab does."""
_TABS: dict[type[Job], str] = {EditJob: EDIT, InvertJob: EDIT, PaintJob: PAINT, **dict.fromkeys(_HEADS, HEADS)}
"""Tab that runs each kind of job, where that is not the one that looks at pictures."""


def receive(tabs: Tabs, noticed: Noticed) -> None:
    """Let the webui paste into the tabs, and wire our buttons in the other tabs.

    Comes last: a button for a tab that takes nothing would keep the whole webui from starting.
    """
    look = tabs.visualize
    fields: list[tuple[Any, Any]] = [(look.inputs.prompt, "Prompt")]
    fields += _readers(look.form, (VisualizeJob,), but="prompt")
    fields += [*_readers(tabs.edit.form, (EditJob, InvertJob)), *_readers(tabs.paint.form, (PaintJob,))]
    fields += [*_heads_readers(tabs.heads), (tabs.heads.opened, _way), (tabs.box, _inner_tab)]
    infotext_utils.add_paste_fields(NAME, look.inputs.picture, fields)
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


def _readers(form: JobForm[Any], kinds: tuple[type[Job], ...], *, but: str = "") -> list[tuple[Any, Any]]:
    """Pair the widgets of a form with functions that read their values from the settings of an infotext."""
    return [(box, _reader(form, name, kinds)) for name, box in form.components.items() if name != but]


def _heads_readers(tab: HeadsTab) -> list[tuple[Any, Any]]:
    """Pair each widget of the Heads tab once: it may be part of several forms, and reads the jobs of all of them."""
    forms, kinds = tab.forms, dict[Any, tuple[type[Job], ...]]()
    each = ((forms.draw, GenerateJob), (forms.see, GenerateJob), (forms.weaken, WeakenJob), (forms.adjust, AdjustJob),
            (forms.excite, ExciteJob))  # fmt: skip
    named = {box: (form, name) for form, _ in each for name, box in form.components.items()}
    for form, kind in each:
        kinds |= {box: (*kinds.get(box, ()), kind) for box in form.inputs}
    return [(box, _reader(form, name, kinds[box])) for box, (form, name) in named.items()]


def _way(settings: Mapping[str, Any]) -> Any:
    """Open the way of using heads that the job went."""
    job = read_job(settings)
    if not isinstance(job, _HEADS):
        return None
    way = job.kind
    if isinstance(job, GenerateJob):
        way = "see" if job.preset == HeadLens.name else "words"
    return gr.update(value=f"{way} {time.time_ns()}")  # the same way again is to be opened again


def _reader(form: JobForm[Any], name: str, kinds: tuple[type[Job], ...]) -> Callable[[Mapping[str, Any]], Any]:
    def read(settings: Mapping[str, Any]) -> Any:
        job = read_job(settings)
        value = widget_value(form, job, name) if isinstance(job, kinds) else None
        return None if value is None else gr.update(value=value)  # None leaves the widget alone

    return read


def _inner_tab(settings: Mapping[str, Any]) -> Any:
    """Show the tab that the job belongs to; where there is none, the one that takes the picture."""
    job = read_job(settings)
    shown = _TABS.get(type(job), VISUALIZE) if job else VISUALIZE
    return gr.update(selected=shown)


def widget_value(form: JobForm[Any], job: Job, name: str) -> Any:
    """Say what the widget `name` of a form shows for a job; None if it has nothing to show."""
    if name.endswith(AUTO):
        name = name.removesuffix(AUTO)
        return getattr(job, name) is None if hasattr(job, name) else None
    value = getattr(job, name, None)
    if name == "layers":
        return value or OWN
    return None if value is None else show_value(form.fields[name], value)
