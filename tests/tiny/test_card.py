from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxa.core.errors import ConfigError
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
    path = write_card(CardSource(finished_run, "vxa tiny train --out x", evaluation=evaluation), tmp_path / "card")
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
    first = write_card(CardSource(finished_run, evaluation=evaluation), tmp_path / "first")
    (tmp_path / "run").mkdir()
    for name in ("unet.csv", "unet.config.json"):
        (tmp_path / "run" / name).write_bytes((finished_run / name).read_bytes())
    source = CardSource(tmp_path / "run", begun_with=first.parent / "card", evaluation=evaluation)
    text = write_card(source, tmp_path / "second").read_text("utf-8")
    assert "saw 16 samples" in text and "in runs of\n2 and 2 steps" in text


def test_the_shipped_card_is_what_is_written_from_what_lies_beside_it() -> None:
    shipped = Path(card.__file__).parent
    assert compose_card(shipped / "card") == (shipped / NAME).read_text("utf-8")


def test_another_evaluation_changes_the_figures_alone(finished_run: Path, evaluation: Path, tmp_path: Path) -> None:
    before = write_card(CardSource(finished_run, "x", evaluation=evaluation), tmp_path).read_text("utf-8")
    evaluation.write_text(evaluation.read_text("utf-8").replace("0.75", "0.65"), encoding="utf-8")
    after = write_card(CardSource(evaluation=evaluation), tmp_path).read_text("utf-8")
    assert after != before and after == before.replace("shape | 0.750", "shape | 0.650")


def test_a_card_about_nothing_is_refused(evaluation: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no unet\.csv, command\.txt"):
        write_card(CardSource(evaluation=evaluation), tmp_path / "card")
    assert not (tmp_path / "card" / NAME).exists()
