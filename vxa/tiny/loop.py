"""One resumable training loop for all three parts of the model.

Holds the schedule, the moving average, checkpoints, the curve file and the handling of interrupts; what a step
computes is the stage's business. Each step draws its randomness from (seed, step) alone, so a resumed run is the run.
"""

from __future__ import annotations

import csv
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from vxa.core.errors import ConfigError
from vxa.core.whole_file import writing_file
from vxa.tiny.peers import Peers

Progress = Callable[[str], None]
"""Receives one line of text for a person."""


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast a stage learns."""

    num_steps: int
    """Optimizer steps in all; raise it to go on with a finished run."""
    batch_size: int
    """Samples per step, used for the counts shown."""
    learning_rate: float
    """AdamW's rate after the warm-up."""
    warmup_steps: int = 200
    """Steps over which the rate rises from zero."""
    decay_share: float = 0.3
    """Last part of the run over which the rate falls along a half cosine, in [0, 1]."""
    final_rate: float = 0.02
    """Rate at the end as a share of the full one."""
    weight_decay: float = 0.01
    """AdamW's weight decay, on matrices and kernels alone."""
    gradient_clip: float = 1.0
    """Largest norm of the gradient."""
    ema_decay: float = 0.999
    """Decay of the moving average of the weights per step, reached after a warm-up."""
    save_seconds: float = 240.0
    """Time between checkpoints."""
    log_steps: int = 50
    """Steps between lines of the curve file; losses are averaged over them."""
    probe_steps: int = 0
    """Steps between calls of the stage's probe; 0 for never."""

    def __post_init__(self) -> None:
        if self.num_steps < 1 or self.batch_size < 1 or self.log_steps < 1:
            raise ConfigError(
                "at least 1 step in all, 1 sample a step and 1 step a line",
                got=f"{self.num_steps}, {self.batch_size} and {self.log_steps}",
            )
        if not 0 < self.learning_rate < math.inf:
            raise ConfigError("a learning rate above 0", got=self.learning_rate)

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step counted from zero."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        decay_steps = self.decay_share * self.num_steps
        done = (step - (self.num_steps - decay_steps)) / decay_steps if decay_steps > 0 else 0.0
        falling = 0.5 * (1 + math.cos(math.pi * min(max(done, 0.0), 1.0)))
        return self.learning_rate * (self.final_rate + (1 - self.final_rate) * falling)


class Stage(Protocol):
    """What the loop trains: modules, a loss, and things to do now and then."""

    name: str
    module: nn.Module

    def compute_loss(self, step: int) -> dict[str, Tensor]:
        """Return named losses of one batch; the one called "loss" is minimised."""
        ...

    def probe(self) -> dict[str, float]:
        """Return figures to log beside the losses; the module has the averaged weights meanwhile."""
        ...


