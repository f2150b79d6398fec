from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.app.cli import main
from vxa.app.commands import tiny as tiny_command
from vxa.tiny.evaluate import EvaluateConfig, Evaluation
from vxa.tiny.intervals import Figure


def test_the_model_is_exported_for_the_webui(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tiny", "export-webui", str(tmp_path / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert Path(found["weights"]) == tmp_path / "out" / "vxa-tiny.safetensors"
    assert all(Path(path).exists() for path in found.values())


def test_the_model_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    figure = Figure(0.5, 0.25, 0.75, 4)
    asked: list[EvaluateConfig] = []

    def measure(config: EvaluateConfig, progress: object) -> Evaluation:
        asked.append(config)
        return Evaluation(config, {"pointing": figure}, {"shape": 0.4})

    # measuring itself takes minutes and has tests of its own
    monkeypatch.setattr(tiny_command, "run_evaluation", measure)
    assert main(["tiny", "evaluate", "--scenes", "4"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["pointing", "0.500", "0.250", "to", "0.750", "4"]
    assert main(["tiny", "evaluate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"]["pointing"]["mean"] == 0.5
    assert asked[0].num_scenes == 4


def test_training_takes_its_own_flags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["tiny", "train", "--stages", "nonsense", "--out", str(tmp_path)])
    assert caught.value.code == 2
    assert "invalid choice: 'nonsense'" in capsys.readouterr().err


def test_an_action_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["tiny"])
    assert caught.value.code == 2
