"""The left half of the Edit tab: what is drawn, what changes, and how much of the source is kept."""

from __future__ import annotations

import html
import json
from typing import Any

import gradio as gr

from vxa.app.editing.edit_job import METHODS, EditJob
from vxa.ui.assets import read_assets
from vxa.ui.compat import picture_input
from vxa.ui.form import AUTO, JobForm
from vxa.ui.place import Place

WINDOWS = ("cross_start", "cross_end", "self_start", "self_end")
"""Numbers that the two range sliders write."""
_EXAMPLE = ("a blue circle below a green square", "a blue star below a green square")
_MORE = (
    ("concepts", "vectors"),
    ("negative",),
    ("scheduler", "height", "width"),
    ("blend_threshold", "subtract_threshold", "blend_start"),
    ("self_area", "cross_layers"),
    ("null_steps", "strength"),
    ("preset", "colormap", "opacity"),
)


class EditInputs:
    """Laid out where it is made.

    Args:
        form: Makes the widgets of the job's settings.
        place: Says whether there is an example.
    """

    def __init__(self, form: JobForm[EditJob], place: Place) -> None:
        self._form = form
        with gr.Row():
            with gr.Column(scale=2, min_width=150):
                self.picture = picture_input(label="Picture (optional)", height=204, elem_id="vxa_edit_picture")
            with gr.Column(scale=4, min_width=230):
                for name, example in (("prompt", "a photo of a cat on a sofa"), ("edit", "a photo of a dog on a sofa")):
                    form.add(name, lines=2, max_lines=6, info=None, placeholder=example)
        with gr.Row(visible=False, elem_id="vxa_edit_given") as self.given:
            form.add("inversion", min_width=150, scale=3, info=None)
            self.invert = gr.Button("Invert", elem_id="vxa_edit_invert", elem_classes=["vxa-run"], min_width=110)
        gr.HTML(read_assets(("edit_pairs.html",)), elem_id="vxa_edit_pairs", elem_classes=["vxa-plain"])
        self._lay_out_buttons(place)
        windows = read_assets(("edit_windows.html",)).format(**_windows(form))
        gr.HTML(windows, elem_id="vxa_edit_windows", elem_classes=["vxa-plain"])
        # no accordion: newer gradio leaves what it hides out of the page, and the range sliders write these
        with gr.Column(elem_id="vxa_edit_numbers"):
            for names in (WINDOWS[:2], WINDOWS[2:], ("word_windows",)):
                self._add_row(*names)
        for names in (("weights", "blend", "subtract"), ("method", "edit_kind"), ("steps", "seed")):
            self._add_row(*names, info=None)
        form.add("guidance", info=None)
        with gr.Accordion("More: concepts, sampler, size", open=False, elem_id="vxa_edit_more"):
            for names in _MORE:
                self._add_row(*names)

    def _lay_out_buttons(self, place: Place) -> None:
        with gr.Row(elem_id="vxa_edit_buttons"):
            self.generate = gr.Button(
                "Edit", variant="primary", elem_id="vxa_edit_generate", elem_classes=["vxa-run"], scale=3, min_width=110
            )
            self.interrupt = gr.Button("Interrupt", elem_id="vxa_edit_interrupt", scale=2, min_width=90)
            has_example = place.example is not None
            self.example = gr.Button("Example", elem_id="vxa_edit_example", scale=2, min_width=90, visible=has_example)

    def _add_row(self, *names: str, **looks: Any) -> None:
        with gr.Row():
            for name in names:
                # a tick box before a number belongs to it
                with gr.Column(min_width=130):
                    self._form.add(name, **looks)

    @staticmethod
    def fill_in_example() -> tuple[None, str, str]:
        """Give the example: (picture, prompt, edited prompt)."""
        return None, *_EXAMPLE


def _windows(form: JobForm[EditJob]) -> dict[str, str]:
    """Say, for the script, what the windows are at first, and where each method ends them by itself."""
    defaults = {name: form.fields[name].default for name in (*WINDOWS, "method")}
    state = defaults | {name + AUTO: defaults[name] is None for name in WINDOWS}
    jobs = [EditJob(prompt="a", edit="b", method=method) for method in METHODS]
    ends = {job.method: (job.cross_window[1], job.self_window[1]) for job in jobs}
    return {name: html.escape(json.dumps(each)) for name, each in {"state": state, "ends": ends}.items()}
