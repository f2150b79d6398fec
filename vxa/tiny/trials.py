"""Controlled trials of the recipe on the dev split: from one model, as many steps each, one thing changed.

Run as `python -m vxa.tiny.trials --latents RUN --out TRIALS`; finished trials are not done again, so that several
processes may share a folder by `--only`. Writes `trials.md`, which the model card shows.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from vxa.core.errors import ConfigError
from vxa.engine.host import Host
from vxa.hosts.diffusers_host import DiffusersHost
from vxa.tiny import weights_path
from vxa.tiny.intervals import bootstrap_mean
from vxa.tiny.latents import LatentPool, encode_scenes
from vxa.tiny.listening import find_pairs, tell_apart
from vxa.tiny.loop import LoopConfig, Progress, Trainer, step_generator
from vxa.tiny.map_quality import KINDS, score_scenes
from vxa.tiny.model import ModelParts
from vxa.tiny.obedience import Drawing, find_tasks, has_two_named, judge_tasks
from vxa.tiny.scenes import draw_scene
from vxa.tiny.train_unet import ContextSource, JointStage, UnetConfig, UnetStage

_SPLIT = "dev"
_SAYINGS = ("binding", "relation")
_LOSS_TIMESTEPS = (100, 300, 500, 700, 900)
_log = logging.getLogger(__name__)

Losses = NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """One change of the recipe; no change is what the others are compared with."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `UnetConfig` with their values."""
    learns_text: bool = False
    """Whether the text encoder learns with the UNet."""
    ema_decay: float = 0.99
    """Of the moving average that is measured; 0 measures the last weights."""


TRIALS = {
    "recipe": Trial("the recipe"),
    "last-weights": Trial("the last weights instead of their moving average", ema_decay=0.0),
    "chance-scenes": Trial("as many scenes of two things with a relation as chance brings", {"related_share": 0.0}),
    "many-scenes": Trial("three quarters of the samples of such scenes", {"related_share": 0.75}),
    "no-dropout": Trial("no word hidden", {"word_dropout": 0.0}),
    "much-dropout": Trial("a quarter of the words hidden", {"word_dropout": 0.25}),
    "low-noise": Trial("timesteps by snr to the minus 0.4", {"snr_power": 0.4}),
    "high-noise": Trial("timesteps by snr to the minus 0.75", {"snr_power": 0.75}),
    "joint": Trial("the text encoder learns too", learns_text=True),
}
"""Trials of training by name; the first is the one that the others are compared with."""

DRAWINGS = {
    **{f"guidance-{value:g}": Drawing(20, value) for value in (2.0, 3.0, 4.0, 6.0)},
    **{f"steps-{count}": Drawing(count, 4.0) for count in (10, 50)},
}
"""Trials of drawing with the model as it is."""


@dataclass(frozen=True)
class TrialsConfig:
    """What the trials have in common."""

    latents: Path
    """Folder of a training run, for its pool of latents."""
    out: Path
    """Folder for results."""
    model: Path = field(default_factory=weights_path)
    """Model that all begin with."""
    num_steps: int = 400
    """Steps of each trial."""
    batch_size: int = 64
    """Samples of each step."""
    num_scenes: int = 64
    """Dev scenes behind each figure."""

    def __post_init__(self) -> None:
        if min(self.num_steps, self.batch_size, self.num_scenes) < 1:
            raise ConfigError(
                "at least one step, one sample and one scene",
                got=f"{self.num_steps}, {self.batch_size} and {self.num_scenes}",
            )

    @property
    def loop(self) -> LoopConfig:
        """The schedule: low and falling, as the model has learnt already."""
        return LoopConfig(self.num_steps, self.batch_size, learning_rate=3e-4, warmup_steps=40, decay_share=0.5)


