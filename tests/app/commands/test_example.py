from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.app.cli import main
from vxa.app.example import find_example


def test_the_example_is_shown_and_its_overlays_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["example"]) == 0
    out = capsys.readouterr().out
    assert find_example().prompt in out
    for name in ("circle-heat.png", "square-heat.png"):
        assert str(tmp_path / "vxa-example" / name) in out.splitlines()[-2] + out.splitlines()[-1]
        assert (tmp_path / "vxa-example" / name).is_file()


def test_json_names_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["example", "--json", "--out", str(tmp_path / "out")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["folder"] == str(tmp_path / "out")
    assert found["job"]["prompt"] == find_example().prompt
