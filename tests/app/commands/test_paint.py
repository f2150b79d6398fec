from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vxa.app.cli import main
from vxa.app.commands import paint
from vxa.engine.host import Host


@pytest.fixture(autouse=True)
def random_model(monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    """Load the random model, which is quicker than the embedded one."""
    monkeypatch.setattr(paint, "loader_from", lambda _: lambda model: host)


def test_masks_are_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, :32] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    words = ["paint", "--prompt", "a red circle", "--height", "64", "--width", "64", "--steps", "1", "--json"]
    assert main([*words, "--mask", f"red circle={tmp_path / 'm.png'}", "--out", str(tmp_path / "out")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["job"]["words"] == "red circle" and 0 < found["inside"]["red circle"] < 1
    assert (tmp_path / "out" / "mask-red_circle.png").is_file()
    for wrong in ("circle", "circle=", f"circle={tmp_path / 'absent.png'}"):
        assert main([*words, "--mask", wrong]) == 2
    assert main(words) == 2
    assert "at least one painted word" in capsys.readouterr().err
