from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vxa.app.cli import main
from vxa.app.heads.files import save_counts
from vxa.core.concepts import Concepts
from vxa.core.head_counts import add_winners, start_counts
from vxa.core.head_layers import HeadLayers


def test_what_was_counted_twice_is_not_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = start_counts(Concepts.of({"Color": ["red"]}), HeadLayers(("mid.0.0.cross",), (2,)), 1, {})
    path = save_counts(add_winners(start, np.zeros((1, 1, 2), int), [0]), tmp_path / "counts.npz")
    assert main(["heads", "merge", str(path), str(path), "--out", str(tmp_path / "whole.npz")]) == 2
    assert "1 in two files" in capsys.readouterr().err and not (tmp_path / "whole.npz").exists()
