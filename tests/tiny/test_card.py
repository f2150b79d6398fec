from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.tiny import card
from vxa.tiny.card import NAME, CardSource, compose_card, write_card

pytest.importorskip("diffusers")


@pytest.fixture
def evaluation(tmp_path: Path) -> Path:
    content = {
        "config": {"num_scenes": 4, "num_steps": 2, "guidance": 4.0, "timestep": 300, "split": "test"},
        "figures": {"one object: shape": {"mean": 0.75, "low": 0.5, "high": 1.0, "count": 4}},
        "thresholds": {"noun": 0.4, "color": 0.5},
        "num_parameters_millions": 9.2,
        "picture_side": 256,
        "map_sides": [32, 16],
    }
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_the_card_holds_the_run_s_and_the_evaluation_s_figures(
    finished_run: Path, evaluation: Path, tmp_path: Path
) -> None:
    path = write_card(CardSource(finished_run, evaluation, "vxa tiny train --out x"), tmp_path / "card")
    text = path.read_text("utf-8")
    assert path.name == NAME and "$" not in text
    assert "Pictures are 256×256, latents 32×32, attention maps 32², 16²." in text
    assert "| one object: shape | 0.750 | 0.500 – 1.000 | 4 |" in text
    assert "saw 8 samples (batch 4" in text and "`vxa tiny train --out x`" in text
    assert "--scenes 4 --steps 2 --guidance 4.0 --timestep 300" in text
    for line in text.splitlines():
        if line.startswith("![loss]"):
            assert (path.parent / line.split("(")[1].rstrip(")")).is_file()


def test_a_run_that_goes_on_is_counted_on(finished_run: Path, evaluation: Path, tmp_path: Path) -> None:
    first = write_card(CardSource(finished_run, evaluation, "x"), tmp_path / "first")
    (tmp_path / "run").mkdir()
    for name in ("unet.csv", "unet.config.json"):
        (tmp_path / "run" / name).write_bytes((finished_run / name).read_bytes())
    source = CardSource(tmp_path / "run", evaluation, "x", begun_with=first.parent / "card")
    text = write_card(source, tmp_path / "second").read_text("utf-8")
    assert "saw 16 samples" in text and "in runs of\n2 and 2 steps" in text


def test_the_shipped_card_can_be_written_anew_from_what_lies_beside_it(evaluation: Path) -> None:
    shipped = Path(card.__file__).parent / "card"
    text = compose_card(CardSource(shipped, evaluation, "x"), shipped)
    assert "$" not in text and (shipped / "notes.md").read_text("utf-8") in text
