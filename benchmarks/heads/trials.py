"""The trials on dev by which settings of models with few heads were chosen: `python -m benchmarks.heads.trials`."""

from __future__ import annotations

import sys

from benchmarks.editing.answering import Suite, answer_all
from benchmarks.editing.question import Question
from benchmarks.heads.adjusting import Adjusting
from benchmarks.heads.exciting import WORDINGS, Exciting

ADJUSTING = ((0.0, 1.0), (1.0, 1.0), (1.0, 0.7), (1.0, 0.5))
"""Clamps (0: none) and strengths; the first is what is published for Stable Diffusion 1."""
SHARPNESSES = (100.0, 20.0)
"""The first is as published."""

if __name__ == "__main__":
    trials: list[Question] = [Adjusting(*settings) for settings in ADJUSTING]
    trials += [Exciting(sharpness) for sharpness in SHARPNESSES]
    trials += [Exciting(wording=wording) for wording in WORDINGS if wording != "nouns"]
    about = "Try settings of concept adjusting and of Attend-and-Excite; on dev."
    answer_all(Suite("heads.trials", about, {trial.name: trial for trial in trials}), ["--split", "dev", *sys.argv[1:]])
