"""Swapping the shape or the colour word: without control, by prompt-to-prompt, with local blend, and on one trajectory.

A case counts where the source and the plain run of the edited caption, from the same noise, both show the word that is
swapped: what the model cannot draw no control of attention can bring forth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from benchmarks.editing.cases import Subject, swap_word
from benchmarks.editing.intervals import Line, ratio_of_means, share_of
from benchmarks.editing.pictures import Picture, background_change, shift_between
from benchmarks.editing.question import Desk, Question
from benchmarks.editing.record import Measured, Row
from vxa.app.editing.edit_job import EditJob
from vxa.tiny.checker import Expected, judge
from vxa.tiny.intervals import bootstrap_mean

NEAR = 0.08
"""Share of the width by which an object may move."""
_PLAIN: dict[str, Any] = {"cross_end": 0.0, "self_end": 0.0}


class Swap(Question):
    """Swaps one kind of word."""

    name: str
    num_cases = 24
    kind: ClassVar[str]
    """"shape" or "color"."""

    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Draw the edit without control, and if the model can, with each kind of control."""
        swap = swap_word(subject, self.kind)

        def draw(**options: Any) -> tuple[Any, Any]:
            job = EditJob(prompt=subject.caption, edit=swap.edited, seed=subject.seed, **{**desk.drawing, **options})
            result = desk.studio.edit(job)
            return result.drawn.pictures[0], result.edits[0]

        source, plain = draw(**_PLAIN)
        row: Row = {
            "source": subject.caption, "edit": swap.edited,
            "source right": shows_word(source, subject.expected, self.kind),
            "plain right": shows_word(plain, swap.expected, self.kind),
        }  # fmt: skip
        pictures = {subject.caption: source, f"no control: {swap.new}": plain}
        if row["source right"] and row["plain right"]:
            controls: dict[str, dict[str, Any]] = {
                "replace": {}, "blend": {"blend": f"{swap.old}, {swap.new}"}, "one trajectory": {"method": "cac"},
            }  # fmt: skip
            pictures |= {control: draw(**options)[1] for control, options in controls.items()}
            for control, picture in list(pictures.items())[1:]:
                name = "plain" if control.startswith("no control") else control
                row |= {
                    f"{name} right": shows_word(picture, swap.expected, self.kind),
                    f"{name} shift": shift_between(source, picture),
                    f"{name} change": background_change(source, picture),
                }
        return Measured(row, pictures)

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give rates over the cases that count."""
        both = [row for row in rows if "replace right" in row]
        lines = [
            Line("source shows its word", share_of([row["source right"] for row in rows])),
            Line("edited caption shows its word without control", share_of([row["plain right"] for row in rows])),
        ]
        for name, label in _LABELS.items():
            shifts = [row[f"{name} shift"] for row in both]
            rights = [row[f"{name} right"] for row in both]
            is_main = name == "replace"
            lines += [
                Line(f"{label}: edit happens", share_of(rights), 0.8 if is_main else None),
                Line(
                    f"{label}: mean shift of the centre, share of the width",
                    bootstrap_mean([shift for shift in shifts if shift is not None]), high=NEAR if is_main else None,
                ),
                Line(
                    f"{label}: centre within {NEAR:.0%}",
                    share_of([shift is not None and shift < NEAR for shift in shifts]),
                ),
            ]  # fmt: skip
        return [*lines, *_background_lines(both)]


def shows_word(picture: Picture, expected: Expected, kind: str) -> bool:
    """Whether something of the expected "shape" or "color" is seen in a picture."""
    verdict = judge(picture, [expected])
    return (verdict.shape_right if kind == "shape" else verdict.color_right)[0]


_LABELS = {"plain": "no control", "replace": "replace", "blend": "replace + local blend", "one trajectory": "cac"}


def _background_lines(rows: Sequence[Row]) -> list[Line]:
    def pairs(first: str, second: str) -> list[tuple[float, float]]:
        changes = [(row[f"{first} change"], row[f"{second} change"]) for row in rows]
        return [pair for pair in changes if None not in pair]

    return [
        Line("background change: replace / no control", ratio_of_means(pairs("replace", "plain")), high=1 / 3),
        Line("background change: replace / replace + local blend", ratio_of_means(pairs("replace", "blend")), 3),
        Line("background change: cac / no control", ratio_of_means(pairs("one trajectory", "plain"))),
    ]


class SwapShape(Swap):
    """Swaps the shape word."""

    name = "shape"
    kind = "shape"


class SwapColor(Swap):
    """Swaps the colour word."""

    name = "color"
    kind = "color"
