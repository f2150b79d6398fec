"""What handlers of every tab do alike: follow a run, tell why it ended, offer what was saved."""

from __future__ import annotations

import threading
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


class Run:
    """What one press of a button does: it can be stopped from the press on, whichever of its works is going on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_stopped = False
        self._going_on: BackgroundRun[Any] | None = None

    def stop(self) -> None:
        """End the work going on at its next report, and begin no other; does not wait."""
        with self._lock:
            self._is_stopped = True
            if self._going_on is not None:
                self._going_on.stop()

    def follow(self, work: Callable[[Progress], T]) -> Generator[Shown, None, T]:
        """Do one work; yield its progress and return what it gave.

        Raises:
            VxaError: As the work does; `InterruptedRunError` if the run was stopped.
        """
        with self._lock:
            if self._is_stopped:
                raise InterruptedRunError
            going_on = self._going_on = BackgroundRun(work)
        for done, total, what in going_on.reports():
            yield UNCHANGED, say_progress(what, done, total)
        return going_on.result()


def tell(pages: OpenPages[Any], page: str, steps: Callable[[Run], Iterator[Shown]]) -> Iterator[Shown]:
    """Pass on the steps of a run that the page may stop, and say why they end.

    The run alone writes the status, so that no word about stopping can come after the last one.
    """
    run = Run()
    with pages.running(page, run):
        yield UNCHANGED, say_progress("starting", 0, 0)
        try:
            yield from steps(run)
        except InterruptedRunError:
            yield UNCHANGED, say("Interrupted; what is shown has not changed.")
        except VxaError as error:
            yield UNCHANGED, say_error(error)


def offer(save: Callable[[], SavedFiles]) -> tuple[Any, Any]:
    """Save, and offer the files: (files to download, status)."""
    try:
        saved = save()
    except VxaError as error:
        return UNCHANGED, say_error(error)
    files = [str(path) for path in saved.all]
    return gr.update(value=files, visible=True), say_done(f"Saved {len(files)} files to {saved.folder}")
