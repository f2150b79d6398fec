from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.app.cli import main
from vxa.app.commands import edit, invert
from vxa.engine.host import Host


@pytest.fixture(autouse=True)
def random_model(monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    """Load the random model, which is quicker than the embedded one."""
    monkeypatch.setattr(invert, "loader_from", lambda _: lambda model: host)
    monkeypatch.setattr(edit, "loader_from", lambda _: lambda model: host)


def test_a_picture_is_inverted_once_and_edited(
    tmp_path: Path, picture_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inverted, out = tmp_path / "inverted", tmp_path / "out"
    words = ["invert", str(picture_file), "--prompt", "a red circle", "--steps", "2", "--guidance", "3"]
    assert main([*words, "--out", str(inverted)]) == 0
    assert f"vxa edit --inverted {inverted}" in capsys.readouterr().out
    words = ["edit", "--inverted", str(inverted), "--edit", "a green circle", "--out", str(out)]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["job"]["steps"] == 2 and found["job"]["guidance"] == 3 and found["job"]["prompt"] == "a red circle"
    assert [token["state"] for token in found["alignments"][0]["target"]] == ["kept", "swapped", "kept"]
    assert main([*words, "--steps", "3"]) == 2
    assert "others: steps" in capsys.readouterr().err


def test_a_source_is_drawn_and_the_alignment_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["edit", "--prompt", "a circle", "--edit", "a red circle", "--steps", "1"]) == 0
    assert "refine: a circle → a +red circle" in capsys.readouterr().out
    assert (tmp_path / "a_red_circle-edit" / "sheet.png").is_file()
    assert main(["edit", "--edit", "a red circle"]) == 2
    assert "the setting 'prompt'" in capsys.readouterr().err
