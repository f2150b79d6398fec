from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.app.cli import main
from vxa.app.commands import sweep
from vxa.engine.host import Host


@pytest.fixture(autouse=True)
def random_model(monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    """Load the random model, which is quicker than the embedded one."""
    monkeypatch.setattr(sweep, "loader_from", lambda _: lambda model: host)


QUICK = ["--set", "steps=1", "--set", "height=32", "--set", "width=32", "--json"]


def test_a_recipe_and_a_job_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sweep", "no-control", "--over", "scale=0,3", *QUICK, "--out", str(tmp_path / "a")]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["run"] == 2
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"] == 0 and Path(found["sheet"]).is_file()
    mask = Path(found["cells"][0]) / "mask-circle.png"
    words = [
        "sweep",
        "paint",
        "--set",
        "prompt=a circle",
        "--mask",
        f"circle={mask}",
        "--over",
        "method=pww-std,inject1",
    ]
    assert main([*words, *QUICK, "--out", str(tmp_path / "b")]) == 0
    assert json.loads(capsys.readouterr().out)["axes"] == [{"name": "method", "values": ["pww-std", "inject1"]}]


@pytest.mark.parametrize(("words", "message"), [
    (["scale-windows"], "Did you mean scale-window"),
    (["edit", "--set", "prompt=x"], "--over NAME=VALUE,VALUE"),
    (["paint", "--set", "prompt=x", "--set", "words=x", "--over", "scale=1"], "--mask WORD=FILE"),
    (["edit", "--set", "prompt=x", "--over", "cross=1"], "a setting of the job edit"),
])  # fmt: skip
def test_what_is_missing_is_named(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", *words]) == 2
    assert message in capsys.readouterr().err
