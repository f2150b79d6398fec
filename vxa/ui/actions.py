"""What happens when something is clicked, typed or dropped: plain values in, plain values and updates out.

Knows no layout. Remembers, for each open page, the run going on and the result it shows.
"""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from vxa.app.api import load_picture
from vxa.app.jobs import MapJob, VisualizeJob
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.core.errors import ConfigError, InterruptedRunError, PictureError, VxaError
from vxa.core.grid import Grid
from vxa.ui.background import BackgroundRun
from vxa.ui.chips import chip_data
from vxa.ui.form import JobForm
from vxa.ui.layer_choices import OWN, layer_choices, layer_name
from vxa.ui.messages import say, say_done, say_error, say_progress
from vxa.ui.picture_prompt import find_prompt
from vxa.ui.viewer import viewer_data

SessionProvider = Callable[[], Session]
"""Gives the session at the first event, never while the page is built."""

_MOST_PAGES = 8
"""Pages remembered: each holds on to a recording, which may take hundreds of megabytes."""
_MOST_GALLERY = 48
_SHOWN_BY_VIEWER = frozenset({"modes", "colormap", "opacity", "threshold", "layer_sheet"})
_FREE = frozenset(field.name for field in dataclasses.fields(MapJob)) - {"prompt", "model"}
"""Settings that change how a recording is shown, not the recording."""

UNCHANGED: Any = gr.update()
"""Leaves a component as it is."""


@dataclass
class OpenPage:
    """One browser page."""

    run: BackgroundRun[Result] | None = None
    """The run going on."""
    result: Result | None = None
    """What it shows."""
    drawn: Result | None = None
    """What its gallery shows."""


