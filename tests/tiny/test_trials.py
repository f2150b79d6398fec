from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vxa.core.errors import ConfigError
from vxa.tiny.alone import alone_in
from vxa.tiny.model import ModelConfig, ModelParts
from vxa.tiny.trials import FRESH, FRESH_FACTOR, TRIALS, TrialsConfig, dev_losses, run

pytest.importorskip("diffusers")


@pytest.fixture
def config(finished_run: Path, tmp_path: Path) -> TrialsConfig:
    return TrialsConfig(finished_run, tmp_path, finished_run / "model", num_steps=2, batch_size=4, num_scenes=2)


def weights_after(config: TrialsConfig, name: str, part: str = "") -> dict[str, torch.Tensor]:
    values = torch.load(config.out / name / "unet.state.pt", weights_only=True)["module"]
    return {key.removeprefix(part): value for key, value in values.items() if key.startswith(part)}


def test_trials_end_in_a_table_and_are_not_done_twice(config: TrialsConfig) -> None:
    lines: list[str] = []
    table = run(config, ["recipe", "high-noise", "guidance-2"], lines.append).read_text()
    assert [line for line in lines if line.startswith("trial")] == [
        "trial recipe",
        "trial high-noise",
        "trial guidance-2",
    ]
    rows = [line for line in table.splitlines() if TRIALS["high-noise"].title in line]
    assert len(rows) == 1 and "[" in rows[0] and "guidance 2 |" in table
    assert table.startswith("Trainings of 2 steps of 4 samples; ")
    result = json.loads((config.out / "recipe.json").read_text())
    assert len(result["losses"]) == 2 and all(0 <= value <= 1 for value in result["figures"].values())
    lines.clear()
    assert run(config, ["recipe", "guidance-2"], lines.append).read_text() == table and not lines


def test_the_text_encoder_learns_only_in_its_trial(config: TrialsConfig) -> None:
    before = ModelParts.load(config.model).text_encoder.state_dict()
    run(config, ["recipe", "joint"])
    assert weights_after(config, "recipe", "text.") == {}
    after = weights_after(config, "joint", "text.")
    assert set(after) == set(before)
    assert any(not torch.equal(after[name], before[name]) for name in after)
    one, other = weights_after(config, "recipe"), weights_after(config, "joint", "unet.")
    assert set(one) == set(other) and any(not torch.equal(one[name], other[name]) for name in one)


def test_the_last_weights_are_those_of_the_recipe_s_own_training(config: TrialsConfig) -> None:
    run(config, ["recipe", "last-weights"])
    assert not (config.out / "last-weights").exists()
    parts = ModelParts.load(config.model)
    parts.unet.load_state_dict(weights_after(config, "recipe"))
    losses = {name: json.loads((config.out / f"{name}.json").read_text())["losses"] for name in TRIALS if
              (config.out / f"{name}.json").exists()}  # fmt: skip
    assert np.allclose(losses["last-weights"], dev_losses(parts, 2), rtol=1e-5)
    assert losses["last-weights"] != losses["recipe"]
    assert all(parameter.requires_grad for parameter in parts.text_encoder.parameters()), "measured, not frozen"


def test_widths_are_tried_from_scratch_for_longer_and_compared_with_each_other(config: TrialsConfig) -> None:
    table = run(config, ["as-shipped", "narrow"]).read_text()
    rows = [line for line in table.splitlines() if line.startswith(("| widths", "| from scratch"))]
    assert "samples, 8 times as many from scratch; " in table
    assert len(rows) == 3 and "loss against widths 64, 128, 128" in rows[0] and rows[1].endswith("| – |")
    for name in ("as-shipped", "narrow"):
        state = torch.load(config.out / name / "unet.state.pt", weights_only=True)
        assert state["step"] == FRESH_FACTOR * config.num_steps
        assert state["module"]["conv_norm_out.weight"].shape == (64,)
        assert state["module"]["mid_block.resnets.0.conv1.weight"].shape[0] == FRESH[name].widths[-1]


def test_the_first_widths_are_those_that_are_shipped() -> None:
    assert FRESH["as-shipped"].widths == ModelConfig().unet_widths


def test_results_of_other_settings_are_not_mixed(config: TrialsConfig) -> None:
    with pytest.raises(ConfigError, match="Run the stage latents"):
        run(replace(config, latents=config.out / "none"), ["recipe"])
    with pytest.raises(ConfigError, match="another folder"):
        run(replace(config, num_steps=3), ["recipe"])
    assert not (config.out / "recipe").exists()


def test_a_training_is_not_shared_by_two_trials_at_once(config: TrialsConfig) -> None:
    with alone_in(config.out / "recipe"), pytest.raises(ConfigError, match="nothing else at work"):
        run(config, ["last-weights"])


def test_a_model_that_is_not_there_is_refused_before_anything_is_written(config: TrialsConfig) -> None:
    with pytest.raises(ConfigError, match="a model's folder"):
        run(replace(config, model=config.out / "none"), ["recipe"])
    assert not list(config.out.iterdir())


def test_trials_need_latents_and_something_to_do(config: TrialsConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Run the stage latents"):
        run(replace(config, latents=tmp_path / "none"), ["recipe"])
    with pytest.raises(ConfigError, match="at least one step"):
        TrialsConfig(tmp_path, tmp_path, num_steps=0)
