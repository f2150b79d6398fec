"""The parts of the Heads tab: vectors, what is drawn, what is done with heads, results; laid out where made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from vxa.ui.assets import read_assets
from vxa.ui.compat import picture_input
from vxa.ui.form import JobForm
from vxa.ui.heads_forms import TAB, HeadsForms
from vxa.ui.messages import say
from vxa.ui.place import Place

_SHARED = (("steps", "seed"), ("guidance", "negative"), ("scheduler",), ("height", "width"))
_WEAKEN = (("concept", "counts"), ("orders",), ("factor", "num_seeds"))
_WEAKEN_MORE = (("words",), ("clip", "targets"))
_EXCITE = (("words", "concepts"), ("steps", "compare"))
_EXCITE_MORE = (
    ("thresholds", "refinements"),
    ("step_size", "step_end"),
    ("largest_move", "end"),
    ("sharpness", "cells"),
    ("smoothing", "kernel"),
    ("padding",),
    ("preset", "colormap"),
    ("opacity",),
)
_USES = {
    "words": "How strongly is each word expressed in the picture, given or drawn? Weak ones are strengthened with one "
    "click.",
    "see": "Where words look in the picture, given or drawn, through the heads of the lens: click heads above, or "
    "choose a concept.",
    "weaken": "Draw the prompt with more and more heads of a concept weakened, and see when it is gone: a picture for "
    "each number of heads and order.",
    "adjust": "Draw the prompt with a word that can be read two ways read as meant.",
    "excite": "Attend-and-Excite: draw the prompt, moving the picture on the way until each of these words is seen.",
}
"""What each way of using heads does: those that read a picture take a given one, those that draw do not."""


class VectorsPanel:
    """Which heads carry which concept: heat maps to read, and heads to pick."""

    def __init__(self, forms: HeadsForms) -> None:
        gr.HTML(read_assets(("heads.html",)), elem_id=f"{TAB}_vectors_box", elem_classes=["vxa-plain"])
        with gr.Row(elem_id=f"{TAB}_named"):
            with gr.Column(min_width=220, scale=4):
                with gr.Row():
                    self.vectors = forms.draw.add("vectors", scale=4, min_width=160)
                    self.file = gr.UploadButton(
                        "Open a file", elem_id=f"{TAB}_file", file_types=[".npz", ".npy"], file_count="single",
                        size="sm", scale=1, min_width=110,
                    )  # fmt: skip
            with gr.Column(min_width=220, scale=4):
                self.lens = forms.see.add("lens")


class UsesPanel:
    """What is drawn, and what is done with heads; each way has its settings and its button."""

    def __init__(self, forms: HeadsForms, place: Place) -> None:
        draw = forms.draw
        with gr.Row():
            with gr.Column(scale=3, min_width=220):
                self.prompt = draw.add(
                    "prompt", lines=3, max_lines=6, info=None, placeholder="a red circle and a blue square"
                )
            with gr.Column(scale=2, min_width=150):
                self.picture = picture_input(label="Picture to read", height=168, elem_id=f"{TAB}_picture")
        gr.HTML(read_assets(("heads_uses.html",)), elem_id=f"{TAB}_uses", elem_classes=["vxa-plain"])
        with _use("words", is_open=True):
            self.diagnose = _run("Diagnose", "diagnose")
        with _use("see"):
            _rows(forms.see, (("tokens",), ("colormap", "opacity")))
            self.see = _run("See through heads", "see")
        with _use("weaken"):
            _rows(forms.weaken, _WEAKEN)
            with gr.Accordion("More: words, scores by CLIP", open=False, elem_id=f"{TAB}_weaken_more"):
                _rows(forms.weaken, _WEAKEN_MORE)
            self.weaken = _run("Weaken", "weaken")
        with _use("adjust"):
            _rows(forms.adjust, (("adjust",), ("clamp", "strength")))
            self.adjust = _run("Adjust", "adjust")
        with _use("excite"):
            _rows(forms.excite, _EXCITE)
            with gr.Accordion("More: thresholds, step size, maps", open=False, elem_id=f"{TAB}_excite_more"):
                _rows(forms.excite, _EXCITE_MORE)
            self.excite = _run("Excite", "excite")
        self.interrupt = gr.Button("Interrupt", elem_id=f"{TAB}_interrupt")
        with gr.Accordion("Drawing: steps, seed, sampler, size", open=False, elem_id=f"{TAB}_more"):
            _rows(draw, _SHARED)
        forms.share()


class ResultPanel:
    """What came of it, and what can be done with that."""

    def __init__(self) -> None:
        self.status = gr.HTML(say("Head relevance vectors, and what they are good for."), elem_id=f"{TAB}_status")
        gr.HTML(read_assets(("heads_result.html",)), elem_id=f"{TAB}_result_box", elem_classes=["vxa-plain"])
        with gr.Row() as self.buttons:
            self.save = gr.Button("Save", elem_id=f"{TAB}_save", min_width=90)
        self.files = gr.File(label="Saved files", visible=False, file_count="multiple", elem_id=f"{TAB}_files")


@contextmanager
def _use(name: str, *, is_open: bool = False) -> Iterator[None]:
    # no tabs: newer gradio leaves what they hide out of the page, and the chart writes into these
    with gr.Column(elem_id=f"{TAB}_use_{name}", elem_classes=["vxa-use", *(["vxa-open"] if is_open else [])]):
        gr.HTML(f'<p class="vxa-heads-use">{_USES[name]}</p>', elem_classes=["vxa-plain"])
        yield


def _run(label: str, name: str) -> gr.Button:
    return gr.Button(label, variant="primary", elem_id=f"{TAB}_{name}", elem_classes=["vxa-run"])


def _rows(form: JobForm[Any], rows: tuple[tuple[str, ...], ...]) -> None:
    for names in rows:
        with gr.Row():
            for name in names:
                # a tick box before a number belongs to it
                with gr.Column(min_width=140):
                    form.add(name)
