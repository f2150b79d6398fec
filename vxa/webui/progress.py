"""Our runs in the webui's own progress state, with its own Interrupt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from modules import shared

from vxa.app.progress import Progress
from vxa.core.errors import InterruptedRunError


@contextmanager
def announced(job: str) -> Iterator[None]:
    """Tell the webui that a job runs; afterwards it is idle again, whatever happened. Only inside its queue."""
    state = shared.state
    state.begin(job=job)
    state.job_count = 1
    try:
        yield
    finally:
        state.end()
        state.skipped = state.interrupted = state.stopping_generation = False
        state.sampling_step = state.sampling_steps = 0
        state.textinfo = None


def stop_if_interrupted() -> None:
    """Stop if the user pressed Interrupt, Skip or Stop anywhere in the webui.

    Raises:
        InterruptedRunError: If so.
    """
    state = shared.state
    if state.interrupted or state.skipped or state.stopping_generation:
        raise InterruptedRunError


def told_to_webui(progress: Progress) -> Progress:
    """Make a progress that the webui shows too, and that its Interrupt stops."""

    def tell(done: int, total: int, what: str) -> None:
        state = shared.state
        state.sampling_steps, state.sampling_step, state.textinfo = total, done, what
        stop_if_interrupted()
        progress(done, total, what)

    return tell
