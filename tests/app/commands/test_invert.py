from __future__ import annotations

from pathlib import Path

import pytest

from vxa.app.cli import main
from vxa.app.commands import invert
from vxa.engine.host import Host


@pytest.fixture(autouse=True)
def random_model(monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    """Load the random model, which is quicker than the embedded one."""
    monkeypatch.setattr(invert, "loader_from", lambda _: lambda model: host)


def test_how_good_it_is_is_told(
    tmp_path: Path, picture_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["invert", str(picture_file), "--prompt", "a red circle", "--steps", "1"]) == 0
    assert "direct inversion: drawn again at" in capsys.readouterr().out
    assert (tmp_path / "shapes-inverted" / "inversion.safetensors").is_file()
