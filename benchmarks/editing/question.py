"""What every question has: cases, how one is measured, and the figures that rows of them give."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.editing.cases import Subject, find_subjects
from benchmarks.editing.intervals import Line
from benchmarks.editing.record import Measured, Row
from vxa.app.editing.studio import Studio
from vxa.engine.host import Host


@dataclass(frozen=True)
class Desk:
    """What questions work with."""

    host: Host
    studio: Studio
    split: str
    steps: int
    """Sampler steps of every picture."""
    guidance: float
    """Classifier-free guidance of every picture."""

    @property
    def drawing(self) -> dict[str, float]:
        """How jobs draw."""
        return {"steps": self.steps, "guidance": self.guidance}


class Question(ABC):
    """Something to be shown, over many cases."""

    name: ClassVar[str]
    """What users type."""
    num_cases: ClassVar[int]
    """How many cases are usual."""

    def cases(self, split: str, number: int, seed: int) -> Sequence[Subject]:
        """Return the first cases of a split, from a scene's seed on."""
        return find_subjects(split, number, seed)

    @abstractmethod
    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Draw and judge one case."""

    @abstractmethod
    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give the figures."""
