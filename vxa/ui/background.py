"""One run in a thread: its progress can be followed, and it can be stopped."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from vxa.app.progress import Progress
from vxa.core.errors import InterruptedRunError

T = TypeVar("T")
Report = tuple[int, int, str]
"""(done, total, what), as a `Progress` is told."""


class BackgroundRun(Generic[T]):
    """Starts at once.

    Args:
        work: Gets a `Progress` that raises `InterruptedRunError` once the run was stopped.
    """

    def __init__(self, work: Callable[[Progress], T]) -> None:
        self._reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self._is_stopped = threading.Event()
        executor = ThreadPoolExecutor(1, thread_name_prefix="vxa-run")
        self._future = executor.submit(work, self._report)
        self._future.add_done_callback(lambda _: self._reports.put(None))
        executor.shutdown(wait=False)

    def _report(self, done: int, total: int, what: str) -> None:
        if self._is_stopped.is_set():
            raise InterruptedRunError
        self._reports.put((done, total, what))

    def stop(self) -> None:
        """Ask the run to end at its next report, and report that it was asked; does not wait."""
        self._is_stopped.set()
        self._reports.put((0, 0, "stopping"))

    def reports(self) -> Iterator[Report]:
        """Yield reports as they come, until the run has ended; works once."""
        while (report := self._reports.get()) is not None:
            yield report

    def result(self) -> T:
        """Wait for the end and return what the work returned, or raise what it raised."""
        return self._future.result()
