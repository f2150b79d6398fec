"""What an editing method is, and how several compose."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import ClassVar

from vxa.engine.clock import Cue
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention


class Stage(IntEnum):
    """When a method acts; methods of one stage act in the order given."""

    SCORES = 0
    """On scores, before the softmax."""
    TRANSFER = 1
    """Taking attention over from another row."""
    WEIGHTS = 2
    """On the attention that a row has by then."""


class Method(ABC):
    """An edit of attention. Knows rows, clock and site; computes nothing, but says what attention shall be."""

    stage: ClassVar[Stage]
    """When it acts among other methods."""

    @abstractmethod
    def touches(self, site: Site) -> bool:
        """Whether it may ever change this layer; if not, no hook is put on for it. False if it changes nothing."""

    @abstractmethod
    def edit(self, site: Site, cue: Cue, current: Sequence[Attention]) -> Mapping[int, Attention]:
        """Say what batch rows attend to.

        Args:
            site: A layer that it touches.
            cue: Rows and clock of the running UNet call.
            current: Each row's attention as earlier methods left it.

        Returns:
            New attention of the rows that change, by batch row; empty where nothing does at this moment.
        """


def compose(methods: Iterable[Method], site: Site, cue: Cue) -> dict[int, Attention]:
    """Ask methods in the order of their stages; give the rows that any of them changed."""
    rows = [Attention.of_row(row) for row in range(len(cue.rows))]
    changed: dict[int, Attention] = {}
    for method in sorted(methods, key=lambda method: method.stage):
        edits = method.edit(site, cue, tuple(rows))
        for row, attention in edits.items():
            rows[row] = changed[row] = attention
    return changed
