from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.app.cli import main
from vxa.app.commands import excite
from vxa.engine.host import Host


@pytest.fixture(autouse=True)
def random_model(monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    """Load the random model, which is quicker than the embedded one."""
    monkeypatch.setattr(excite, "loader_from", lambda _: lambda model: host)


def test_words_are_excited_and_what_came_of_it_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["excite", "--prompt", "a red circle", "--words", "circle", "--steps", "2", "--refinements", "1"]
    assert main([*words, "--thresholds", "0=1", "--json", "--out", str(tmp_path / "out")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["job"]["words"] == "circle" and 0 < found["excited"]["circle"] < 1
    assert (tmp_path / "out" / "peaks.png").is_file()
    assert main([*words, "--words", "rose"]) == 2
    assert "got 'rose'" in capsys.readouterr().err
