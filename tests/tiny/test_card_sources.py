from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vxa.core.errors import ConfigError
from vxa.tiny.card import write_card
from vxa.tiny.card_sources import CURVE, NEEDED, Training, gather_sources, read_rows

pytest.importorskip("diffusers")


@pytest.fixture
def before(finished_run: Path, evaluation: Path, tmp_path: Path) -> Path:
    """The sources of a card of the finished run."""
    return write_card(tmp_path / "before", Training(finished_run, "x"), evaluation).parent / "card"


def unet_of(finished_run: Path, folder: Path) -> Path:
    """A run that trained the UNet alone."""
    folder.mkdir()
    for name in ("unet.csv", "unet.config.json"):
        shutil.copy(finished_run / name, folder)
    return folder


def test_a_run_that_goes_on_is_counted_on(finished_run: Path, evaluation: Path, before: Path, tmp_path: Path) -> None:
    training = Training(unet_of(finished_run, tmp_path / "run"), "y", begun_with=before)
    texts = gather_sources(tmp_path / "none", training, evaluation)
    rows = read_rows(texts[CURVE])
    assert [(row[0], row[4]) for row in rows if row[2] == "loss"] == [("1", "0"), ("2", "0"), ("3", "1"), ("4", "1")]
    assert set(texts) == set(NEEDED) and texts["command.txt"] == "y\n"
    assert "in runs of\n2 and 2 steps" in write_card(tmp_path / "new", training, evaluation).read_text("utf-8")


def test_a_run_is_not_counted_twice(finished_run: Path, evaluation: Path, before: Path) -> None:
    with pytest.raises(ConfigError, match="a copy of the sources"):
        gather_sources(before, Training(finished_run, "x", begun_with=before), evaluation)


def test_figures_of_another_model_are_refused(finished_run: Path, before: Path) -> None:
    with pytest.raises(ConfigError, match="an evaluation of the new weights"):
        gather_sources(before, Training(finished_run, "x"), None)


def test_what_is_absent_is_named(finished_run: Path, evaluation: Path, before: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no unet\.csv, unet\.config\.json"):
        gather_sources(tmp_path / "none", None, evaluation)
    alone = Training(unet_of(finished_run, tmp_path / "run"), "x")
    with pytest.raises(ConfigError, match=r"no vae\.config\.json, text\.config\.json, latents\.json"):
        gather_sources(before, alone, evaluation)  # those of the last card are another model's
    with pytest.raises(ConfigError, match="a run that trained the UNet"):
        gather_sources(tmp_path / "none", Training(tmp_path / "nowhere", "x"), evaluation)
    assert not (tmp_path / "none").exists()
