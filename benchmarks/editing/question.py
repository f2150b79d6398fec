"""What every question has: cases, how one is measured, and the figures that rows of them give."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

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
    vectors: str = "auto"
    """Head relevance vectors, by name."""

    @property
    def drawing(self) -> dict[str, Any]:
        """How jobs draw."""
        return {"steps": self.steps, "guidance": self.guidance}


class Question(ABC):
    """Something to be shown, over many cases."""

    name: str
    """What users type."""
    num_cases: ClassVar[int]
    """How many cases are usual."""

    def cases(self, split: str, number: int, seed: int) -> Sequence[Subject]:
        """Return the first cases of a split, from a scene's seed on."""
        return find_subjects(split, number, seed)

    def depends_on(self, desk: Desk) -> Row:
        """Say, as JSON, what else the figures depend on; nothing by default."""
        return {}

    @abstractmethod
    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Draw and judge one case."""

    @abstractmethod
    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give the figures."""

    def draw(self, rows: Sequence[Row], folder: Path) -> None:  # noqa: B027 - most questions draw nothing more
        """Draw what there is besides the contact sheet; nothing by default."""
