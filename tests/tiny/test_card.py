from __future__ import annotations

from pathlib import Path

import pytest

from vxa.core.errors import ConfigError
from vxa.tiny import card
from vxa.tiny.card import NAME, compose_card, write_card
from vxa.tiny.card_sources import Training, gather_sources

pytest.importorskip("diffusers")


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_card_holds_the_run_s_and_the_evaluation_s_figures(
    finished_run: Path, evaluation: Path, tmp_path: Path
) -> None:
    path = write_card(tmp_path / "card", Training(finished_run, "vxa tiny train --out x"), evaluation)
    text = path.read_text("utf-8")
    assert path.name == NAME and "$" not in text
    assert "Pictures are 256×256, latents 32×32, attention maps 32², 16²." in text
    assert "outside by 15 pixels of 512, as is common: 0.94 of a cell" in text
    assert "| one object: shape | 0.750 | 0.500 – 1.000 | 4 |" in text
    assert "saw 8 samples (batch 4" in text and "`vxa tiny train --out x`" in text
    assert "--scenes 4 --steps 2 --guidance 4.0 --timestep 300" in text
    for line in text.splitlines():
        if line.startswith("![loss]"):
            assert (path.parent / line.split("(")[1].rstrip(")")).is_file()


def test_the_shipped_card_is_what_is_written_from_what_lies_beside_it() -> None:
    shipped = Path(card.__file__).parent
    assert compose_card(gather_sources(shipped / "card", None, None)) == (shipped / NAME).read_text("utf-8")


def test_another_evaluation_changes_the_figures_alone(finished_run: Path, evaluation: Path, tmp_path: Path) -> None:
    before = write_card(tmp_path, Training(finished_run, "x"), evaluation).read_text("utf-8")
    evaluation.write_text(evaluation.read_text("utf-8").replace("0.75", "0.65"), encoding="utf-8")
    after = write_card(tmp_path, evaluation=evaluation).read_text("utf-8")
    assert after != before and after == before.replace("shape | 0.750", "shape | 0.650")


def test_what_is_no_evaluation_changes_nothing(finished_run: Path, evaluation: Path, tmp_path: Path) -> None:
    write_card(tmp_path / "card", Training(finished_run, "x"), evaluation)
    before = files_in(tmp_path / "card")
    for wrong in ("{}", "[]", "no json"):
        evaluation.write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigError, match="as they were written"):
            write_card(tmp_path / "card", evaluation=evaluation)
    assert files_in(tmp_path / "card") == before
