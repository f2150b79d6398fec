from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.app.cli import main
from vxa.app.commands import heads_adjust
from vxa.engine.host import Host


@pytest.fixture(autouse=True)
def random_model(monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    """Load the random model, which is quicker than the embedded one."""
    monkeypatch.setattr(heads_adjust, "loader_from", lambda _: lambda model: host)


def test_words_are_adjusted(vectors_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["heads", "adjust", "--prompt", "a rose square", "--vectors", vectors_file, "--height", "32"]
    words += ["--width", "32", "--steps", "1", "--out", str(tmp_path), "--adjust"]
    assert main([*words, "rose=color not shape", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["job"]["adjust"] == "rose=color not shape" and found["change"][0] > 0
    assert {path.name for path in tmp_path.iterdir()} == {"picture.png", "plain.png", "sheet.png", "job.json"}
    assert main([*words, "rose=color not shape"]) == 0
    assert "as color, not shape" in capsys.readouterr().out
    assert main([*words, "lily=color not shape"]) == 2
    assert "got 'lily'" in capsys.readouterr().err
