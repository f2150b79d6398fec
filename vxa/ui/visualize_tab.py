"""Layout and wiring of the Visualize tab; built without a model.

The same in the standalone app and in the webui. Element ids start with `vxa_`; style and scripts know them.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from vxa.app.example import Example
from vxa.app.jobs import MODES, VisualizeJob
from vxa.ui.actions import UNCHANGED, Actions, SessionProvider
from vxa.ui.compat import listen, picture_gallery, picture_input
from vxa.ui.form import AUTO, JobForm
from vxa.ui.layer_choices import OWN
from vxa.ui.messages import say
from vxa.ui.viewer import color_tables

_REDRAWN_BY = ("preset", "layers", "combine", "modes", "colormap", "layer_sheet", "threshold" + AUTO)
"""Widgets whose change shows the last result anew; tokens do so from the script, sliders when let go."""
_CHIPS = """
<div id="vxa_chips" role="listbox" aria-multiselectable="true" aria-label="Tokens of the prompt"></div>
<div id="vxa_chip_hint" aria-live="polite"></div>
"""
_VIEWER = """
<div id="vxa_viewer" data-tables="{tables}" data-opacity="{opacity}" data-colormap="{colormap}">
  <div class="vxa-stage">
    <div class="vxa-empty"><ol>
      <li><b>Drop a picture</b>, or take the example.</li>
      <li><b>Say what it shows</b>: the prompt, as the model would be given it.</li>
      <li><b>Click the words</b> to look for, then Visualize (Ctrl+Enter).</li>
    </ol></div>
    <canvas class="vxa-canvas" role="img"></canvas>
  </div>
  <div class="vxa-under">
    <div class="vxa-readout"></div>
    <div class="vxa-legend"><span>0</span>
      <div class="vxa-scale"><canvas class="vxa-bar" width="256" height="1"></canvas><div class="vxa-limit"></div></div>
      <span>1</span></div>
  </div>
  <div class="vxa-words" role="tablist" aria-label="Words"></div>
