from __future__ import annotations

import csv
import itertools
import math
import os
import signal
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from vxa.core.errors import ConfigError
from vxa.tiny.loop import AveragedWeights, LoopConfig, Trainer, step_generator


class LineStage:
    """Fit a line: the smallest thing the loop can train."""

    name = "line"

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.module: nn.Module = nn.Linear(2, 1)

    def compute_loss(self, step: int) -> dict[str, Tensor]:
        inputs = torch.randn(8, 2, generator=step_generator(5, step))
        return {"loss": ((self.module(inputs) - inputs.sum(1, keepdim=True)) ** 2).mean()}

    def probe(self) -> dict[str, float]:
        weight = self.module.weight
        assert isinstance(weight, Tensor)
        return {"first": float(weight[0, 0].detach())}


CONFIG = LoopConfig(num_steps=30, batch_size=8, learning_rate=0.05, warmup_steps=2, log_steps=5, probe_steps=10)


def test_the_rate_rises_stays_and_falls() -> None:
    config = LoopConfig(num_steps=100, batch_size=1, learning_rate=1.0, warmup_steps=10, decay_share=0.5)
    rates = [config.rate_at(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[9:50] == [1.0] * 41
    assert all(one > other for one, other in itertools.pairwise(rates[51:]))
    assert rates[-1] == pytest.approx(config.final_rate, abs=0.01)


def test_it_learns_reports_and_writes_the_curve(tmp_path: Path) -> None:
    lines: list[str] = []
    stage = LineStage()
    Trainer(stage, CONFIG, tmp_path).run(lines.append)
    assert len(lines) == 6 and "samples/s" in lines[-1] and "min left" in lines[-1]
    with (tmp_path / "line.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    losses = [float(row["value"]) for row in rows if row["name"] == "loss"]
    assert len(losses) == 6 and losses[-1] < losses[0] / 2
    assert [int(row["step"]) for row in rows if row["name"] == "first"] == [10, 20, 30]


def test_an_interrupted_run_goes_on_exactly(tmp_path: Path) -> None:
    straight = LineStage()
    Trainer(straight, CONFIG, tmp_path / "straight").run()

    def interrupt(_line: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        Trainer(LineStage(), CONFIG, tmp_path / "broken").run(interrupt)
    assert signal.getsignal(signal.SIGINT) is before
    resumed_stage = LineStage()
    resumed = Trainer(resumed_stage, CONFIG, tmp_path / "broken")
    assert 0 < resumed.step < CONFIG.num_steps
    resumed.run()
    for one, other in zip(straight.module.parameters(), resumed_stage.module.parameters(), strict=True):
        assert torch.equal(one, other)
    assert {path.name for path in (tmp_path / "broken").iterdir()} == {"line.csv", "line.state.pt"}


def test_losses_are_means_of_the_steps_done_also_after_a_resumption(tmp_path: Path) -> None:
    class EvenStage(LineStage):
        def compute_loss(self, step: int) -> dict[str, Tensor]:
            return {"loss": 1 + 0 * super().compute_loss(step)["loss"]}

    def interrupt(_line: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        Trainer(EvenStage(), CONFIG, tmp_path).run(interrupt)
    Trainer(EvenStage(), CONFIG, tmp_path).run()
    with (tmp_path / "line.csv").open(encoding="utf-8") as file:
        losses = {row["step"]: float(row["value"]) for row in csv.DictReader(file) if row["name"] == "loss"}
    assert losses == dict.fromkeys(["5", "10", "15", "20", "25", "30"], 1.0)


def test_a_finished_run_does_nothing(tmp_path: Path) -> None:
    Trainer(LineStage(), CONFIG, tmp_path).run()
    again = Trainer(LineStage(), CONFIG, tmp_path)
    assert again.is_finished
    lines: list[str] = []
    again.run(lines.append)
    assert lines == ["line: all 30 steps were done before"]


def test_the_average_follows_and_is_lent() -> None:
    module = nn.Linear(1, 1)
    average = AveragedWeights(module, decay=0.5)
    start = float(module.weight.detach())
    with torch.no_grad():
        module.weight += 1
    average.update(module)
    share = 1 - min(0.5, 2 / 11)
    with average.swapped_into(module) as lent:
        assert float(lent.weight.detach()) == pytest.approx(start + share)
    assert float(module.weight.detach()) == pytest.approx(start + 1)


def test_the_average_s_decay_is_the_one_asked_for_in_the_end() -> None:
    module, average = nn.Linear(1, 1), None
    average = AveragedWeights(module, decay=0.9)
    average.num_updates = 10_000
    before = average.values[0].clone()
    with torch.no_grad():
        module.weight += 1
    average.update(module)
    assert math.isclose(float(average.values[0] - before), 0.1, rel_tol=1e-4)


def test_steps_have_their_own_randomness() -> None:
    draws = [torch.rand(1, generator=step_generator(seed, step)).item() for seed in (0, 1) for step in range(20)]
    assert len(set(draws)) == len(draws)
    assert torch.rand(1, generator=step_generator(1, 3)).item() == draws[23]


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    Trainer(LineStage(), CONFIG, tmp_path).save()
    wider = LineStage()
    wider.module = nn.Linear(3, 1)
    with pytest.raises(ConfigError, match="other sizes"):
        Trainer(wider, CONFIG, tmp_path)


def test_an_impossible_schedule_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 1 step"):
        LoopConfig(num_steps=0, batch_size=1, learning_rate=1.0)
    with pytest.raises(ConfigError, match="a learning rate above 0"):
        LoopConfig(num_steps=1, batch_size=1, learning_rate=float("nan"))
