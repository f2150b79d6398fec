from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from vxa.app.cli import main


def test_a_picture_is_drawn_and_saved_with_its_maps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["generate", "--prompt", "a red/blue circle", "--tokens", "circle", "--steps", "3", "--record-steps", "1,2"]
    assert main([*words, "--height", "64", "--width", "96", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    folder = tmp_path / "a_red_blue_circle-vxa"
    assert found["folder"] == str(folder)
    names = {"picture.png", "sheet.png", "maps.npz", "job.json"}
    assert {path.name for path in folder.iterdir()} == names | {
        f"circle-{mode}.png" for mode in ("heat", "mask", "grey")
    }
    with Image.open(folder / "picture.png") as image:
        assert (image.height, image.width) == (64, 96)
    assert found["job"]["record_steps"] == [1, 2]
