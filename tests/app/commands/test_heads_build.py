from __future__ import annotations

from pathlib import Path

import pytest

from tests.made_vectors import make_vectors
from vxa.app.cli import main
from vxa.app.heads.files import save_vectors
from vxa.core.head_layers import SD1_LAYERS


def test_what_is_no_file_of_votes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vectors = save_vectors(make_vectors(SD1_LAYERS), tmp_path / "vectors.npz")
    for path in (vectors, tmp_path / "absent.npz"):
        assert main(["heads", "build", str(path), "--out", str(tmp_path / "out.npz")]) == 2
        assert "head votes" in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()
