"""Jobs that wait for their turn: not too many, and none for a client that has gone away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from fastapi import Request

from vxa.app.progress import Progress
from vxa.core.errors import HostError, InterruptedRunError


class Places:
    """Places for jobs; each that runs or waits keeps a thread of the server, and others need threads too."""

    def __init__(self) -> None:
        self._taken = 0
        self._lock = threading.Lock()

    @contextmanager
    def take(self, most: int) -> Iterator[None]:
        """Hold a place.

        Raises:
            HostError: If `most` are taken.
        """
        with self._lock:
            if self._taken >= most:
                raise HostError(f"at most {most} jobs at a time", got="one more", remedy="Try again in a moment.")
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1


@asynccontextmanager
async def stopping_when_gone(request: Request) -> AsyncIterator[Progress]:
    """Give a progress, for a run in any thread, that stops it once the client has gone away.

    Args:
        request: Its body must have been read.
    """
    is_gone = threading.Event()

    def report(done: int, total: int, what: str) -> None:
        if is_gone.is_set():
            raise InterruptedRunError

    # waited for, since `Request.is_disconnected` only glances, and middleware hides from a glance
    watch = asyncio.create_task(_wait_until_gone(request, is_gone))
    try:
        yield report
    finally:
        watch.cancel()


async def _wait_until_gone(request: Request, is_gone: threading.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    is_gone.set()
