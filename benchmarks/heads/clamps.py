"""The trial by which the clamp of concept adjusting in small models was chosen: `python -m benchmarks.heads.clamps`."""

from __future__ import annotations

import sys

from benchmarks.editing.answering import Suite, answer_all
from benchmarks.heads.adjusting import Adjusting

CLAMPS = (0.0, 3.0, 2.0, 1.5, 1.2, 1.0)
"""0 cuts nothing off, as published for Stable Diffusion 1."""

if __name__ == "__main__":
    trials = [Adjusting(clamp) for clamp in CLAMPS]
    about = "Try where to cut the vectors off when a concept is adjusted; on dev."
    answer_all(Suite("heads.clamps", about, {trial.name: trial for trial in trials}), ["--split", "dev", *sys.argv[1:]])
