"""The parts of the Paint tab: prompt and run, canvas, result, settings; each laid out where it is made."""

from __future__ import annotations

import gradio as gr

from vxa.app.editing.paint_job import PaintJob
from vxa.methods.paint_with_words import PaintWithWords
from vxa.ui.assets import read_assets
from vxa.ui.compat import picture_input
from vxa.ui.form import JobForm
from vxa.ui.messages import say

_SETTINGS = (("method", "scale"), ("seed", "steps"))
_MORE = (
    ("start", "end"),
    ("levels", "layers", "heads"),
    ("scaling", "renormalise"),
    ("negative",),
    ("guidance", "scheduler"),
    ("height", "width"),
    ("preset", "colormap", "opacity"),
)
_OF_FILES = (("words", "strengths"), ("feathers", "seeds"))


class RunPanel:
    """Prompt, buttons and status line."""

    def __init__(self, form: JobForm[PaintJob]) -> None:
        with gr.Row():
            with gr.Column(scale=7, min_width=280):
                self.prompt = form.add(
                    "prompt", lines=2, max_lines=6, info=None, placeholder="a red circle left of a blue square"
                )
            with gr.Column(scale=3, min_width=200):
                self.generate = gr.Button(
                    "Paint picture", variant="primary", elem_id="vxa_paint_generate", elem_classes=["vxa-run"]
                )
                self.interrupt = gr.Button("Interrupt", elem_id="vxa_paint_interrupt")
        self.status = gr.HTML(say("Say what the picture shall show, then click a word."), elem_id="vxa_paint_status")


class CanvasPanel:
    """The canvas, and the picture that is begun with."""

    def __init__(self, form: JobForm[PaintJob]) -> None:
        gr.HTML(read_assets(("brush.html",)), elem_id="vxa_brush_box")
        with gr.Row():
            with gr.Column(min_width=220):
                self.picture = picture_input(
                    label="Begin with a picture (else: from noise)", height=190, elem_id="vxa_paint_picture"
                )
            with gr.Column(min_width=200):
                form.add("strength", info="How much of that picture is redrawn; 1 forgets it.")
                form.add("compare")


class ResultPanel:
    """The picture drawn, and what can be done with it."""

    def __init__(self) -> None:
        gr.HTML(read_assets(("painted.html",)), elem_id="vxa_painted_box")
        with gr.Row() as self.buttons:
            self.paint_on = gr.Button("Paint on", elem_id="vxa_paint_on", min_width=110)
            self.save = gr.Button("Save", elem_id="vxa_paint_save", min_width=90)
        self.files = gr.File(
            label="Saved files", visible=False, file_count="multiple", elem_id="vxa_paint_saved"
        )  # fmt: skip


class SettingsPanel:
    """How it is drawn; what is rarely changed is folded away."""

    def __init__(self, form: JobForm[PaintJob]) -> None:
        _rows(form, _SETTINGS)
        # what auto stands for, so that unticking it is no jump
        form.components["scale"].value = PaintWithWords.strength
        with gr.Accordion("What each level receives", open=False, elem_id="vxa_paint_preview"):
            self.preview = gr.Button("Preview, without running the model", elem_id="vxa_paint_look", size="sm")
            self.levels = gr.Image(
                label="What each level receives", show_label=False, visible=False, interactive=False,
                elem_id="vxa_paint_levels_sheet",
            )  # fmt: skip
        with gr.Accordion("Masks from files, without the canvas", open=False, elem_id="vxa_paint_masks"):
            self.files = gr.File(
                label="Masks (white or opaque where the word shall be)", file_count="multiple",
                file_types=["image"], elem_id="vxa_paint_files",
            )  # fmt: skip
            _rows(form, _OF_FILES)
        with gr.Accordion("More: window, layers, size, sampler", open=False, elem_id="vxa_paint_more"):
            _rows(form, _MORE)


def _rows(form: JobForm[PaintJob], rows: tuple[tuple[str, ...], ...]) -> None:
    for names in rows:
        with gr.Row():
            for name in names:
                # a tick box in a row of its own would be squeezed on a phone
                with gr.Column(min_width=150):
                    form.add(name)
