"""Swapping the shape or the colour word by prompt-to-prompt, and by prompt-to-prompt strengthened by its concept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from benchmarks.editing.cases import Subject, swap_word
from benchmarks.editing.intervals import Line, share_of
from benchmarks.editing.pictures import background_change, shift_between
from benchmarks.editing.question import Desk
from benchmarks.editing.record import Measured, Row
from benchmarks.editing.swap import shows_word
from benchmarks.heads.question import HeadQuestion
from vxa.app.editing.edit_job import EditJob
from vxa.tiny.intervals import bootstrap_mean

_LONG: dict[str, Any] = {"cross_end": 0.8, "self_end": 0.9}
"""Windows published for P2P-HRV, which hold more of the source than prompt-to-prompt can afford."""
PAIRS: dict[str, tuple[str, dict[str, Any]]] = {"p2p": ("p2p-hrv", {}), "p2p, held long": ("p2p-hrv, held long", _LONG)}
"""By name without concepts: name with them, and windows."""
WAYS = tuple(way for plain, (strengthened, _) in PAIRS.items() for way in (plain, strengthened))


class Strengthening(HeadQuestion):
    """Swaps one kind of word in every way."""

    num_cases = 10
    concept: ClassVar[str]
    """"shape" or "color"."""

    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Draw one swap in every way."""
        swap = swap_word(subject, self.concept)
        row: Row = {"source": subject.caption, "edit": swap.edited}
        pictures = {}
        for plain, (strengthened, windows) in PAIRS.items():
            for way, concepts in ((plain, ""), (strengthened, f"{swap.new}={self.concept}")):
                job = EditJob(
                    prompt=subject.caption, edit=swap.edited, seed=subject.seed, concepts=concepts,
                    vectors=desk.vectors, **windows, **desk.drawing,
                )  # fmt: skip
                result = desk.studio.edit(job)
                source, picture = result.drawn.pictures[0], result.edits[0]
                pictures |= {subject.caption: source, f"{way}: {swap.new}": picture}
                row |= {
                    "source right": shows_word(source, subject.expected, self.concept),
                    f"{way} right": shows_word(picture, swap.expected, self.concept),
                    f"{way} shift": shift_between(source, picture),
                    f"{way} change": background_change(source, picture),
                }
        return Measured(row, pictures)

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give rates over the cases whose source shows its word."""
        right = [row for row in rows if row["source right"]]
        lines = [Line("source shows its word", share_of([row["source right"] for row in rows]))]
        for way in WAYS:
            lines += [
                Line(f"{way}: edit happens", share_of([row[f"{way} right"] for row in right])),
                Line(f"{way}: mean shift of the centre, share of the width", _mean(right, f"{way} shift")),
                Line(f"{way}: background change, 0 to 255", _mean(right, f"{way} change")),
            ]
        for plain, (strengthened, _) in PAIRS.items():
            gains = [float(row[f"{strengthened} right"]) - float(row[f"{plain} right"]) for row in right]
            lines.append(Line(f"edit happens, {strengthened} above {plain}", bootstrap_mean(gains), 0))
        return lines


class StrengthenColor(Strengthening):
    """Swaps the colour word."""

    name = "strengthening-color"
    concept = "color"


class StrengthenShape(Strengthening):
    """Swaps the shape word."""

    name = "strengthening-shape"
    concept = "shape"


def _mean(rows: Sequence[Row], name: str) -> Any:
    return bootstrap_mean([row[name] for row in rows if row[name] is not None])
