"""What happens when something in the Edit tab is run, shown or saved; knows no layout."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from PIL import Image

from vxa.app.api import load_picture
from vxa.app.editing.edit import plan_edit
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.invert_result import InvertResult
from vxa.app.pixels import Picture
from vxa.core.errors import ConfigError, VxaError
from vxa.ui.compat import UNCHANGED
from vxa.ui.dropped import Dropped, readable
from vxa.ui.edit_view import edit_view, invert_view, maps_view
from vxa.ui.following import Run, Shown, offer, tell
from vxa.ui.form import JobForm
from vxa.ui.messages import say, say_done, say_error
from vxa.ui.open_pages import OpenPage, OpenPages
from vxa.ui.place import Place

T = TypeVar("T")
LOOKS = ("preset", "colormap", "opacity")
"""Settings that change how maps are drawn, not what was recorded."""


@dataclass
class _Page(OpenPage):
    outcome: EditResult | InvertResult | None = None
    """What it shows."""


class EditActions:
    """Handlers of the Edit tab's buttons.

    Args:
        place: Where the tab is shown; its studio runs the jobs.
        form: Widgets of the job; their values end the inputs of whatever runs it.
    """

    def __init__(self, place: Place, form: JobForm[EditJob]) -> None:
        self._place, self._form = place, form
        self._pages = OpenPages(_Page)

    def invert(self, page: str, picture: Dropped, *values: Any) -> Iterator[Shown]:
        """Invert the picture and show how well it is drawn again, telling of the progress: (viewer, status)."""
        yield from tell(self._pages, page, lambda run: self._invert_only(run, page, picture, values))

    def run(self, page: str, picture: Dropped, *values: Any) -> Iterator[Shown]:
        """Draw the edits, of the picture if there is one, telling of the progress: (viewer, status)."""
        yield from tell(self._pages, page, lambda run: self._edit(run, page, picture, values))

    def interrupt(self, page: str) -> None:
        """Stop the page's run at its next step."""
        self._pages.interrupt(page)

    def show_maps(self, page: str, word: str, *looks: Any) -> Shown:
        """Draw where a word looks in what the page shows, as the settings `LOOKS` say: (maps, status)."""
        outcome = self._pages[page].outcome
        if not isinstance(outcome, EditResult):
            return UNCHANGED, UNCHANGED
        try:
            return json.dumps(maps_view(outcome, word, dict(zip(LOOKS, looks, strict=True)))), UNCHANGED
        except VxaError as error:
            return UNCHANGED, say_error(error)

    def note_before(self, page: str, is_before: bool) -> Any:
        """Say that other maps have to be recorded: (status)."""
        outcome = self._pages[page].outcome
        if not isinstance(outcome, EditResult) or outcome.plan.job.maps_before == is_before:
            return UNCHANGED
        return say(f"Press Edit to record attention as it is {'before' if is_before else 'after'} it is edited.")

    def save(self, page: str) -> tuple[Any, str]:
        """Write what the page shows: (files to download, status)."""
        return offer(lambda: self._place.save_outcome(self._shown(page)))

    def edit_further(self, page: str, name: str) -> tuple[Any, Any, Any, str]:
        """Take an edit as the picture to edit: (picture, prompt, edited prompt, status)."""
        try:
            picture, prompt = self.shown_edit(page, name)
        except VxaError as error:
            return UNCHANGED, UNCHANGED, UNCHANGED, say_error(error)
        return Image.fromarray(picture), prompt, prompt, UNCHANGED

    def shown_edit(self, page: str, name: str) -> tuple[Picture, str]:
        """Give an edit that the page shows, and its prompt.

        Raises:
            ConfigError: If it shows no edit of that name.
        """
        outcome = self._shown(page)
        if not isinstance(outcome, EditResult) or name not in outcome.names[1:]:
            raise ConfigError("an edit that is shown", got=repr(name), remedy="Choose one below the picture.")
        number = outcome.names.index(name)
        return outcome.edits[number - 1], outcome.prompts[number]

    def _invert_only(self, run: Run, page: str, picture: Dropped, values: tuple[Any, ...]) -> Iterator[Shown]:
        named = dict(zip(self._form.names, values, strict=True))
        # an edit need not be written yet
        named["edit"] = named["edit"] or named["prompt"]
        job = self._form.read(list(named.values())).invert_job
        if job is None:
            raise ConfigError("a kind of inversion", got="none", remedy="Choose direct, null-text, ddim or refined.")
        found = yield from self._inverted(run, job, load_picture(readable(picture)))
        yield self._show(page, found, invert_view(found))

    def _edit(self, run: Run, page: str, picture: Dropped, values: tuple[Any, ...]) -> Iterator[Shown]:
        job = self._form.read(values)
        pixels = None if picture is None else load_picture(readable(picture))
        if pixels is not None and job.invert_job is not None:
            # before the inversion: a typo costs nothing
            plan_edit(job, self._place.session().host(self._place.model), pixels)
            found = yield from self._inverted(run, job.invert_job, pixels)
            before = self._pages[page].outcome
            if before is None or before.inversion is not found.inversion:
                yield self._show(page, found, invert_view(found))
        studio = self._place.studio()
        result = yield from run.follow(lambda report: studio.edit(job, pixels, report))
        yield self._show(page, result, edit_view(result))

    def _inverted(self, run: Run, job: InvertJob, pixels: Picture) -> Generator[Shown, None, InvertResult]:
        studio = self._place.studio()
        return (yield from run.follow(lambda report: studio.invert(job, pixels, report)))

    def _show(self, page: str, outcome: EditResult | InvertResult, view: dict[str, Any]) -> Shown:
        self._pages[page].outcome = outcome
        return json.dumps(view), say_done(outcome.status)

    def _shown(self, page: str) -> EditResult | InvertResult:
        outcome = self._pages[page].outcome
        if outcome is None:
            raise ConfigError("a result", got="none yet", remedy="Press Edit first.")
        return outcome
