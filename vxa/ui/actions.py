"""What happens when something is clicked, typed or dropped: plain values in, plain values and updates out.

Knows no layout. Remembers, for each open page, the run going on and the result it shows.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import gradio as gr
from PIL import Image

from vxa.app.api import load_picture
from vxa.app.hand_over import read_hand_over
from vxa.app.jobs import MapJob, VisualizeJob
from vxa.app.result import Result, file_stems
from vxa.core.errors import ConfigError, VxaError
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.ui.chips import chip_data
from vxa.ui.compat import UNCHANGED
from vxa.ui.dropped import Dropped, readable
from vxa.ui.following import Run, Shown, offer, tell
from vxa.ui.form import JobForm
from vxa.ui.layer_choices import OWN, layer_choices, layer_name
from vxa.ui.messages import say, say_done, say_error
from vxa.ui.open_pages import OpenPage, OpenPages
from vxa.ui.place import Place
from vxa.ui.viewer import viewer_data

_MOST_GALLERY = 48
_SHOWN_BY_VIEWER = frozenset({"modes", "colormap", "opacity", "threshold", "layer_sheet"})
_FREE = frozenset(field.name for field in dataclasses.fields(MapJob)) - {"prompt", "model"}
"""Settings that change how a recording is shown, not the recording."""


@dataclass
class _Page(OpenPage):
    result: Result | None = None
    """What it shows."""
    drawn: Result | None = None
    """What its gallery shows."""


class Actions:
    """Handlers of the Visualize tab.

    Args:
        place: Where the tab is shown; its session runs the jobs.
        form: Widgets of the job; their values end every list of inputs.
    """

    def __init__(self, place: Place, form: JobForm[VisualizeJob]) -> None:
        self._place = place
        self._form = form
        self._pages = OpenPages(_Page)

    def wake(self, picture: Dropped, prompt: str, tokens: str) -> tuple[str, Any, str]:
        """Fill in what only the model knows, once the page is seen: (chips, layers, status)."""
        try:
            host = self._host()
            chips, layers = self.refresh(picture, prompt, tokens)
        except VxaError as error:
            return "", UNCHANGED, say_error(error)
        family = "embedded model" if host.info.family == "tiny" else host.info.family.upper()
        text = f"{host.info.name} is ready ({family}, {len(host.sites.cross)} cross-attention layers). Drop a picture."
        return chips, layers, say(text)

    def refresh(self, picture: Dropped, prompt: str, tokens: str) -> tuple[str, Any]:
        """Look at the model again, which may be another by now: (chips, layers)."""
        try:
            layers = gr.update(choices=layer_choices(self._host(), _size(picture)))
        except VxaError:
            layers = UNCHANGED  # whoever runs the model is told why
        return self.read_tokens(prompt, tokens), layers

    def read_tokens(self, prompt: str, tokens: str) -> str:
        """Describe the prompt's tokens and the chosen ones, as JSON for the chips.

        What was typed goes back too: answers may come out of order, and the page drops those that are late.
        """
        try:
            table = self._host().tokenize(prompt)[0]
        except VxaError as error:
            return json.dumps({"chips": [], "pads": [], "parts": [], "error": str(error), "typed": [prompt, tokens]})
        return json.dumps({**chip_data(table, tokens), "typed": [prompt, tokens]})

    def take_picture(self, picture: Dropped) -> tuple[Any, Any, Any, Any]:
        """Look at a new picture: (prompt, tokens, layers, status)."""
        if picture is None:
            return UNCHANGED, UNCHANGED, UNCHANGED, say("Drop a picture to begin.")
        try:
            picture = readable(picture)
            layers = gr.update(choices=layer_choices(self._host(), _size(picture)))
        except VxaError as error:
            return UNCHANGED, UNCHANGED, UNCHANGED, say_error(error)
        size = f"{picture.height}×{picture.width} pixels (height×width)"
        found = self._place.read_prompt(picture)
        if found is None:
            return UNCHANGED, UNCHANGED, layers, say(f"Picture of {size}.")
        tokens = found.tokens if found.tokens else UNCHANGED
        note = f"The picture carries its prompt: filled in below it. Its size is {size}."
        return found.prompt, tokens, layers, say(note)

    def run(self, page: str, picture: Dropped, *values: Any) -> Iterator[tuple[Any, Any]]:
        """Run the job, telling of its progress: (viewer, status) again and again."""
        yield from tell(self._pages, page, lambda run: self._run(run, page, picture, values))

    def redraw(self, page: str, *values: Any) -> tuple[Any, Any]:
        """Show the last result with other tokens, layers or looks, from what was recorded: as `run`, once.

        Does nothing before the first run. Where the job needs the model again it says so instead.
        """
        before = self._pages[page].result
        if before is None:
            return UNCHANGED, UNCHANGED
        try:
            job = self._read(values)
            if job == before.job:
                return UNCHANGED, UNCHANGED
            if not _same_recording(job, before.job):
                return UNCHANGED, say("Changed since the last run: press Visualize.")
            # not through the session, which would run the model that is loaded now
            result = before.shown_as(job)
            if result is None:
                return UNCHANGED, say("This was not recorded: press Visualize.")
            return self._show(page, result, before)
        except VxaError as error:
            return UNCHANGED, say_error(error)

    def draw_gallery(self, page: str) -> Any:
        """Draw the pictures of the result that the page shows, words first, then sheets: (gallery)."""
        opened = self._pages[page]
        result = opened.result
        if result is None or _draws_the_same(result, opened.drawn):
            return UNCHANGED
        opened.drawn = result
        return [(drawing.image, drawing.name) for drawing in islice(result.iter_drawings(), _MOST_GALLERY)]

    def interrupt(self, page: str) -> None:
        """Stop the page's run at its next step."""
        self._pages.interrupt(page)

    def prepare(self, page: str, look: str) -> Iterator[tuple[Any, ...]]:
        """Fill in what is handed over: (picture, overlay, mask, prompt, tokens, name, status).

        Ends with gradio's own error if there is nothing, so that steps waiting for success do not go on.
        """
        try:
            result = self._shown(page)
            handed = read_hand_over(look)
            name = file_stems([handed.word_of(result).word.text])[0]
            pictures = Image.fromarray(result.picture), handed.overlay(result), handed.mask(result)
        except VxaError as error:
            yield *(UNCHANGED,) * 6, say_error(error)
            raise gr.Error(str(error)) from error
        yield *pictures, result.job.prompt, result.job.tokens, name, UNCHANGED

    def save(self, page: str, look: str) -> tuple[Any, str]:
        """Write what the page shows: (files to download, status)."""
        return offer(lambda: self._place.save(self._shown(page), read_hand_over(look)))

    def _run(self, run: Run, page: str, picture: Dropped, values: Sequence[Any]) -> Iterator[Shown]:
        job = self._read(values)
        pixels = load_picture(readable(picture))
        session = self._place.session()
        result = yield from run.follow(lambda report: session.visualize(job, pixels, report))
        yield self._show(page, result)

    def _shown(self, page: str) -> Result:
        result = self._pages[page].result
        if result is None:
            raise ConfigError("a result", got="none yet", remedy="Press Visualize first.")
        return result

    def _read(self, values: Sequence[Any]) -> VisualizeJob:
        named = dict(zip(self._form.names, values, strict=True))
        named["layers"] = layer_name(str(named.get("layers") or OWN))
        return self._form.read(list(named.values()))

    def _show(self, page: str, result: Result, before: Result | None = None) -> tuple[Any, str]:
        needs_maps = before is None or not _same_maps(result.job, before.job)
        viewer = json.dumps(viewer_data(result)) if needs_maps else UNCHANGED
        self._pages[page].result = result
        return viewer, say_done(result.status)

    def _host(self) -> Host:
        return self._place.session().host(self._place.model)


def _size(picture: Dropped) -> Grid | None:
    return Grid(picture.height, picture.width) if isinstance(picture, Image.Image) else None


def _draws_the_same(result: Result, other: Result | None) -> bool:
    return other is not None and result.recording is other.recording and result.job == other.job


def _same_recording(job: VisualizeJob, other: VisualizeJob | MapJob) -> bool:
    return _without(job, _FREE) == _without(other, _FREE)


def _same_maps(job: MapJob, other: MapJob) -> bool:
    return _without(job, _SHOWN_BY_VIEWER) == _without(other, _SHOWN_BY_VIEWER)


def _without(job: MapJob, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in job.to_json().items() if name not in names}
