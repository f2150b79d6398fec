"""Measure what head relevance vectors are good for on the embedded model; see `python -m benchmarks.heads --help`."""

from __future__ import annotations

from benchmarks.editing.answering import Suite, answer_all
from benchmarks.heads.adjusting import Adjusting
from benchmarks.heads.exciting import Exciting
from benchmarks.heads.strengthening import StrengthenColor, StrengthenShape
from benchmarks.heads.weakening import Weakening

QUESTIONS = (Weakening(), Adjusting(), StrengthenColor(), StrengthenShape(), Exciting(), Exciting(wording="phrases"))

if __name__ == "__main__":
    about = "Measure what head relevance vectors are good for on the embedded model."
    answer_all(Suite("heads", about, {question.name: question for question in QUESTIONS}))
