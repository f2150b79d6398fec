from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.app.cli import main
from vxa.app.heads.files import load_vectors
from vxa.engine.host import Host


def test_the_vectors_of_the_embedded_model_are_made_anew(
    embedded_host: Host, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "vectors.npz"
    words = ["--count", "2", "--steps", "1", "--counts", str(tmp_path / "counts"), "--out", str(out), "--json"]
    assert main(["tiny", "vectors", *words]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == {"vectors": str(out)}
    vectors = load_vectors(out)
    assert vectors.fits(embedded_host.sites.head_layers) and vectors.provenance["pictures"] == 2
    assert vectors.provenance["model"]["hash"] == embedded_host.info.hash


def test_a_number_out_of_range_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiny", "vectors", "--count", "0"]) == 2
    assert "captions" in capsys.readouterr().err