class Actions:
    """Handlers of the Visualize tab.

    Args:
        session: Where jobs run.
        form: Widgets of the job; their values end every list of inputs.
        model: The job's `model`.
        output_folder: Where results are saved, each in a folder of its own.
    """

    def __init__(
        self, session: SessionProvider, form: JobForm[VisualizeJob], *, model: str = "", output_folder: Path
    ) -> None:
        self._session = session
        self._form = form
        self._model = model
        self._output_folder = output_folder
        self._pages: OrderedDict[str, OpenPage] = OrderedDict()
        self._lock = threading.Lock()

    def wake(self, picture: Image.Image | None, prompt: str, tokens: str) -> tuple[str, Any, str]:
        """Fill in what only the model knows, once the page is seen: (chips, layers, status)."""
        try:
            host = self._session().host(self._model)
            chips = self.read_tokens(prompt, tokens)
            layers = gr.update(choices=layer_choices(host, _size(picture)))
        except VxaError as error:
            return "", UNCHANGED, say_error(error)
        family = "embedded model" if host.info.family == "tiny" else host.info.family.upper()
        text = f"{host.info.name} is ready ({family}, {len(host.sites.cross)} cross-attention layers). Drop a picture."
        return chips, layers, say(text)

    def read_tokens(self, prompt: str, tokens: str) -> str:
        """Describe the prompt's tokens and the chosen ones, as JSON for the chips.

        What was typed goes back too: answers may come out of order, and the page drops those that are late.
        """
        try:
            table = self._session().host(self._model).tokenize(prompt)[0]
        except VxaError as error:
            return json.dumps({"chips": [], "pads": [], "parts": [], "error": str(error), "typed": [prompt, tokens]})
        return json.dumps({**chip_data(table, tokens), "typed": [prompt, tokens]})

    def take_picture(self, picture: Image.Image | None) -> tuple[Any, Any, Any, Any]:
        """Look at a new picture: (prompt, tokens, layers, status)."""
        if picture is None:
            return UNCHANGED, UNCHANGED, UNCHANGED, say("Drop a picture to begin.")
        try:
            layers = gr.update(choices=layer_choices(self._session().host(self._model), _size(picture)))
        except VxaError as error:
            return UNCHANGED, UNCHANGED, UNCHANGED, say_error(error)
        found = find_prompt(picture)
        if found is None:
            return (
                UNCHANGED,
                UNCHANGED,
                layers,
                say(f"Picture of {picture.height}×{picture.width} pixels (height×width)."),
            )
        tokens = found.tokens if found.tokens else UNCHANGED
        return found.prompt, tokens, layers, say("The picture carries its prompt: filled in below it.")

    def run(self, page: str, picture: Image.Image | None, *values: Any) -> Iterator[tuple[Any, Any]]:
        """Run the job, telling of its progress: (viewer, status) again and again."""
        yield UNCHANGED, say_progress("starting", 0, 0)
        try:
            job = self._read(values)
            if picture is None:
                raise PictureError("a picture", got="none", remedy="Drop one, paste one, or take the example.")
            pixels = load_picture(picture)
            work = BackgroundRun(lambda report: self._session().visualize(job, pixels, report))
            with self._running(page, work):
                for done, total, what in work.reports():
                    yield UNCHANGED, say_progress(what, done, total)
            result = work.result()
            shown = self._show(page, result)
        except InterruptedRunError:
            yield UNCHANGED, say("Interrupted; what is shown has not changed.")
            return
        except VxaError as error:
            yield UNCHANGED, say_error(error)
            return
        yield shown

    def redraw(self, page: str, *values: Any) -> tuple[Any, Any]:
        """Show the last result with other tokens, layers or looks, from what was recorded: as `run`, once.

        Does nothing before the first run. Where the job needs the model again it says so instead.
        """
        before = self._page(page).result
        if before is None:
            return UNCHANGED, UNCHANGED
        try:
            job = self._read(values)
            if job == before.job:
                return UNCHANGED, UNCHANGED
            if not _same_recording(job, before.job):
                return UNCHANGED, say("Changed since the last run: press Visualize.")
            result = self._session().visualize(job, before.picture)
            return self._show(page, result, before)
        except VxaError as error:
            return UNCHANGED, say_error(error)

    def draw_gallery(self, page: str) -> Any:
        """Draw the pictures of the result that the page shows, words first, then sheets: (gallery)."""
        opened = self._page(page)
        result = opened.result
        if result is None or result is opened.drawn:
            return UNCHANGED
        opened.drawn = result
        return [(drawing.image, drawing.name) for drawing in islice(result.iter_drawings(), _MOST_GALLERY)]

    def interrupt(self, page: str) -> Any:
        """Stop the page's run at its next step."""
        run = self._page(page).run
        if run is None:
            return UNCHANGED
        run.stop()
        return say_progress("stopping", 0, 0)

    def save(self, page: str) -> tuple[Any, str]:
        """Write what the page shows into a new folder: (files to download, status)."""
        result = self._page(page).result
        if result is None:
            return UNCHANGED, say_error(
                ConfigError("a result to save", got="none yet", remedy="Press Visualize first.")
            )
        folder = self._output_folder / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{result.recording.facts.picture_hash[:6]}"
        try:
            saved = result.save(folder)
        except VxaError as error:
            return UNCHANGED, say_error(error)
        files = [str(path) for path in saved.all]
        return gr.update(value=files, visible=True), say_done(f"Saved {len(files)} files to {saved.folder}")

    def _read(self, values: Sequence[Any]) -> VisualizeJob:
        named = dict(zip(self._form.names, values, strict=True))
        named["layers"] = layer_name(str(named.get("layers") or OWN))
        return self._form.read(list(named.values()))

    def _show(self, page: str, result: Result, before: Result | None = None) -> tuple[Any, str]:
        needs_maps = before is None or not _same_maps(result.job, before.job)
        viewer = json.dumps(viewer_data(result)) if needs_maps else UNCHANGED
        self._page(page).result = result
        return viewer, say_done(result.status)

    def _page(self, page: str) -> OpenPage:
        with self._lock:
            self._pages.setdefault(page, OpenPage())
            self._pages.move_to_end(page)
            while len(self._pages) > _MOST_PAGES:
                self._pages.popitem(last=False)
            return self._pages[page]

    @contextmanager
    def _running(self, page: str, work: BackgroundRun[Result]) -> Iterator[None]:
        """Let the page stop the run; a page that goes away meanwhile stops it too."""
        opened = self._page(page)
        opened.run = work
        try:
            yield
        finally:
            work.stop()
            opened.run = None


def _size(picture: Image.Image | None) -> Grid | None:
    return None if picture is None else Grid(picture.height, picture.width)


def _same_recording(job: VisualizeJob, other: VisualizeJob | MapJob) -> bool:
    return _without(job, _FREE) == _without(other, _FREE)


def _same_maps(job: MapJob, other: MapJob) -> bool:
    return _without(job, _SHOWN_BY_VIEWER) == _without(other, _SHOWN_BY_VIEWER)


def _without(job: MapJob, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in job.to_json().items() if name not in names}
