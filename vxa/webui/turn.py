"""Our turn in the webui's queue: one job at a time uses the model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from modules import call_queue


class Turn:
    """The webui's queue lock, which one thread cannot take twice, made so that it can.

    A thread that holds the bare lock by the webui's own means (`wrap_gradio_gpu_call`, `wrap_queued_call`) must not
    come here: it would wait for itself.

    Args:
        lock: The webui's.
    """

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._held = threading.local()

    @contextmanager
    def taken(self) -> Iterator[bool]:
        """Hold the lock for the block; gives False where this thread held it already."""
        if getattr(self._held, "by_us", False):
            yield False
            return
        with self._lock:
            self._held.by_us = True
            try:
                yield True
            finally:
                self._held.by_us = False


@lru_cache(maxsize=1)
def webui_turn() -> Turn:
    """Return the one turn that everything of ours takes."""
    return Turn(call_queue.queue_lock)
