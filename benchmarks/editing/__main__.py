"""Measure what editing and painting achieve on the embedded model; see `python -m benchmarks.editing --help`."""

from __future__ import annotations

from benchmarks.editing.answering import Suite, answer_all
from benchmarks.editing.inversion import Inversion
from benchmarks.editing.paint import Blobs, Paint
from benchmarks.editing.reweight import Reweight
from benchmarks.editing.swap import SwapColor, SwapShape

QUESTIONS = (SwapShape(), SwapColor(), Reweight(), Paint(), Blobs(), Inversion())

if __name__ == "__main__":
    about = "Measure what editing and painting achieve on the embedded model."
    answer_all(Suite("editing", about, {question.name: question for question in QUESTIONS}))
