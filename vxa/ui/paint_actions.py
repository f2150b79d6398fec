"""What happens in the Paint tab when something is clicked, typed or dropped; knows no layout.

Remembers, for each open page, the run going on and the result it shows.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import gradio as gr
from PIL import Image

from vxa.app.api import load_picture
from vxa.app.editing.masks import preview_levels
from vxa.app.editing.paint import plan_paint
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.paint_result import PaintResult
from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.pixels import Picture, drawn_size
from vxa.app.progress import Progress
from vxa.app.result import Result
from vxa.core.errors import ConfigError, VxaError
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.ui.compat import UNCHANGED
from vxa.ui.dropped import Dropped, readable
from vxa.ui.following import Run, Shown, offer, tell
from vxa.ui.form import JobForm
from vxa.ui.messages import say, say_done, say_error
from vxa.ui.open_pages import OpenPage, OpenPages
from vxa.ui.paint_layers import PaintedLayers, read_layers
from vxa.ui.paint_view import canvas_data, lost_words, map_data, paint_words, painted_data
from vxa.ui.place import Place

T = TypeVar("T")
_PAINTED_TEXTS = ("words", "strengths", "feathers", "seeds")


@dataclass
class _Page(OpenPage):
    result: PaintResult | None = None
    """What it shows."""


@dataclass(frozen=True)
class _Asked:
    """A painting as it was asked for."""

    job: PaintJob
    layers: PaintedLayers
    picture: Picture | None


class PaintActions:
    """Handlers of the Paint tab.

    Args:
        place: Where the tab is shown; its studio runs the jobs.
        form: Widgets of the job; their values end every list of inputs.
    """

    def __init__(self, place: Place, form: JobForm[PaintJob]) -> None:
        self._place = place
        self._form = form
        self._pages = OpenPages(_Page)

    def wake(self, picture: Dropped, *values: Any) -> tuple[str, str, str]:
        """Fill in what only the model knows, once the tab is seen: (words, canvas, status)."""
        try:
            name = self._host().info.name
        except VxaError as error:
            return "", "", say_error(error)
        canvas, problem = self.lay_out_canvas(picture, *values)
        ready = f"{name} is ready. Say what the picture shall show, click a word, and paint where it shall be."
        return self.read_words("", "", *values), canvas, say(ready) if problem == UNCHANGED else problem

    def read_words(self, page: str, layers: str, *values: Any) -> str:
        """List the words that can be painted, and the layers whose word is gone, as JSON."""
        prompt = self._named(values)["prompt"]
        try:
            table = self._host().tokenize(prompt)[0]
        except VxaError as error:
            return json.dumps({"words": [], "missing": [], "error": str(error), "typed": prompt})
        there = json.loads(layers or "[]")
        answer = {"words": paint_words(table), "missing": lost_words(table, there), "error": "", "typed": prompt}
        return json.dumps(answer)

    def lay_out_canvas(self, picture: Dropped, *values: Any) -> tuple[Any, Any]:
        """Give the canvas the picture, or else the size that will be drawn: (canvas, status)."""
        named = self._named(values)
        try:
            if picture is not None:
                image = Image.fromarray(load_picture(readable(picture)))
                return json.dumps(canvas_data(Grid(image.height, image.width), image)), UNCHANGED
            height, width = (int(named[side] or 0) for side in ("height", "width"))
            return json.dumps(canvas_data(drawn_size(height, width, self._host()), None)), UNCHANGED
        except VxaError as error:
            return UNCHANGED, say_error(error)

    def take_picture(self, picture: Dropped, *values: Any) -> tuple[Any, Any, Any]:
        """Begin with another picture, or with none: (prompt, canvas, status)."""
        canvas, problem = self.lay_out_canvas(picture, *values)
        if problem != UNCHANGED:
            return UNCHANGED, canvas, problem
        if not isinstance(picture, Image.Image):
            return UNCHANGED, canvas, say("The picture is drawn from noise.")
        found = self._place.read_prompt(picture)
        size = f"{picture.height}×{picture.width} pixels (height×width)"
        if found is None or self._named(values)["prompt"].strip():
            note = f"The next run begins with this picture of {size}; the denoising strength says how much is redrawn."
            return UNCHANGED, canvas, say(note)
        return found.prompt, canvas, say(f"The picture, {size}, carries its prompt: filled in.")

    def run(self, page: str, layers: str, picture: Dropped, files: Any, *values: Any) -> Iterator[Shown]:
        """Draw the picture, telling of its progress: (view, status) again and again."""

        def begin() -> Callable[[Progress], PaintResult]:
            asked = self._read(layers, picture, files, values)
            return lambda report: self._place.studio().paint(asked.job, asked.layers.masks, asked.picture, report)

        def finish(result: PaintResult) -> Shown:
            self._pages[page].result = result
            return json.dumps(painted_data(result)), say_done(result.status)

        yield from self._run(page, begin, finish)

    def find_map(self, page: str, layers: str, picture: Dropped, *values: Any) -> Iterator[Shown]:
        """Look where a word looks in the given picture, or in the one drawn without painting: (map, status)."""

        def begin() -> Callable[[Progress], Result]:
            word = read_layers(layers).chosen
            if not word:
                raise ConfigError("a word", got="no layer", remedy="Click a word of the prompt first.")
            return self._looking(word, picture, self._named(values))

        def finish(result: Result) -> Shown:
            data = map_data(read_layers(layers).chosen, result, with_picture=picture is None)
            # so that the same map again is not taken for the last one
            data["moment"] = time.time_ns()
            where = "the picture" if picture is not None else "the plain picture of this prompt and seed"
            return json.dumps(data), say_done(f"Where the word looks in {where}: {result.status}")

        yield from self._run(page, begin, finish)

    def preview(self, page: str, layers: str, picture: Dropped, files: Any, *values: Any) -> Shown:
        """Draw what each level will receive of each word, without running the model: (picture, status)."""
        try:
            asked = self._read(layers, picture, files, values)
            host = self._host()
            plan = plan_paint(asked.job, host, asked.layers.masks, asked.picture)
            latent = plan.run.plan.size.divided(host.info.downscale)
            sheet = preview_levels(plan.painted, latent, plan.levels or (0,))
        except VxaError as error:
            return UNCHANGED, say_error(error)
        sizes = ", ".join(str(latent.level(level)) for level in plan.levels)
        return gr.update(value=sheet, visible=True), say_done(f"Maps of {sizes} receive what was painted.")

    def interrupt(self, page: str) -> None:
        """Stop the page's run at its next step."""
        self._pages.interrupt(page)

    def paint_on(self, page: str) -> tuple[Any, str]:
        """Begin the next picture with the one that was drawn: (picture, status)."""
        try:
            picture = Image.fromarray(self._shown(page).main[1])
        except VxaError as error:
            return UNCHANGED, say_error(error)
        return picture, say("What was drawn is on the canvas now; the strength says how much of it is redrawn.")

    def shown_picture(self, page: str) -> tuple[Picture, str]:
        """Give the picture that the page shows, and its prompt.

        Raises:
            ConfigError: If it shows none.
        """
        result = self._shown(page)
        return result.main[1], result.job.prompt

    def save(self, page: str) -> tuple[Any, str]:
        """Write what the page shows, with its masks: (files to download, status)."""
        return offer(lambda: self._place.save_outcome(self._shown(page)))

    def _run(
        self, page: str, begin: Callable[[], Callable[[Progress], T]], finish: Callable[[T], Shown]
    ) -> Iterator[Shown]:
        def steps(run: Run) -> Iterator[Shown]:
            yield finish((yield from run.follow(begin())))

        yield from tell(self._pages, page, steps)

    def _looking(self, word: str, picture: Dropped, named: dict[str, Any]) -> Callable[[Progress], Result]:
        session = self._place.session()
        shared: dict[str, Any] = {
            "model": self._place.model, "prompt": named["prompt"], "tokens": word, "preset": named["preset"],
        }  # fmt: skip
        if picture is not None:
            pixels, job = load_picture(readable(picture)), VisualizeJob(**shared)
            return lambda report: session.visualize(job, pixels, report)
        painted = self._form.read(list({**named, "words": word, "strengths": "", "feathers": "", "seeds": ""}.values()))
        same = ("negative", "steps", "guidance", "seed", "height", "width", "scheduler")
        plain = GenerateJob(**shared, **{name: getattr(painted, name) for name in same})
        return lambda report: session.generate(plain, report)

    def _read(self, layers: str, picture: Dropped, files: Any, values: Sequence[Any]) -> _Asked:
        named = self._named(values)
        painted = read_layers(layers).with_files(files or [], {name: str(named[name] or "") for name in _PAINTED_TEXTS})
        if not painted.masks:
            raise ConfigError("something painted", got="nothing", remedy="Click a word, then paint where it shall be.")
        job = self._form.read(list({**named, **painted.settings}.values()))
        if picture is None:
            return _Asked(job, painted, None)
        # the picture's size is the one that counts, whatever the boxes say
        return _Asked(dataclasses.replace(job, height=0, width=0), painted, load_picture(readable(picture)))

    def _named(self, values: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self._form.names, values, strict=True))

    def _shown(self, page: str) -> PaintResult:
        result = self._pages[page].result
        if result is None:
            raise ConfigError("a picture", got="none yet", remedy="Press Paint picture first.")
        return result

    def _host(self) -> Host:
        return self._place.session().host(self._place.model)
