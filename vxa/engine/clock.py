"""Who is on which batch row, and what time it is: handed over by whoever drives the sampling, never guessed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from vxa.core.errors import CaptureError
from vxa.core.grid import Grid

Role = Literal["cond", "uncond", "reference"]
"""Guided by the prompt, by the negative prompt, or by the prompt an edit starts from (its prediction is not used)."""


@dataclass(frozen=True)
class Clock:
    """The moment of one UNet call."""

    step: int
    """UNet call of the run, from 0. A second-order sampler makes more calls than the steps it was asked for."""
    num_steps: int
    """UNet calls of the whole run, at least 1."""
    timestep: float
    """Training timestep handed to the UNet, 0 (clean) to 999 for Stable Diffusion."""
    sigma: float | None = None
    """Noise over signal at that timestep, √((1 − ᾱ) / ᾱ); None where the driver does not tell."""

    @property
    def fraction(self) -> float:
        """How much of the run lies behind, in [0, 1)."""
        return self.step / self.num_steps


@dataclass(frozen=True)
class Row:
    """What one row of the UNet's batch is."""

    role: Role
    """What guides it."""
    picture: int = 0
    """Which picture of the batch it belongs to."""
    edit: int = 0
    """Which edit of its source it is, from 1; 0 for a source, or where nothing is edited."""
    source: int | None = None
    """The picture that it is an edit of."""


@dataclass(frozen=True)
class Cue:
    """Everything a listener needs to know of one UNet call."""

    clock: Clock
    """When."""
    rows: tuple[Row, ...]
    """One entry a batch row, in batch order."""
    latent: Grid
    """Rows and columns of the latent; layer maps are it halved with rounding up."""
    is_trial: bool = False
    """Whether the sampler goes on without what is predicted: a look ahead. Recorders look away."""

    def rows_of(self, role: Role, pictures: Sequence[int] | None = None) -> tuple[int, ...]:
        """List batch rows with that role, for some pictures or all."""
        return tuple(
            index
            for index, row in enumerate(self.rows)
            if row.role == role and (pictures is None or row.picture in pictures)
        )

    def edits(self) -> Iterator[tuple[int, int, int]]:
        """List the cond rows that are edits, each as (batch row, batch row of its source, number of the edit).

        Raises:
            CaptureError: If the source of one is not in this call.
        """
        for index, row in enumerate(self.rows):
            if row.role == "cond" and row.edit:
                yield index, self._source_of(row), row.edit

    def _source_of(self, edited: Row) -> int:
        for index, row in enumerate(self.rows):
            if row.role != "uncond" and row.picture == edited.source and not row.edit:
                return index
        raise CaptureError(
            f"the source of picture {edited.picture} in the same UNet call",
            got=[row.picture for row in self.rows],
            remedy="Run sources and edits in one batch.",
        )


class Conductor(threading.local):
    """Holds the cue of the UNet call that is running.

    One a host. The driver of the sampling wraps every UNet call in `playing`; hooks read `cue`. Outside such a call
    there is no cue, so a hook that fires for somebody else's run knows that it must look away. Every thread has a cue
    of its own, so that goes for a run in another thread too, at whatever moment it happens.
    """

    def __init__(self) -> None:
        self._cues: list[Cue] = []

    @property
    def is_playing(self) -> bool:
        """Whether a UNet call of ours is running."""
        return bool(self._cues)

    @property
    def cue(self) -> Cue:
        """The cue of the running call.

        Raises:
            CaptureError: If no call of ours is running.
        """
        if not self._cues:
            raise CaptureError("a UNet call announced by its driver", got="none", remedy="Wrap it in `playing(cue)`.")
        return self._cues[-1]

    @contextmanager
    def playing(self, cue: Cue) -> Iterator[Cue]:
        """Announce one UNet call for the time of the block; nested calls shadow outer ones."""
        self._cues.append(cue)
        try:
            yield cue
        finally:
            self._cues.pop()
