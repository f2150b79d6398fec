"""The Paint tab: its parts in their places, and what follows on what; built without a model."""

from __future__ import annotations

from typing import Any

import gradio as gr

from vxa.app.editing.paint_job import PaintJob
from vxa.ui.compat import listen
from vxa.ui.form import JobForm
from vxa.ui.hidden import HiddenColumn
from vxa.ui.outgoing_picture import OutgoingPicture
from vxa.ui.paint_actions import PaintActions
from vxa.ui.paint_panels import CanvasPanel, ResultPanel, RunPanel, SettingsPanel
from vxa.ui.place import Place

_TAB = "vxa_paint"


class _Hidden(HiddenColumn):
    """What the brush and the handlers tell each other."""

    def __init__(self) -> None:
        super().__init__(_TAB)
        self.layers = self.box("layer_data")
        """What is painted, as JSON; filled by the script of each listener."""
        self.words = self.box("words_data")
        """Words that can be painted, as JSON."""
        self.canvas = self.box("canvas_data")
        """What is painted on, as JSON."""
        self.map = self.box("map_data")
        """A word's map for a layer to begin with, as JSON."""
        self.view = self.box("view_data")
        """What was drawn, as JSON."""
        self.read = self.button("read")
        self.take = self.button("take")
        self.fit = self.button("fit")
        self.find_map = self.button("map", runs=True)


class PaintTab:
    """The tab, laid out where it is made; its handlers are in `actions`.

    Args:
        place: Where it is shown.
    """

    def __init__(self, place: Place) -> None:
        self.form = JobForm(PaintJob, fixed={"model": place.model}, defaults=place.defaults, prefix=_TAB)
        self.actions = PaintActions(place, self.form)
        with gr.Column(elem_id=_TAB, elem_classes=["vxa-tab"]):
            self._hidden = _Hidden()
            self.top = RunPanel(self.form)
            with gr.Row():
                with gr.Column(scale=6, min_width=320):
                    self.canvas = CanvasPanel(self.form)
                with gr.Column(scale=6, min_width=320):
                    self.result = ResultPanel()
                    with self.result.buttons:
                        place.lay_out_picture_sending(self._outgoing())
                    self.settings = SettingsPanel(self.form)
        self._wire_canvas()
        self._wire_run()
        self._wire_result()

    def _outgoing(self) -> OutgoingPicture:
        page = [self._hidden.page]
        js = self._hidden.js("named", page)
        return OutgoingPicture(_TAB, self.actions.shown_picture, page, js=js, status=self.top.status)

    def _wire_canvas(self) -> None:
        hidden, actions, status, picture = self._hidden, self.actions, self.top.status, self.canvas.picture
        values = self.form.inputs
        seen = [picture, *values]
        wake = listen(
            hidden.wake.click, actions.wake, seen, [hidden.words, hidden.canvas, status], js=hidden.js("woken", seen)
        )  # fmt: skip
        self._show(wake, hidden.words, "brush.showWords")
        self._show(wake, hidden.canvas, "brush.showCanvas")
        listed = [hidden.page, hidden.layers, *values]
        read = hidden.answer(hidden.read, actions.read_words, listed, [hidden.words], hidden.js("brush.listed", listed))
        self._show(read, hidden.words, "brush.showWords")
        listen(self.top.prompt.change, None, js="() => { window.vxa.brush.typed(); return []; }")
        hidden.ask(picture.change, hidden.take)
        taken = hidden.answer(hidden.take, actions.take_picture, seen, [self.top.prompt, hidden.canvas, status])
        self._show(taken, hidden.canvas, "brush.showCanvas")
        for side in ("height", "width"):
            hidden.ask(self.form.components[side].change, hidden.fit)
        fitted = hidden.answer(hidden.fit, actions.lay_out_canvas, seen, [hidden.canvas, status])
        self._show(fitted, hidden.canvas, "brush.showCanvas")
        asked = [hidden.page, hidden.layers, picture, *values]
        found = self._run(hidden.find_map, actions.find_map, asked, hidden.map)
        self._show(found, hidden.map, "brush.takeMap")

    def _wire_run(self) -> None:
        hidden, actions, status = self._hidden, self.actions, self.top.status
        page = [hidden.page]
        asked = [hidden.page, hidden.layers, self.canvas.picture, self.settings.files, *self.form.inputs]
        ran = self._run(self.top.generate, actions.run, asked, hidden.view)
        self._show(ran, hidden.view, "painted.show")
        # the model may be another since the page was opened
        hidden.ask(ran.then, hidden.read)
        hidden.ask(ran.then, hidden.fit)
        listen(self.top.interrupt.click, actions.interrupt, page, js=hidden.js("named", page), at_once=True)
        listen(
            self.settings.preview.click, actions.preview, asked, [self.settings.levels, status],
            js=hidden.js("brush.packed", asked),
        )  # fmt: skip

    def _wire_result(self) -> None:
        hidden, actions, status, result = self._hidden, self.actions, self.top.status, self.result
        page, js = [hidden.page], hidden.js("named", [hidden.page])
        listen(result.paint_on.click, actions.paint_on, page, [self.canvas.picture, status], js=js)
        listen(result.save.click, actions.save, page, [result.files, status], js=js)

    def _run(self, button: gr.Button, handler: Any, inputs: list[Any], output: gr.Textbox) -> Any:
        """Let a button start what runs the model; one such run at a time."""
        outputs = [output, self.top.status]
        ran = listen(button.click, handler, inputs, outputs, js=self._hidden.js("brush.packed", inputs))
        listen(ran.then, None, js=self._hidden.js("finished", []))
        return ran

    @staticmethod
    def _show(after: Any, box: gr.Textbox, script: str) -> None:
        # follows the handler: in gradio 3 nothing can follow a step that is only a script
        listen(after.then, None, [box], js=f"(text) => {{ window.vxa.{script}(text); return []; }}")
