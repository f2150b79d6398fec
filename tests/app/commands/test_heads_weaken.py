from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.app.cli import main
from vxa.app.commands import heads_weaken
from vxa.engine.host import Host


def test_curves_are_told_and_saved(
    host: Host, vectors_file: str, clip_folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(heads_weaken, "loader_from", lambda _: lambda model: host)
    words = ["heads", "weaken", "--prompt", "a red square", "--concept", "color", "--counts", "9", "--steps", "1"]
    words += ["--height", "32", "--width", "32", "--orders", "most,least", "--vectors", vectors_file]
    words += ["--out", str(tmp_path)]
    assert main([*words, "--clip", clip_folder]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["similarity:", "weakened heads  most   least"] and lines[2].split()[0] == "0"
    assert (tmp_path / "weaken.csv").is_file() and (tmp_path / "curves-similarity.png").is_file()
    assert main([*words, "--clip", clip_folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == [0, 9]
    assert main(words) == 2
    assert "a CLIP model to score the pictures with" in capsys.readouterr().err
