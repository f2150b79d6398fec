from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from vxa.app.cli import main


def test_scenes_and_drawings_come_on_one_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["tiny", "sample", "--count", "2", "--steps", "1", "--first", "5", "--out", str(tmp_path / "out"), "--json"]
    assert main(words) == 0
    (path,) = json.loads(capsys.readouterr().out)["files"]
    assert Path(path) == tmp_path / "out" / "test-5.png"
    with Image.open(path) as sheet:
        assert sheet.width > 2 * sheet.height / 3


@pytest.mark.parametrize("words", [["--count", "0"], ["--count", "65"], ["--first", "-1"]])
def test_numbers_out_of_range_are_refused(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiny", "sample", "--out", str(tmp_path / "out"), *words]) == 2
    assert "a count from 1 to 64" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
