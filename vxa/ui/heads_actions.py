"""What happens when something in the Heads tab is run, shown or saved; knows no layout."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from vxa.app.api import load_picture
from vxa.app.diagnosis import PRESET, Diagnosis, content_words
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.outcome import Outcome
from vxa.app.editing.rerun import run_again
from vxa.app.hand_over import HandOver
from vxa.app.job import Job
from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.pixels import Picture
from vxa.app.result import Result
from vxa.core.errors import ConfigError, VxaError
from vxa.methods.head_lens import HeadLens
from vxa.ui.compat import UNCHANGED
from vxa.ui.dropped import Dropped, readable
from vxa.ui.following import Run, Shown, offer, tell
from vxa.ui.form import JobForm
from vxa.ui.heads_forms import SHARED, HeadsForms
from vxa.ui.heads_view import diagnosis_view, lens_view, outcome_view
from vxa.ui.messages import say, say_done, say_error
from vxa.ui.open_pages import OpenPage, OpenPages
from vxa.ui.place import Place

_REWEIGHTING = 3.0
"""Factor on the attention of a weak word that is reweighted."""
_LOOKS = ("lens", "vectors", "colormap", "opacity")
"""Settings of a lens that need no model."""


@dataclass
class _Page(OpenPage):
    outcome: Result | Outcome | None = None
    """What it shows."""
    drawn: GenerateJob | None = None
    """What was diagnosed, as a picture to draw: what is mended."""


class HeadsActions:
    """Handlers of the Heads tab.

    Args:
        place: Where the tab is shown; its session and its studio run the jobs.
        forms: Widgets of the jobs; the values of one form end the inputs of whatever runs its job.
    """

    def __init__(self, place: Place, forms: HeadsForms) -> None:
        self._place, self._forms = place, forms
        self._pages = OpenPages(_Page)

    # ------------------------------------------------------------ pictures through heads

    def see(self, page: str, picture: Dropped, *values: Any) -> Iterator[Shown]:
        """Look at a picture, or draw one, through the heads of the lens: (view, status) again and again."""
        yield from tell(self._pages, page, lambda run: self._see(run, page, picture, values))

    def relook(self, page: str, *values: Any) -> Shown:
        """Show the same picture through other heads, from what was recorded: (view, status)."""
        before = self._pages[page].outcome
        if not isinstance(before, Result) or before.job.preset != HeadLens.name:
            return UNCHANGED, UNCHANGED
        try:
            asked = self._forms.see.read(values)
            job = replace(before.job, **{name: getattr(asked, name) for name in _LOOKS})
            if job == before.job:
                # a mistake may have been told meanwhile
                return UNCHANGED, say_done(before.status)
            # not through the session, which would run the model that is loaded now
            result = before.shown_as(job)
            if result is None:
                return UNCHANGED, say("Heads were not recorded apart: press See.")
            return self._show(page, result, lens_view(result), result.status)
        except VxaError as error:
            return UNCHANGED, say_error(error)

    def _see(self, run: Run, page: str, picture: Dropped, values: tuple[Any, ...]) -> Iterator[Shown]:
        result = yield from self._look(run, picture, self._forms.see.read(values))
        yield self._show(page, result, lens_view(result), result.status)

    def _look(self, run: Run, picture: Dropped, job: GenerateJob) -> Generator[Shown, None, Result]:
        """Draw a picture with its maps, or look at the one given."""
        session = self._place.session()
        if picture is None:
            return (yield from run.follow(lambda report: session.generate(job, report)))
        pixels: Picture = load_picture(readable(picture))
        same = ("prompt", "model", "tokens", "preset", "lens", "vectors", "colormap", "opacity", "seed")
        look = VisualizeJob(**{name: getattr(job, name) for name in same})
        return (yield from run.follow(lambda report: session.visualize(look, pixels, report)))

    # ------------------------------------------------------------ words

    def diagnose(self, page: str, picture: Dropped, *values: Any) -> Iterator[Shown]:
        """Measure how strongly each content word is expressed: (view, status) again and again."""
        yield from tell(self._pages, page, lambda run: self._diagnose(run, page, picture, values))

    def mend(self, page: str, asked: str) -> Iterator[Shown]:
        """Draw what was diagnosed with some of its words excited or reweighted: (view, status) again and again.

        Args:
            page: Its name.
            asked: "excite" or "reweight", a colon, and the words.
        """
        yield from tell(self._pages, page, lambda run: self._mend(run, page, asked))

    def _diagnose(self, run: Run, page: str, picture: Dropped, values: tuple[Any, ...]) -> Iterator[Shown]:
        job = self._forms.draw.read(values)
        words = content_words(self._place.session().host(self._place.model).tokenize(job.prompt)[0])
        job = replace(job, tokens=", ".join(words), preset=PRESET)
        result = yield from self._look(run, picture, job)
        diagnosis = Diagnosis(result)
        self._pages[page].drawn = job
        yield self._show(page, result, diagnosis_view(diagnosis), f"{diagnosis.status} · {result.status}")

    def _mend(self, run: Run, page: str, asked: str) -> Iterator[Shown]:
        drawn = self._pages[page].drawn
        how, _, words = asked.partition(":")
        if drawn is None or not words:
            raise ConfigError("words of a diagnosis", got="none yet", remedy="Press Diagnose first.")
        shared = {name: getattr(drawn, name) for name in ("model", *SHARED)}
        if how == "excite":
            job: Job = ExciteJob(**shared, words=words, compare=True)
        else:
            weights = ", ".join(f"{word.strip()}={_REWEIGHTING:g}" for word in words.split(","))
            # self-attention stays the edit's own: what was missing needs a place
            job = EditJob(**shared, weights=weights, self_end=0.0)
        yield from self._draw(run, page, job, is_mended=True)

    # ------------------------------------------------------------ jobs

    def weaken(self, page: str, *values: Any) -> Iterator[Shown]:
        """Weaken the heads of a concept: (view, status) again and again."""
        yield from self._run(page, self._forms.weaken, values)

    def adjust(self, page: str, *values: Any) -> Iterator[Shown]:
        """Draw a picture whose words are read as meant, likewise."""
        yield from self._run(page, self._forms.adjust, values)

    def excite(self, page: str, *values: Any) -> Iterator[Shown]:
        """Draw a picture in which words are seen, likewise."""
        yield from self._run(page, self._forms.excite, values)

    def interrupt(self, page: str) -> None:
        """Stop the page's run at its next step."""
        self._pages.interrupt(page)

    def save(self, page: str) -> tuple[Any, str]:
        """Write what the page shows: (files to download, status)."""

        def write() -> Any:
            shown = self._shown(page)
            if isinstance(shown, Result):
                return self._place.save(shown, HandOver())
            return self._place.save_outcome(shown)

        return offer(write)

    def shown_picture(self, page: str) -> tuple[Picture, str]:
        """Give the picture that the page shows, and its prompt.

        Raises:
            ConfigError: If it shows none.
        """
        shown = self._shown(page)
        return (shown.picture if isinstance(shown, Result) else shown.main[1]), shown.job.prompt

    def _run(self, page: str, form: JobForm[Any], values: tuple[Any, ...]) -> Iterator[Shown]:
        yield from tell(self._pages, page, lambda run: self._draw(run, page, form.read(values)))

    def _draw(self, run: Run, page: str, job: Job, *, is_mended: bool = False) -> Iterator[Shown]:
        studio = self._place.studio()
        outcome = yield from run.follow(lambda report: run_again(job, {}, studio, report))
        yield self._show(page, outcome, outcome_view(outcome, is_mended=is_mended), outcome.status)

    def _show(self, page: str, outcome: Result | Outcome, view: dict[str, Any], status: str) -> Shown:
        self._pages[page].outcome = outcome
        return json.dumps(view), say_done(status)

    def _shown(self, page: str) -> Result | Outcome:
        outcome = self._pages[page].outcome
        if outcome is None:
            raise ConfigError("a result", got="none yet", remedy="Run something first.")
        return outcome
