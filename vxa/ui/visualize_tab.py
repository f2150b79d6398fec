"""The Visualize tab: its parts in their places, and what follows on what; built without a model.

The same in the standalone app and in the webui. Element ids start with `vxa_`; style and scripts know them.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from vxa.app.hand_over import HandOver
from vxa.app.jobs import VisualizeJob
from vxa.ui.actions import Actions
from vxa.ui.compat import listen, picture_gallery
from vxa.ui.form import AUTO, JobForm
from vxa.ui.hidden import HiddenParts
from vxa.ui.inputs_panel import InputsPanel
from vxa.ui.outgoing import Outgoing
from vxa.ui.place import Place
from vxa.ui.viewer_panel import ViewerPanel

_REDRAWN_BY = ("preset", "layers", "combine", "modes", "colormap", "layer_sheet", "threshold" + AUTO)
"""Widgets whose change shows the last result anew; tokens do so from the script, sliders when let go."""


class VisualizeTab:
    """The tab, laid out where it is made; its handlers are in `actions`.

    Args:
        place: Where it is shown.
    """

    def __init__(self, place: Place) -> None:
        self.form = JobForm(VisualizeJob, fixed={"model": place.model}, defaults=place.defaults, admit=place.admit)
        self.look = JobForm(HandOver)
        self.actions = Actions(place, self.form)
        with gr.Column(elem_id="vxa", elem_classes=["vxa-tab"]):
            self._hidden = HiddenParts()
            with gr.Row(elem_id="vxa_body"):
                with gr.Column(scale=5, min_width=320):
                    self.inputs = InputsPanel(self.form, place)
                with gr.Column(scale=7, min_width=320):
                    self.viewer = ViewerPanel(self.form, self.look)
                    self.outgoing = Outgoing(self.actions, self._hidden, self.viewer.status)
                    with gr.Row(elem_id="vxa_sending"):
                        self.save = gr.Button("Save", elem_id="vxa_save", min_width=90)
                        place.lay_out_sending(self.outgoing)
                    self.files = gr.File(
                        label="Saved files", visible=False, file_count="multiple", elem_id="vxa_files"
                    )  # fmt: skip
            with gr.Accordion("Pictures", open=True, elem_id="vxa_pictures"):
                with gr.Row():
                    for name, scale in (("modes", 3), ("layer_sheet", 2)):
                        with gr.Column(min_width=240, scale=scale):
                            self.form.add(name)
                self.gallery = picture_gallery(
                    label="Pictures", show_label=False, columns=6, height="auto", object_fit="contain",
                    elem_id="vxa_gallery",
                )  # fmt: skip
        self._wire_inputs()
        self._wire_run()
        self._wire_looks()

    def _wire_inputs(self) -> None:
        parts, hidden, actions = self.inputs, self._hidden, self.actions
        typed = [parts.prompt, parts.tokens]
        known = [parts.picture, *typed]
        seen = [hidden.chips, parts.layers]
        status = self.viewer.status
        wake = listen(hidden.wake.click, actions.wake, known, [*seen, status], js=hidden.js("woken", known))
        self._then_show_chips(wake)
        self._then_show_chips(hidden.answer(hidden.read, actions.read_tokens, typed, [hidden.chips]))
        for box in typed:
            listen(box.change, None, js="() => { window.vxa.typed(); return []; }")
        hidden.ask(parts.picture.change, hidden.take)
        taken = hidden.answer(hidden.take, actions.take_picture, [parts.picture], [*typed, parts.layers, status])
        hidden.ask(taken.then, hidden.read)
        filled = listen(parts.example.click, parts.fill_in_example, [], known)
        hidden.ask(filled.then, hidden.read)

    def _wire_run(self) -> None:
        parts, hidden, actions = self.inputs, self._hidden, self.actions
        status = self.viewer.status
        page = [hidden.page]
        inputs = [hidden.page, parts.picture, *self.form.inputs]
        ran = listen(
            parts.generate.click, actions.run, inputs, [hidden.view, status], js=hidden.js("named", inputs)
        )  # fmt: skip
        listen(ran.then, None, js=hidden.js("finished", []))
        self._then_show_view(ran)
        # the model may be another since the page was opened
        known = [parts.picture, parts.prompt, parts.tokens]
        self._then_show_chips(listen(ran.then, actions.refresh, known, [hidden.chips, parts.layers]))
        listen(parts.interrupt.click, actions.interrupt, page, js=hidden.js("named", page), at_once=True)
        inputs = [hidden.page, *self.form.inputs]
        redrawn = hidden.answer(
            hidden.redraw, actions.redraw, inputs, [hidden.view, status], hidden.js("named", inputs)
        )
        self._then_show_view(redrawn)
        hidden.answer(hidden.gallery, actions.draw_gallery, page, [self.gallery], hidden.js("named", page))
        listen(self.save.click, actions.save, hidden.seen, [self.files, status], js=hidden.js("seen", hidden.seen))

    def _wire_looks(self) -> None:
        parts = self.form.components
        events = [parts[name].change for name in _REDRAWN_BY]
        events += [parts[name].submit for name in ("heads", "lens", "vectors")]
        events += [parts["opacity"].release, parts["threshold"].release]
        for event in events:
            listen(event, None, js="() => { window.vxa.redraw(); return []; }")
        for name, component in self.viewer.watched.items():
            listen(component.change, None, [component], js=f"(value) => window.vxa.look({{{name}: value}})")

    def _then_show_chips(self, after: Any) -> None:
        listen(after.then, None, [self._hidden.chips], js="(chips) => { window.vxa.showChips(chips); return []; }")

    def _then_show_view(self, after: Any) -> None:
        # both follow the handler: in gradio 3 nothing can follow a step that is only a script
        listen(after.then, None, [self._hidden.view], js="(view) => { window.vxa.showView(view); return []; }")
        self._hidden.ask(after.then, self._hidden.gallery)
