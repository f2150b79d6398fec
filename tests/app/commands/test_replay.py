from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vxa.app.cli import main


@pytest.fixture
def saved(tmp_path: Path, picture_file: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "out"
    words = ["visualize", str(picture_file), "--prompt", "a red circle", "--tokens", "circle", "--out", str(folder)]
    assert main([*words, "--quiet"]) == 0
    return folder


def test_the_same_bytes_come_out(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    shutil.move(saved, tmp_path / "moved")
    assert main(["replay", str(tmp_path / "moved" / "circle-heat.png")]) == 0
    out = capsys.readouterr().out
    assert "All 5 pictures are byte for byte as before." in out
    assert {path.name: path.read_bytes() for path in (tmp_path / "moved").iterdir()} == before


def test_json_tells_what_is_the_same(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(saved / "sheet.png"), "--out", str(tmp_path / "new"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["same"]) == 5 and found["changed"] == []
    assert found["folder"] == str(tmp_path / "new")


def test_a_lost_source_is_asked_for(saved: Path, picture_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (saved / "source.png").unlink()
    assert main(["replay", str(saved / "sheet.png")]) == 2
    assert "--picture" in capsys.readouterr().err
    assert main(["replay", str(saved / "sheet.png"), "--picture", str(picture_file)]) == 0
