"""How long jobs tell of their progress. Imports nothing, so that the command line starts at once."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what); may raise `InterruptedRunError` to stop."""


def no_progress(done: int, total: int, what: str) -> None:
    """Report nothing."""
