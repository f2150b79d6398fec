"""What the Edit tab reads as it is written: prompts, lists of words, dropped pictures; knows no layout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.typed import read_prompts
from vxa.core.errors import VxaError
from vxa.engine.host import Host
from vxa.ui.compat import UNCHANGED
from vxa.ui.dropped import Dropped, readable
from vxa.ui.edit_lists import READERS, read_lists
from vxa.ui.edit_pairs import pair_prompts
from vxa.ui.form import JobForm
from vxa.ui.messages import say, say_error
from vxa.ui.picture_prompt import find_edit
from vxa.ui.place import Place

TYPED = ("prompt", "edit", "method", "edit_kind", *READERS)
"""Settings that the alignment of the prompts shows."""


class EditReading:
    """Handlers of the Edit tab that run no job.

    Args:
        place: Where the tab is shown.
        form: Widgets of the job.
    """

    def __init__(self, place: Place, form: JobForm[EditJob]) -> None:
        self._place, self._form = place, form

    def wake(self, *typed: str) -> tuple[str, str]:
        """Fill in what only the model knows, once the tab is seen: (alignment, status)."""
        try:
            name = self._host().info.name
        except VxaError as error:
            return UNCHANGED, say_error(error)
        return self.read_prompts(*typed), say(f"{name} is ready. Write a prompt and what to change in it.")

    def read_prompts(self, *typed: str) -> str:
        """Align the prompts, and find the words of the lists in them: JSON for the script; see `TYPED`."""
        # what was typed goes back too: answers may come out of order, and the page drops those that are late
        answer: dict[str, Any] = {"edits": [], "lists": {}, "errors": {}, "error": "", "typed": list(typed)}
        named = dict(zip(TYPED, typed, strict=True))
        try:
            source, *targets = (self._host().tokenize(prompt)[0] for prompt in (named["prompt"], *_drawn(named)))
            kind = "cac" if named["method"] == "cac" else named["edit_kind"]
            answer["edits"] = [pair_prompts(source, target, kind) for target in targets]
            answer |= read_lists(named, source, targets)
        except VxaError as error:
            answer["error"] = str(error)
        return json.dumps(answer)

    def take_picture(self, picture: Dropped) -> tuple[Any, ...]:
        """Look at a new picture: (picture, what belongs to a given picture, status, *form)."""
        nothing = (UNCHANGED,) * len(self._form.names)
        if picture is None:
            return UNCHANGED, gr.update(visible=False), UNCHANGED, *nothing
        try:
            picture = readable(picture)
        except VxaError as error:
            return UNCHANGED, gr.update(visible=False), say_error(error), *nothing
        found = find_edit(picture)
        if found is not None:
            text = "The picture carries an edit, and its settings are filled in: "
            again = found.is_source or not found.has_source
            text += "press Edit to make it again." if again else "drop the picture that it was made from."
            kept = UNCHANGED if found.is_source else None
            return kept, gr.update(visible=found.is_source), say(text), *self._form.show(found.job)
        carried = self._place.read_prompt(picture)
        text = f"Picture of {picture.height}×{picture.width} pixels (height×width). "
        text += "Say what it shows, then Invert shows how well the model draws it again."
        if carried is None:
            return UNCHANGED, gr.update(visible=True), say(text), *nothing
        filled = [carried.prompt if name == "prompt" else UNCHANGED for name in self._form.names]
        text = "The picture carries its prompt: filled in. Invert shows how well the model draws it again."
        return UNCHANGED, gr.update(visible=True), say(text), *filled

    def _host(self) -> Host:
        return self._place.session().host(self._place.model)


def _drawn(named: Mapping[str, str]) -> tuple[str, ...]:
    """List the prompts whose pictures are edits, as `EditJob.drawn` does."""
    return read_prompts(named["edit"]) or (named["prompt"],)
