"""What handlers of every tab do alike: follow a run, tell why it ended, offer what was saved."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

import gradio as gr

from vxa.app.progress import Progress
from vxa.app.saving import SavedFiles
from vxa.core.errors import InterruptedRunError, VxaError
from vxa.ui.background import BackgroundRun
from vxa.ui.compat import UNCHANGED
from vxa.ui.messages import say, say_done, say_error, say_progress
from vxa.ui.open_pages import OpenPages

T = TypeVar("T")
Shown = tuple[Any, Any]
"""(what is shown, status)."""


def follow(pages: OpenPages[Any], page: str, work: Callable[[Progress], T]) -> Generator[Shown, None, T]:
    """Run something that the page may stop; yield its progress and return what it gave.

    Raises:
        VxaError: As the work does; `InterruptedRunError` if the page stopped it or went away.
    """
    run = BackgroundRun(work)
    with pages.running(page, run):
        for done, total, what in run.reports():
            yield UNCHANGED, say_progress(what, done, total)
    return run.result()


def tell(steps: Iterator[Shown]) -> Iterator[Shown]:
    """Pass on the steps of a run, and say why they end."""
    yield UNCHANGED, say_progress("starting", 0, 0)
    try:
        yield from steps
    except InterruptedRunError:
        yield UNCHANGED, say("Interrupted; what is shown has not changed.")
    except VxaError as error:
        yield UNCHANGED, say_error(error)


def stop_runs(pages: OpenPages[Any], page: str) -> Any:
    """Stop a page's runs at their next step: (status)."""
    return say_progress("stopping", 0, 0) if pages.interrupt(page) else UNCHANGED


def offer(save: Callable[[], SavedFiles]) -> tuple[Any, Any]:
    """Save, and offer the files: (files to download, status)."""
    try:
        saved = save()
    except VxaError as error:
        return UNCHANGED, say_error(error)
    files = [str(path) for path in saved.all]
    return gr.update(value=files, visible=True), say_done(f"Saved {len(files)} files to {saved.folder}")
