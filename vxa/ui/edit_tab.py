"""The Edit tab: its parts in their places, and what follows on what; built without a model."""

from __future__ import annotations

from typing import Any

import gradio as gr

from vxa.app.editing.edit_job import EditJob
from vxa.ui.assets import read_assets
from vxa.ui.compat import listen
from vxa.ui.edit_actions import LOOKS, EditActions
from vxa.ui.edit_inputs import WINDOWS, EditInputs
from vxa.ui.edit_reading import TYPED, EditReading
from vxa.ui.form import AUTO, JobForm
from vxa.ui.hidden import HiddenColumn
from vxa.ui.messages import say
from vxa.ui.outgoing_picture import OutgoingPicture
from vxa.ui.place import Place

_REFINE = "refine"


class EditTab:
    """The tab, laid out where it is made; its handlers are in `actions` and `reading`.

    Args:
        place: Where it is shown.
    """

    def __init__(self, place: Place) -> None:
        self.form = JobForm(
            EditJob, fixed={"model": place.model}, defaults=place.defaults, prefix="vxa_edit", admit=place.admit
        )
        self.actions = EditActions(place, self.form)
        self.reading = EditReading(place, self.form)
        with gr.Column(elem_id="vxa_edit", elem_classes=["vxa-tab"]):
            self._hidden = _Hidden()
            with gr.Row():
                with gr.Column(scale=5, min_width=320):
                    self.inputs = EditInputs(self.form, place)
                with gr.Column(scale=7, min_width=320):
                    self._lay_out_results(place)
        self._typed = [self.form.components[name] for name in TYPED]
        self._wire_inputs()
        self._wire_runs()
        self._wire_results()

    def _lay_out_results(self, place: Place) -> None:
        self.status = gr.HTML(say("Write a prompt and what to change in it."), elem_id="vxa_edit_status")
        gr.HTML(read_assets(("edit_view.html",)), elem_id="vxa_edit_view", elem_classes=["vxa-plain"])
        with gr.Row():
            with gr.Column(min_width=180, scale=3):
                self.form.add("tokens")
            with gr.Column(min_width=160, scale=2):
                self.form.add("maps_before")
        with gr.Row():
            self.save = gr.Button("Save", elem_id="vxa_edit_save", min_width=90)
            self.further = gr.Button("Edit this edit", elem_id="vxa_edit_further", min_width=120)
            place.lay_out_picture_sending(self._outgoing())
        self.files = gr.File(label="Saved files", visible=False, file_count="multiple", elem_id="vxa_edit_files")

    def _outgoing(self) -> OutgoingPicture:
        chosen = [self._hidden.page, self._hidden.chosen]
        js = self._hidden.js("edit.shown", chosen)
        return OutgoingPicture("vxa_edit", self.actions.shown_edit, chosen, js=js, status=self.status)

    def _wire_inputs(self) -> None:
        parts, hidden, reading = self.inputs, self._hidden, self.reading
        wake = listen(hidden.wake.click, reading.wake, self._typed, [hidden.pairs, self.status],
                      js=hidden.js("woken", self._typed))  # fmt: skip
        self._then_show(wake, "edit.showPairs", hidden.pairs)
        read = hidden.answer(hidden.read, reading.read_prompts, self._typed, [hidden.pairs])
        self._then_show(read, "edit.showPairs", hidden.pairs)
        for box in self._typed:
            listen(box.change, None, js="() => { window.vxa.edit.typed(); return []; }")
        listen(hidden.refine.click, lambda: _REFINE, [], [self.form.components["edit_kind"]])
        for name, box in self.form.components.items():
            if name.removesuffix(AUTO) in (*WINDOWS, "method"):
                listen(
                    box.change, None, [box], js=f"(value) => {{ window.vxa.edit.window('{name}', value); return []; }}"
                )
        hidden.ask(parts.picture.change, hidden.take)
        taken = [parts.picture, parts.given, self.status, *self.form.inputs]
        hidden.answer(hidden.take, reading.take_picture, [parts.picture], taken)
        listen(parts.example.click, parts.fill_in_example, [],
               [parts.picture, self.form.components["prompt"], self.form.components["edit"]])  # fmt: skip

    def _wire_runs(self) -> None:
        parts, hidden, actions = self.inputs, self._hidden, self.actions
        inputs = [hidden.page, parts.picture, *self.form.inputs]
        for button, function in ((parts.generate, actions.run), (parts.invert, actions.invert)):
            ran = listen(button.click, function, inputs, [hidden.view, self.status], js=hidden.js("named", inputs))
            listen(ran.then, None, js=hidden.js("finished", []))
        # each view as it comes: the picture drawn again is shown while its edits are drawn
        listen(hidden.view.change, None, [hidden.view], js="(view) => { window.vxa.edit.show(view); return []; }")
        page = [hidden.page]
        listen(parts.interrupt.click, actions.interrupt, page, js=hidden.js("named", page), at_once=True)

    def _wire_results(self) -> None:
        hidden, actions = self._hidden, self.actions
        page, chosen = [hidden.page], [hidden.page, hidden.chosen]
        looks = [self.form.components[name] for name in LOOKS]
        asked = [*chosen, *looks]
        maps = hidden.answer(hidden.maps, actions.show_maps, asked, [hidden.drawn, self.status],
                             hidden.js("edit.asked", asked))  # fmt: skip
        self._then_show(maps, "edit.showMaps", hidden.drawn)
        for event in (looks[0].change, looks[1].change, looks[2].release):
            listen(event, None, js="() => { window.vxa.edit.redraw(); return []; }")
        before = [hidden.page, self.form.components["maps_before"]]
        listen(before[1].change, actions.note_before, before, [self.status], js=hidden.js("named", before))
        listen(self.save.click, actions.save, page, [self.files, self.status], js=hidden.js("named", page))
        boxes = [self.inputs.picture, self.form.components["prompt"], self.form.components["edit"], self.status]
        listen(self.further.click, actions.edit_further, chosen, boxes, js=hidden.js("edit.shown", chosen))

    @staticmethod
    def _then_show(after: Any, function: str, box: gr.Textbox) -> None:
        listen(after.then, None, [box], js=f"(text) => {{ window.vxa.{function}(text); return []; }}")


class _Hidden(HiddenColumn):
    def __init__(self) -> None:
        super().__init__("vxa_edit")
        self.pairs = self.box("pair_data")
        """How the prompts are aligned, as JSON."""
        self.view = self.box("view_data")
        """Result for the viewer, as JSON."""
        self.drawn = self.box("map_data")
        """Maps of a word for the viewer, as JSON."""
        self.chosen = self.box("chosen")
        """The word asked for, or the edit shown; filled by the scripts of listeners."""
        self.read = self.button("read")
        self.take = self.button("take")
        self.refine = self.button("refine")
        self.maps = self.button("maps")
