"""Pages of browsers that are open, and the runs that each of them started."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

_MOST_PAGES = 8
"""Pages remembered: each holds on to what it shows, which may take hundreds of megabytes."""


class Stoppable(Protocol):
    """A run of a page."""

    def stop(self) -> None:
        """End soon; does not wait."""
        ...


@dataclass
class OpenPage:
    """One browser page, as one tab of it knows it; a tab adds what it remembers of it."""

    runs: list[Stoppable] = field(default_factory=list)
    """The run going on, and those that wait for it."""


P = TypeVar("P", bound=OpenPage)


class OpenPages(Generic[P]):
    """The pages that a tab remembers, by name; thread-safe.

    Args:
        make: Makes what is remembered of a new page.
    """

    def __init__(self, make: Callable[[], P]) -> None:
        self._make = make
        self._pages: OrderedDict[str, P] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def __getitem__(self, page: str) -> P:
        """Give the page, a new one if need be; the one used longest ago is forgotten."""
        with self._lock:
            if page not in self._pages:
                self._pages[page] = self._make()
            self._pages.move_to_end(page)
            while len(self._pages) > _MOST_PAGES:
                self._pages.popitem(last=False)
            return self._pages[page]

    @contextmanager
    def running(self, page: str, run: Stoppable) -> Iterator[None]:
        """Let the page stop a run; a page that goes away meanwhile stops it too."""
        opened = self[page]
        opened.runs.append(run)
        try:
            yield
        finally:
            run.stop()
            opened.runs.remove(run)

    def interrupt(self, page: str) -> None:
        """Stop the runs of a page at their next step, if there are any."""
        for run in list(self[page].runs):
            run.stop()