</div>
"""


class VisualizeTab:
    """The tab, laid out where it is made; its handlers are in `actions`.

    Args:
        session: Gives the session at the first event.
        model: The job's `model`.
        output_folder: Where results are saved.
        example: What the Example button fills in; without one there is no button.
    """

    def __init__(
        self, session: SessionProvider, *, model: str = "", output_folder: Path, example: Example | None = None
    ) -> None:
        self.form = JobForm(VisualizeJob, fixed={"model": model})
        self.actions = Actions(session, self.form, model=model, output_folder=output_folder)
        self._example = example
        with gr.Column(elem_id="vxa"):
            with gr.Row(elem_id="vxa_body"):
                with gr.Column(scale=5, min_width=320):
                    self._lay_out_inputs()
                with gr.Column(scale=7, min_width=320):
                    self._lay_out_viewer()
            with gr.Accordion("Pictures", open=True, elem_id="vxa_pictures"):
                self._lay_out_pictures()
            self._lay_out_hidden()
        self._wire_inputs()
        self._wire_run()
        self._wire_looks()

    def _lay_out_inputs(self) -> None:
        self.picture = picture_input(label="Picture", height=260, elem_id="vxa_picture")
        self.prompt = self.form.add("prompt", lines=2, max_lines=6, info=None, placeholder=self.form.help("prompt"))
        gr.HTML(_CHIPS, elem_id="vxa_chip_box")
        self.tokens = self.form.add("tokens", placeholder="circle, square, 1-3")
        with gr.Row():
            self.form.add("preset", min_width=130, scale=2)
            layers = gr.Dropdown(
                [OWN], value=OWN, allow_custom_value=True, elem_id="vxa_layers", min_width=170, scale=3,
                label=self.form.label("layers"), info=self.form.help("layers"),
            )  # fmt: skip
            self.layers = self.form.put("layers", layers)
        with gr.Row(elem_id="vxa_buttons"):
            self.run = gr.Button("Visualize", variant="primary", elem_id="vxa_run", scale=3, min_width=110)
            self.interrupt = gr.Button("Interrupt", elem_id="vxa_interrupt", scale=2, min_width=90)
            self.example = gr.Button(
                "Example", elem_id="vxa_example", scale=2, min_width=90, visible=self._example is not None
            )
        with gr.Accordion("More: time, noise, draws, heads", open=False, elem_id="vxa_more"):
            self._lay_out_more()

    def _lay_out_more(self) -> None:
        for pair in (("timesteps", "heads"), ("draws", "seed")):
            with gr.Row():
                for name in pair:
                    self.form.add(name, min_width=140)
        for name in ("noise", "combine", "unit_range"):
            self.form.add(name)

    def _lay_out_viewer(self) -> None:
        looks = {name: self.form.fields[name].default for name in ("opacity", "colormap")}
        self.status = gr.HTML(
            say("Drop a picture, say what it shows, click the words to look for."), elem_id="vxa_status"
        )
        gr.HTML(_VIEWER.format(tables=html.escape(color_tables()), **looks), elem_id="vxa_viewer_box")
        with gr.Row():
            self.mode = gr.Radio(list(MODES), value=MODES[0], label="Mode", elem_id="vxa_mode", scale=3, min_width=250)
            self.form.add("colormap", scale=2, min_width=130, info=None)
        with gr.Row():
            self.form.add("opacity", min_width=180, info=None)
            with gr.Column(min_width=180):
                self.form.add("threshold", info=None)

    def _lay_out_pictures(self) -> None:
        with gr.Row():
            with gr.Column(scale=5, min_width=260):
                self.form.add("modes")
                self.form.add("layer_sheet")
            self.save = gr.Button("Save", elem_id="vxa_save", scale=1, min_width=110)
        self.gallery = picture_gallery(
            label="Pictures", show_label=False, columns=6, height="auto", object_fit="contain", elem_id="vxa_gallery"
        )
        self.files = gr.File(label="Saved files", visible=False, file_count="multiple", elem_id="vxa_files")

    def _lay_out_hidden(self) -> None:
        # `visible=False` would leave them out of the page, and the scripts need them
        with gr.Column(elem_id="vxa_hidden"):
            self._page = gr.Textbox("", elem_id="vxa_page", max_lines=1)
            self._chips = gr.Textbox("", elem_id="vxa_chip_data", max_lines=1)
            self._view = gr.Textbox("", elem_id="vxa_view_data", max_lines=1)
            self._wake = gr.Button("wake", elem_id="vxa_wake")
            self._read = gr.Button("read tokens", elem_id="vxa_read")
            self._redraw = gr.Button("redraw", elem_id="vxa_redraw")

    def _wire_inputs(self) -> None:
        typed = [self.prompt, self.tokens]
        wake_inputs = [self.picture, *typed]
        woken = listen(
            self._wake.click, self.actions.wake, wake_inputs, [self._chips, self.layers, self.status],
            js=_call("woken", wake_inputs),
        )  # fmt: skip
        self._then_show_chips(woken)
        read = listen(self._read.click, self.actions.read_tokens, typed, [self._chips], latest_only=True)
        self._then_show_chips(read)
        found = [self.prompt, self.tokens, self.layers, self.status]
        taken = listen(self.picture.change, self.actions.take_picture, [self.picture], found)
        self._then_show_chips(listen(taken.then, self.actions.read_tokens, typed, [self._chips]))
        filled = listen(self.example.click, self._fill_in_example, [], [self.picture, *typed])
        self._then_show_chips(listen(filled.then, self.actions.read_tokens, typed, [self._chips]))

    def _fill_in_example(self) -> tuple[Any, ...]:
        if self._example is None:
            return UNCHANGED, UNCHANGED, UNCHANGED
        # as a picture: gradio serves files from a few folders only
        with Image.open(self._example.picture) as image:
            image.load()
        return image, self._example.prompt, self._example.tokens

    def _wire_run(self) -> None:
        job = self.form.inputs
        inputs = [self._page, self.picture, *job]
        shown = [self._view, self.status]
        ran = listen(self.run.click, self.actions.run, inputs, shown, js=_call("started", inputs))
        listen(ran.then, None, js=_call("finished", []))
        self._then_show_view(ran)
        redrawn = [self._page, *job]
        listener = {"inputs": redrawn, "outputs": shown, "js": _call("named", redrawn), "latest_only": True}
        events = [self._redraw.click, self.form.components["heads"].submit]
        events += [self.form.components[name].change for name in _REDRAWN_BY]
        events += [self.form.components[name].release for name in ("opacity", "threshold")]
        for event in events:
            self._then_show_view(listen(event, self.actions.redraw, **listener))
        page = [self._page]
        listen(self.interrupt.click, self.actions.interrupt, page, [self.status], js=_call("named", page), at_once=True)
        listen(self.save.click, self.actions.save, page, [self.files, self.status], js=_call("named", page))

    def _wire_looks(self) -> None:
        parts = self.form.components
        watched = {
            "mode": self.mode,
            "colormap": parts["colormap"],
            "opacity": parts["opacity"],
            "threshold": parts["threshold"],
            "isAuto": parts["threshold" + AUTO],
        }
        for name, component in watched.items():
            listen(component.change, None, [component], js=f"(value) => window.vxa.look({{{name}: value}})")

    def _then_show_chips(self, after: Any) -> None:
        listen(after.then, None, [self._chips], js="(chips) => { window.vxa.showChips(chips); return []; }")

    def _then_show_view(self, after: Any) -> None:
        # both follow the handler: in gradio 3 nothing can follow a step that is only a script
        listen(after.then, None, [self._view], js="(view) => { window.vxa.showView(view); return []; }")
        page = [self._page]
        listen(after.then, self.actions.draw_gallery, page, [self.gallery], js=_call("named", page))


def _call(function: str, inputs: list[Any]) -> str:
    """Write the script that passes the inputs' values through a function of ours."""
    return f"(...values) => window.vxa.{function}(values, {len(inputs)})"
