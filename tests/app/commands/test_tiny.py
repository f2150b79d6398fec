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


def test_the_model_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    # too few scenes and steps for figures that mean anything: what is tested is that the command measures and tells
    assert main(["tiny", "evaluate", "--scenes", "2", "--steps", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["config"]["num_scenes"] == 2
    for figure in found["figures"].values():
        assert figure["low"] <= figure["mean"] <= figure["high"]
        assert figure["count"] >= 1


def test_training_takes_its_own_flags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["tiny", "train", "--stages", "nonsense", "--out", str(tmp_path)])
    assert caught.value.code == 2
    assert "invalid choice: 'nonsense'" in capsys.readouterr().err


def test_an_action_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["tiny"])
    assert caught.value.code == 2
