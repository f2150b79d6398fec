from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from vxa.core.errors import ConfigError
from vxa.tiny.model import ModelParts
from vxa.tiny.trials import TRIALS, Trial, TrialsConfig, dev_losses, run, run_trial, write_report

pytest.importorskip("diffusers")


@pytest.fixture
def config(finished_run: Path, tmp_path: Path) -> TrialsConfig:
    return TrialsConfig(finished_run, tmp_path, finished_run / "model", num_steps=2, batch_size=4, num_scenes=2)


def weights_after(config: TrialsConfig, name: str, part: str) -> dict[str, torch.Tensor]:
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
    rows = [line for line in table.splitlines() if TRIALS["high-noise"].name in line]
    assert len(rows) == 1 and "[" in rows[0] and "guidance 2 |" in table
    figures = json.loads((config.out / "recipe.json").read_text())
    assert len(figures["losses"]) == 2 and all(0 <= figures[name] <= 1 for name in figures if name != "losses")
    lines.clear()
    assert run(config, ["recipe", "guidance-2"], lines.append).read_text() == table and not lines


def test_the_text_encoder_learns_only_in_its_trial(config: TrialsConfig) -> None:
    before = ModelParts.load(config.model).text_encoder.state_dict()
    for name in ("recipe", "joint"):
        run_trial(TRIALS[name], config, config.out / name)
    assert set(weights_after(config, "recipe", "text.")) == set()
    after = weights_after(config, "joint", "text.")
    assert set(after) == set(before)
    assert any(not torch.equal(after[name], before[name]) for name in after)
    one, other = weights_after(config, "recipe", ""), weights_after(config, "joint", "unet.")
    assert set(one) == set(other) and any(not torch.equal(one[name], other[name]) for name in one)


def test_without_an_average_the_last_weights_are_measured(config: TrialsConfig) -> None:
    figures = run_trial(Trial("last", ema_decay=0.0), config, config.out / "last")
    parts = ModelParts.load(config.model)
    parts.unet.load_state_dict(weights_after(config, "last", ""))
    assert np.allclose(figures["losses"], dev_losses(parts, 2), rtol=1e-5)


def test_losses_are_set_against_the_recipe_s(tmp_path: Path) -> None:
    for name, losses in (("recipe", [1.0, 3.0]), ("joint", [1.1, 3.1])):
        (tmp_path / f"{name}.json").write_text(json.dumps({"two bound": 0.5, "losses": losses}))
    rows = write_report(tmp_path).read_text().splitlines()
    assert rows[2].endswith("| – |") and rows[3].endswith("| +5.00 [+5.00, +5.00] |")


def test_trials_need_latents_and_something_to_do(config: TrialsConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Run the stage latents"):
        run_trial(TRIALS["recipe"], TrialsConfig(tmp_path / "none", tmp_path, config.model), tmp_path)
    with pytest.raises(ConfigError, match="at least one step"):
        TrialsConfig(tmp_path, tmp_path, num_steps=0)
