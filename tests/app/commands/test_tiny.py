from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.app.cli import main


def test_the_model_is_exported_for_the_webui(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiny", "export-webui", str(tmp_path / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert Path(found["weights"]) == tmp_path / "out" / "vxa-tiny.safetensors"
    assert all(Path(path).exists() for path in found.values())


def test_training_takes_its_own_flags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["tiny", "train", "--stages", "nonsense", "--out", str(tmp_path)])
    assert caught.value.code == 2
    assert "invalid choice: 'nonsense'" in capsys.readouterr().err


def test_an_action_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["tiny"])
    assert caught.value.code == 2
