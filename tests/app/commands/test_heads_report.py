from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from vxa.app.commands.heads_report import report_counts
from vxa.app.output import Output
from vxa.core.concepts import Concepts
from vxa.core.head_counts import add_winners, start_counts
from vxa.core.head_layers import HeadLayers


def test_votes_are_listed_with_their_shares() -> None:
    concepts = Concepts.of({"Color": ["red"], "Size": ["small"]})
    start = start_counts(concepts, HeadLayers(("mid.0.0.cross",), (4,)), 1, {"prompts": {"count": 3}})
    counts = add_winners(start, np.array([[[0, 0, 0, 1]]]), [0])
    out = io.StringIO()
    report_counts(counts, Path("counts.npz"), Output(out=out), following="vxa heads merge")
    assert [line.split() for line in out.getvalue().splitlines()[1:3]] == [
        ["Color", "3", "75.00%"],
        ["Size", "1", "25.00%"],
    ]
    assert "1 of 3 pictures counted" in out.getvalue() and "vxa heads merge comes next" in out.getvalue()
