"""The Heads tab: its parts in their places, and what follows on what; built without a model."""

from __future__ import annotations

from typing import Any

import gradio as gr

from vxa.ui.compat import listen
from vxa.ui.heads_actions import HeadsActions
from vxa.ui.heads_forms import TAB, HeadsForms
from vxa.ui.heads_panels import ResultPanel, UsesPanel, VectorsPanel
from vxa.ui.heads_reading import HeadsReading
from vxa.ui.hidden import HiddenColumn
from vxa.ui.outgoing_picture import OutgoingPicture
from vxa.ui.place import Place


class _Hidden(HiddenColumn):
    """What scripts and handlers tell each other."""

    def __init__(self) -> None:
        super().__init__(TAB)
        self.vectors = self.box("vectors_data")
        """The vectors, as JSON."""
        self.view = self.box("view_data")
        """What came of a run, as JSON."""
        self.asked = self.box("asked")
        """How which words are mended; filled by the script of its listener."""
        self.opened = self.box("opened")
        """Way of using heads that is to be opened, and a moment."""
        self.read = self.button("read")
        self.relook = self.button("relook")
        self.mend = self.button("mend", runs=True)
        # what Ctrl+Enter presses: whichever way is open
        self.generate = self.button("generate")


class HeadsTab:
    """The tab, laid out where it is made; its handlers are in `actions` and `reading`.

    Args:
        place: Where it is shown.
    """

    def __init__(self, place: Place) -> None:
        self.forms = HeadsForms(place)
        self.actions = HeadsActions(place, self.forms)
        self.reading = HeadsReading(place)
        with gr.Column(elem_id=TAB, elem_classes=["vxa-tab"]):
            self._hidden = _Hidden()
            self.vectors = VectorsPanel(self.forms)
            with gr.Row():
                with gr.Column(scale=5, min_width=320):
                    self.uses = UsesPanel(self.forms, place)
                with gr.Column(scale=7, min_width=320):
                    self.result = ResultPanel()
                    with self.result.buttons:
                        place.lay_out_picture_sending(self._outgoing())
        self.opened = self._hidden.opened
        """Opens a way of using heads: its name, and a moment that makes it new."""
        self._wire_vectors()
        self._wire_runs()

    def _outgoing(self) -> OutgoingPicture:
        page = [self._hidden.page]
        js = self._hidden.js("named", page)
        return OutgoingPicture(TAB, self.actions.shown_picture, page, js=js, status=self.result.status)

    def _wire_vectors(self) -> None:
        hidden, reading, status = self._hidden, self.reading, self.result.status
        named = [self.vectors.vectors]
        wake = listen(
            hidden.wake.click, reading.wake, named, [hidden.vectors, status], js=hidden.js("woken", named)
        )  # fmt: skip
        self._then_show(wake, "heads.showVectors", hidden.vectors)
        read = hidden.answer(hidden.read, reading.read_vectors, named, [hidden.vectors])
        self._then_show(read, "heads.showVectors", hidden.vectors)
        listen(named[0].change, None, js="() => { window.vxa.heads.named(); return []; }")
        listen(self.vectors.file.upload, reading.take_file, [self.vectors.file], named)
        listen(self.opened.change, None, [self.opened],
               js="(way) => { window.vxa.heads.open(way); return []; }")  # fmt: skip
        listen(self.vectors.lens.change, None, [self.vectors.lens],
               js="(lens) => { window.vxa.heads.lens(lens); return []; }")  # fmt: skip

    def _wire_runs(self) -> None:
        hidden, actions, forms, uses = self._hidden, self.actions, self.forms, self.uses
        page, picture = [hidden.page], [hidden.page, uses.picture]
        self._run(uses.diagnose, actions.diagnose, [*picture, *forms.draw.inputs])
        self._run(uses.see, actions.see, [*picture, *forms.see.inputs])
        for button, handler, form in (
            (uses.weaken, actions.weaken, forms.weaken),
            (uses.adjust, actions.adjust, forms.adjust),
            (uses.excite, actions.excite, forms.excite),
        ):
            self._run(button, handler, [*page, *form.inputs])
        self._run(hidden.mend, actions.mend, [*page, hidden.asked], "heads.asked")
        listen(hidden.generate.click, None, js="() => { window.vxa.heads.run(); return []; }")
        listen(hidden.view.change, None, [hidden.view], js="(view) => { window.vxa.heads.show(view); return []; }")
        inputs = [*page, *forms.see.inputs]
        hidden.answer(hidden.relook, actions.relook, inputs, [hidden.view, self.result.status],
                      hidden.js("named", inputs))  # fmt: skip
        for name, event in (("colormap", "change"), ("opacity", "release")):
            listen(getattr(forms.see.components[name], event), None,
                   js="() => { window.vxa.heads.relook(); return []; }")  # fmt: skip
        listen(uses.interrupt.click, actions.interrupt, page, js=hidden.js("named", page), at_once=True)
        listen(self.result.save.click, actions.save, page, [self.result.files, self.result.status],
               js=hidden.js("named", page))  # fmt: skip

    def _run(self, button: gr.Button, handler: Any, inputs: list[Any], script: str = "named") -> None:
        """Let a button start what runs the model; one such run at a time."""
        hidden = self._hidden
        ran = listen(button.click, handler, inputs, [hidden.view, self.result.status], js=hidden.js(script, inputs))
        listen(ran.then, None, js=hidden.js("finished", []))

    @staticmethod
    def _then_show(after: Any, function: str, box: gr.Textbox) -> None:
        # follows the handler: in gradio 3 nothing can follow a step that is only a script
        listen(after.then, None, [box], js=f"(text) => {{ window.vxa.{function}(text); return []; }}")