def run_trial(trial: Trial, config: TrialsConfig, folder: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Train by a changed recipe and return the figures; an interrupted trial goes on where it stopped.

    Args:
        trial: What is changed.
        config: What is not.
        folder: Gets the training's state and curve.
        progress: Called with one line of text now and then.

    Raises:
        ConfigError: If there are no latents of this model's size.
    """
    parts = ModelParts.load(config.model)
    pool = LatentPool(config.latents, parts.unet.config["sample_size"])
    if pool.num_scenes == 0:
        raise ConfigError(f"encoded scenes in {config.latents}", got="none", remedy="Run the stage latents there.")
    latents = (pool.values().astype(np.float32) * pool.scale).astype(np.float16)
    loop = replace(config.loop, ema_decay=trial.ema_decay)
    recipe = replace(UnetConfig(loop=loop), **trial.changes)
    make = JointStage if trial.learns_text else UnetStage
    stage = make(parts.unet.train(), ContextSource(parts.text_encoder), latents, recipe, parts.scheduler)
    trainer = Trainer(stage, loop, folder)
    trainer.run(progress)
    with trainer.average.swapped_into(stage.module):
        return measure(parts, config.num_scenes)


def measure(parts: ModelParts, num_scenes: int) -> dict[str, Any]:
    """Return figures of a model on dev: maps of words, captions told apart, things bound right, loss of each scene."""
    still = replace(parts, unet=deepcopy(parts.unet).eval(), text_encoder=deepcopy(parts.text_encoder).eval())
    host = DiffusersHost(still.as_diffusers(), name="trial", model_hash="")
    side = host.info.sample.height
    figures: dict[str, Any] = {}
    scores = score_scenes(host, [draw_scene(seed, _SPLIT, side) for seed in range(num_scenes)], timestep=300)
    for kind in KINDS:
        own = [score for score in scores if score.kind == kind]
        figures[f"{kind} mIoU"] = float(np.mean([score.overlaps for score in own], axis=0).max())
        figures[f"{kind} pointing"] = float(np.mean([score.is_pointing for score in own]))
    for saying in _SAYINGS:
        figures[f"{saying} told"] = float(tell_apart(host, find_pairs(_SPLIT, saying, num_scenes)).mean())
    figures["two bound"] = bound_share(host, Drawing(20, 4.0), num_scenes)
    figures["losses"] = dev_losses(still, num_scenes).tolist()
    return figures


def bound_share(host: Host, drawing: Drawing, num_scenes: int) -> float:
    """Return how many drawings of two things have both with their colours."""
    verdicts = judge_tasks(host, find_tasks(_SPLIT, num_scenes, has_two_named), drawing)
    return float(np.mean([verdict.all_right for verdict in verdicts]))


@torch.no_grad()
def dev_losses(parts: ModelParts, num_scenes: int) -> Losses:
    """Return the noise-prediction loss of each dev scene, the mean over fixed timesteps and noise, shape (scene,)."""
    side = 8 * parts.unet.config["sample_size"]
    scale = parts.vae.config["scaling_factor"]
    latents = torch.from_numpy(encode_scenes(parts.vae, range(num_scenes), _SPLIT, side)).float() * scale
    source = ContextSource(parts.text_encoder)
    context = source.states(torch.from_numpy(source.ids_of(range(num_scenes), _SPLIT).astype(np.int64)))
    noise = torch.randn(latents.shape, generator=step_generator(0, 0))
    sums = torch.zeros(num_scenes)
    for timestep in _LOSS_TIMESTEPS:
        alpha = parts.scheduler.alphas_cumprod[timestep]
        noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
        predicted = parts.unet(noisy, timestep, context, return_dict=False)[0]
        sums += functional.mse_loss(predicted, noise, reduction="none").mean((1, 2, 3))
    return (sums / len(_LOSS_TIMESTEPS)).double().numpy()


def write_report(out: Path) -> Path:
    """Write the table of all results that there are, and return its path."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.glob("*.json"))}
    trained = [(trial.name, found[name]) for name, trial in TRIALS.items() if name in found]
    lines: list[str] = []
    if trained:
        base = np.array(trained[0][1]["losses"])
        names = [name for name in trained[0][1] if name != "losses"]
        lines += ["| trial | " + " | ".join(names) + f" | loss against {trained[0][0]}, % |"]
        lines += ["|---|" + "---|" * (len(names) + 1)]
        for title, figures in trained:
            cells = [f"{figures[name]:.3f}" for name in names]
            lines.append(f"| {title} | {' | '.join(cells)} | {_against(base, np.array(figures['losses']))} |")
    drawn = [(name, found[name]) for name in DRAWINGS if name in found]
    if drawn:
        lines += ["", "| drawing | two bound |", "|---|---|"]
        lines += [f"| {DRAWINGS[name].num_steps} steps, guidance {DRAWINGS[name].guidance:g} | "
                  f"{figures['two bound']:.3f} |" for name, figures in drawn]  # fmt: skip
    path = out / "trials.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _against(base: Losses, own: Losses) -> str:
    """Return how much larger a loss is, with the interval over scenes."""
    if base is own or np.array_equal(base, own):
        return "–"
    change = bootstrap_mean(list(100 * (own - base) / base.mean()))
    return f"{change.mean:+.2f} [{change.low:+.2f}, {change.high:+.2f}]"


def _run_drawing(name: str, config: TrialsConfig) -> dict[str, Any]:
    parts = ModelParts.load(config.model)
    host = DiffusersHost(parts.as_diffusers(), name="trial", model_hash="")
    return {"two bound": bound_share(host, DRAWINGS[name], config.num_scenes)}


def run(config: TrialsConfig, names: Sequence[str], progress: Progress | None = None) -> Path:
    """Do the trials that have no result yet, and write the table.

    Args:
        config: What they have in common.
        names: Out of `TRIALS` and `DRAWINGS`.
        progress: Called with one line of text now and then.
    """
    config.out.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = config.out / f"{name}.json"
        if path.exists():
            continue
        if progress is not None:
            progress(f"trial {name}")
        if name in TRIALS:
            figures = run_trial(TRIALS[name], config, config.out / name, progress)
        else:
            figures = _run_drawing(name, config)
        path.write_text(json.dumps(figures) + "\n", encoding="utf-8")
    return write_report(config.out)


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parser = argparse.ArgumentParser(prog="python -m vxa.tiny.trials", description="Try changes of the recipe on dev.")
    parser.add_argument("--latents", type=Path, required=True, help="folder of a training run, for its latents")
    parser.add_argument("--out", type=Path, required=True, help="folder for results; finished ones are kept")
    parser.add_argument("--model", type=Path, default=weights_path(), help="begin with (default: the embedded model)")
    parser.add_argument("--steps", type=int, default=400, help="of each trial (default: %(default)s)")
    parser.add_argument("--scenes", type=int, default=64, help="behind each figure (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=(*TRIALS, *DRAWINGS), help="trials to do (default: all)")
    options = parser.parse_args()
    config = TrialsConfig(options.latents, options.out, options.model, options.steps, num_scenes=options.scenes)
    path = run(config, options.only or (*TRIALS, *DRAWINGS), _log.info)
    _log.info("%s", path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