class AveragedWeights:
    """An exponential moving average of a module's parameters."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.num_updates = 0
        self.names = [name for name, _ in module.named_parameters()]
        self.values = [parameter.detach().clone() for parameter in module.parameters()]

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average towards the module; young averages move faster."""
        self.num_updates += 1
        decay = min(self.decay, (1 + self.num_updates) / (10 + self.num_updates))
        for value, parameter in zip(self.values, module.parameters(), strict=True):
            value.lerp_(parameter.detach(), 1 - decay)

    @contextmanager
    def swapped_into(self, module: nn.Module) -> Iterator[nn.Module]:
        """Lend the averaged weights to the module, and put its own back afterwards."""
        own = [parameter.detach().clone() for parameter in module.parameters()]
        self._copy(self.values, module)
        try:
            yield module
        finally:
            self._copy(own, module)

    @staticmethod
    @torch.no_grad()
    def _copy(values: list[Tensor], module: nn.Module) -> None:
        for parameter, value in zip(module.parameters(), values, strict=True):
            parameter.copy_(value)

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` needs."""
        return {"num_updates": self.num_updates, "values": dict(zip(self.names, self.values, strict=True))}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a saved average."""
        self.num_updates = state["num_updates"]
        for name, value in zip(self.names, self.values, strict=True):
            value.copy_(state["values"][name])


class Trainer:
    """Trains one stage in one folder; made again in the same folder it goes on where the last one stopped."""

    def __init__(self, stage: Stage, config: LoopConfig, folder: Path, peers: Peers | None = None) -> None:
        self.stage, self.config, self.folder, self.peers = stage, config, folder, peers
        self.step = 0
        self.seconds = 0.0
        matrices = [p for p in stage.module.parameters() if p.ndim > 1]
        vectors = [p for p in stage.module.parameters() if p.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.99))
        self.average = AveragedWeights(stage.module, config.ema_decay)
        folder.mkdir(parents=True, exist_ok=True)
        if self.state_path.exists():
            self._load()

    @property
    def state_path(self) -> Path:
        """Where the checkpoint lies."""
        return self.folder / f"{self.stage.name}.state.pt"

    @property
    def curve_path(self) -> Path:
        """Where losses and probe figures are written, one line per `log_steps`."""
        return self.folder / f"{self.stage.name}.csv"

    @property
    def is_finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.config.num_steps

    def run(self, progress: Progress | None = None) -> None:
        """Train to the end, or until an interrupt, which saves first and then raises KeyboardInterrupt."""
        if self.is_finished:
            if progress is not None:
                progress(f"{self.stage.name}: all {self.config.num_steps} steps were done before")
            return
        sums: dict[str, float] = {}
        with _stop_requests() as was_stopped:
            saved = logged = time.monotonic()
            first = self.step
            while not self.is_finished:
                losses, is_stopped = self._train_step(was_stopped())
                for name, value in losses.items():
                    sums[name] = sums.get(name, 0.0) + value
                now = time.monotonic()
                if self.step % self.config.log_steps == 0:
                    self.seconds += now - logged
                    self._report(sums, self.step - first, now - logged, progress)
                    sums, logged, first = {}, time.monotonic(), self.step
                if now - saved > self.config.save_seconds:
                    self.save()
                    saved = time.monotonic()
                if is_stopped:
                    self.save()
                    raise KeyboardInterrupt
        self.save()

    def _train_step(self, wants_stop: bool) -> tuple[dict[str, float], bool]:
        """Do one step; return its losses and whether any process of the group was asked to stop."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.rate_at(self.step)
        losses = self.stage.compute_loss(self.step)
        self.optimizer.zero_grad(set_to_none=True)
        losses["loss"].backward()
        if self.peers is not None:
            wants_stop = self.peers.average(self.stage.module.parameters(), wants_stop)
        nn.utils.clip_grad_norm_(self.stage.module.parameters(), self.config.gradient_clip)
        self.optimizer.step()
        self.average.update(self.stage.module)
        self.step += 1
        return {name: float(value.detach()) for name, value in losses.items()}, wants_stop

    @property
    def leads(self) -> bool:
        """Whether this process saves and reports."""
        return self.peers is None or self.peers.rank == 0

    def _report(self, sums: dict[str, float], num_steps: int, seconds: float, progress: Progress | None) -> None:
        """Log the losses of some steps: fewer than `log_steps` after a resumption."""
        if not self.leads:
            return
        config = self.config
        row = {name: value / num_steps for name, value in sums.items()}
        if config.probe_steps and self.step % config.probe_steps == 0:
            with self.average.swapped_into(self.stage.module):
                row.update(self.stage.probe())
        rate = num_steps / seconds
        _append_row(self.curve_path, {"step": self.step, "seconds": self.seconds, **row})
        if progress is not None:
            left = (config.num_steps - self.step) / rate / 60
            figures = " ".join(f"{name} {value:.4f}" for name, value in row.items())
            progress(
                f"{self.stage.name} {self.step}/{config.num_steps} {figures} "
                f"| {rate * config.batch_size:.1f} samples/s, {left:.0f} min left"
            )

    def save(self) -> None:
        """Write the checkpoint."""
        if not self.leads:
            return
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "module": self.stage.module.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        with writing_file(self.state_path) as file:
            torch.save(state, file)

    def _load(self) -> None:
        state = torch.load(self.state_path, map_location="cpu", weights_only=True)
        self.step, self.seconds = state["step"], state["seconds"]
        try:
            self.stage.module.load_state_dict(state["module"])
        except RuntimeError as error:
            raise ConfigError(
                f"a checkpoint of this model in {self.state_path}",
                got="one of other sizes",
                remedy="Choose another run folder, or go on with the configuration that it was started with.",
            ) from error
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])


def step_generator(seed: int, step: int) -> torch.Generator:
    """Return the random source of one step."""
    return torch.Generator().manual_seed((seed * 1_000_003 + step) % 2**63)


@contextmanager
def _stop_requests() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C and SIGTERM into a flag that is looked at between steps; other threads only get the flag."""
    stopped = threading.Event()

    def remember(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    if threading.current_thread() is not threading.main_thread():
        yield stopped.is_set
        return
    previous = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped.is_set
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _append_row(path: Path, row: dict[str, float]) -> None:
    """Append to a CSV file of long form: step, seconds, name, value."""
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(["step", "seconds", "name", "value"])
        for name, value in row.items():
            if name not in ("step", "seconds"):
                writer.writerow([row["step"], round(row["seconds"], 1), name, f"{value:.6g}"])
