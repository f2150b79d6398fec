from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from benchmarks import refresh
from benchmarks.refresh import Refresh


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str | Path]:
    """What would be run."""
    called: list[str | Path] = []
    monkeypatch.setattr(refresh, "call", lambda what, *_: called.append(what))
    return called


def test_pictures_and_golden_values_are_made_by_what_is_in_the_repository(
    called: list[str | Path], tmp_path: Path
) -> None:
    steps = Refresh(tmp_path, None, "", scenes=1).steps
    assert "weights" not in steps, "nothing is shipped without a run"
    steps["golden"]()
    steps["pictures"]()
    assert len(called) >= 3
    for what in called:
        assert what.is_file() if isinstance(what, Path) else importlib.util.find_spec(what) is not None


def test_a_run_that_trained_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        refresh.main(["--out", str(tmp_path), "--run", str(tmp_path / "mistyped")])
    assert "nothing was trained in" in capsys.readouterr().err


def test_a_step_that_does_not_exist_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        refresh.main(["--out", str(tmp_path), "--only", "picturs"])
    assert "steps are: vectors, golden, pictures, editing, heads, trials" in capsys.readouterr().err
