from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from vxa.core.errors import ConfigError
from vxa.tiny.checker import Expected, judge
from vxa.tiny.evaluate import EvaluateConfig, add_arguments, config_from, relation_figures, run
from vxa.tiny.scenes import draw_scene

pytest.importorskip("diffusers")


def test_a_small_evaluation_measures_everything(tmp_path: Path) -> None:
    lines: list[str] = []
    evaluation = run(EvaluateConfig(num_scenes=4, num_steps=1, out=tmp_path), lines.append)
    assert len(lines) == len([figure for figure in evaluation.figures.values() if figure.count]) >= 15
    written = json.loads((tmp_path / "evaluation.json").read_text("utf-8"))
    assert "out" not in written["config"], "a path of this machine"
    assert written["config"]["num_scenes"] == 4 and set(written["thresholds"]) == {"noun", "color"}
    assert written["picture_side"] == 128 and written["map_sides"] == [16, 8, 4]
    for name, figure in written["figures"].items():
        assert figure["low"] <= figure["mean"] <= figure["high"], name
        assert f"| {name} |" in (tmp_path / "evaluation.md").read_text("utf-8")
    assert evaluation.figures["VAE PSNR (dB)"].mean > 15


def test_relations_of_true_pictures_are_right() -> None:
    scenes = [scene for scene in (draw_scene(seed, "dev") for seed in range(60)) if scene.relation is not None]
    named = [(scene, [Expected(item.noun, item.color) for item in scene.objects]) for scene in scenes]
    figures = relation_figures([judge(scene.picture, expected, scene.relation) for scene, expected in named])
    assert len(scenes) > 20 and all(figure.mean >= 0.9 for figure in figures.values())
    turned = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
    wrong = [judge(s.picture, expected, turned[s.relation]) for s, expected in named if s.relation in turned]
    assert all(figure.mean == 0 for figure in relation_figures(wrong).values())


def test_the_command_s_options_are_the_configuration_s_fields() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert config_from(parser.parse_args([])) == EvaluateConfig()
    flags = "--model m --scenes 3 --steps 5 --guidance 2 --timestep 100 --split dev --out o"
    assert config_from(parser.parse_args(flags.split())) == EvaluateConfig(Path("m"), 3, 5, 2.0, 100, "dev", Path("o"))


@pytest.mark.parametrize("wrong", [{"num_scenes": 0}, {"num_steps": 0}, {"timestep": 1000}, {"split": "validation"}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="Expected"):
        EvaluateConfig(**wrong)
