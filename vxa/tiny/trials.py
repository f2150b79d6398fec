"""Controlled trials of the recipe on the dev split: from one model, as many steps each, one thing changed.

Widths are tried with UNets that begin untrained, for longer.

Run as `python -m vxa.tiny.trials --latents RUN --out TRIALS`. Finished trials are not done again and interrupted ones
go on, so that several processes may share a folder by `--only`. Writes `trials.md` there.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from torch.nn import functional

from vxa.core.errors import ConfigError
from vxa.core.whole_file import write_whole
from vxa.engine.host import Host
from vxa.hosts.fingerprint import hash_files
from vxa.tiny import weights_path
from vxa.tiny.alone import alone_in
from vxa.tiny.endings import RESUMABLE, told_in_a_line
from vxa.tiny.latents import LatentPool, encode_scenes
from vxa.tiny.loop import LoopConfig, Progress, Trainer, step_generator
from vxa.tiny.model import ModelParts, check_folder
from vxa.tiny.obedience import Drawing, find_tasks, has_two_named, judge_tasks
from vxa.tiny.probing import SPLIT, host_of, probe_figures
from vxa.tiny.train_unet import ContextSource, UnetConfig, UnetStage, still_residuals
from vxa.tiny.trials_table import TrialResult, compose_table

FRESH_FACTOR = 8
"""How many times as long untrained UNets learn."""

_LOSS_TIMESTEPS = (100, 300, 500, 700, 900)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trial:
    """One change of the recipe; no change is what the others are compared with."""

    title: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `UnetConfig` with their values."""
    learns_text: bool = False
    """Whether the text encoder learns with the UNet."""
    trained_as: str = ""
    """Trial whose training this one looks at too; empty for one of its own."""
    is_averaged: bool = True
    """Whether the moving average of the weights is measured, and not the last ones."""
    widths: tuple[int, ...] = ()
    """Channels per level of an untrained UNet to begin with; empty to go on from the trained one."""


@dataclass(frozen=True)
class DrawingTrial:
    """One way to draw with the model as it is."""

    drawing: Drawing

    @property
    def title(self) -> str:
        """The way in words."""
        return f"{self.drawing.num_steps} steps, guidance {self.drawing.guidance:g}"


TRIALS = {
    "recipe": Trial("the recipe"),
    "last-weights": Trial("the last weights instead of their moving average", trained_as="recipe", is_averaged=False),
    "chance-scenes": Trial("as many scenes of two things with a relation as chance brings", {"related_share": 0.0}),
    "many-scenes": Trial("three quarters of the samples of such scenes", {"related_share": 0.75}),
    "no-dropout": Trial("no word hidden", {"word_dropout": 0.0}),
    "much-dropout": Trial("a quarter of the words hidden", {"word_dropout": 0.25}),
    "low-noise": Trial("timesteps by snr to the minus 0.4", {"snr_power": 0.4}),
    "high-noise": Trial("timesteps by snr to the minus 0.75", {"snr_power": 0.75}),
    "joint": Trial("the text encoder learns too", learns_text=True),
}
"""Trials of training by name; the first is the one that the others are compared with."""

FRESH = {
    name: Trial(f"widths {', '.join(map(str, widths))}", widths=widths)
    for name, widths in (("as-shipped", (64, 128, 128)), ("narrow", (64, 64, 64)), ("wide", (96, 192, 192)))
}
"""Trials of UNets that begin untrained; the first is the one that the others are compared with."""

DRAWINGS = {
    **{f"guidance-{value:g}": DrawingTrial(Drawing(guidance=value)) for value in (2.0, 4.0, 6.0, 8.0)},
    **{f"steps-{count}": DrawingTrial(Drawing(num_steps=count)) for count in (10, 50)},
}
"""Trials of drawing with the model as it is."""


@dataclass(frozen=True)
class TrialsConfig:
    """What the trials have in common."""

    latents: Path
    """Folder of a training run, for its pool of latents."""
    out: Path
    """Folder for results, and for the trainings themselves."""
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

    def loop_of(self, trial: Trial) -> LoopConfig:
        """Return the schedule: low and falling where the model has learnt already."""
        return LoopConfig(
            num_steps=self.num_steps * (FRESH_FACTOR if trial.widths else 1),
            batch_size=self.batch_size,
            learning_rate=1e-3 if trial.widths else 3e-4,
            warmup_steps=40,
            decay_share=0.5,
            ema_decay=0.99,
        )

    @property
    def settings(self) -> dict[str, Any]:
        """What results must have in common to stand in one table."""
        return {
            "model": hash_files(sorted(self.model.glob("*/*.safetensors"))),
            "num_steps": self.num_steps,
            "batch_size": self.batch_size,
            "num_scenes": self.num_scenes,
        }


def run(config: TrialsConfig, names: Sequence[str], progress: Progress | None = None) -> Path:
    """Do the trials that have no result yet, and return the path of the table of all that have one.

    Args:
        config: What they have in common.
        names: Out of `TRIALS`, `FRESH` and `DRAWINGS`.
        progress: Called with one line of text now and then.

    Raises:
        ConfigError: If there is no model, there are no latents of its size, the folder is of other settings, or another
            process does the training that is next.
    """
    check_folder(config.model)
    config.out.mkdir(parents=True, exist_ok=True)
    _keep_settings(config)
    done = _read_results(config)
    for name in [name for name in names if name not in done]:
        if progress is not None:
            progress(f"trial {name}")
        result = _run_drawing(name, config) if name in DRAWINGS else _run_training(name, config, progress)
        write_whole(config.out / f"{name}.json", json.dumps(asdict(result)) + "\n")
    table = config.out / "trials.md"
    write_whole(table, _compose(_read_results(config), config))
    return table


def _keep_settings(config: TrialsConfig) -> None:
    """Refuse a folder of other settings, also where its first trial was interrupted."""
    path = config.out / "settings.json"
    if not path.exists():
        write_whole(path, json.dumps(config.settings) + "\n")
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept != config.settings:
        raise ConfigError(
            f"trials of {kept}, as in {config.out}", got=config.settings, remedy="Choose another folder for results."
        )


def _read_results(config: TrialsConfig) -> dict[str, TrialResult]:
    """Return the results that the folder holds already, by name."""
    paths = {name: config.out / f"{name}.json" for name in (*TRIALS, *FRESH, *DRAWINGS)}
    return {name: TrialResult(**json.loads(path.read_text("utf-8"))) for name, path in paths.items() if path.exists()}


def _compose(found: Mapping[str, TrialResult], config: TrialsConfig) -> str:
    steps = f"{config.num_steps} steps of {config.batch_size} samples"
    if FRESH.keys() & found:
        steps += f", {FRESH_FACTOR} times as many from scratch"
    recipe = f"The recipe is the default one, with timesteps by snr to the minus {UnetConfig.snr_power:g}"
    drawing = f"drawn with {Drawing.num_steps} steps at guidance {Drawing.guidance:g} unless said otherwise"
    parts = [f"Trainings of {steps}; figures of {config.num_scenes} scenes or captions, {drawing}. {recipe}.\n"]
    for label, trials in (("trial", TRIALS), ("from scratch", FRESH), ("drawing", DRAWINGS)):
        results = {trial.title: found[name] for name, trial in trials.items() if name in found}
        if results:
            parts.append(compose_table(label, results))
    return "\n".join(parts)


def _run_training(name: str, config: TrialsConfig, progress: Progress | None) -> TrialResult:
    """Train by a changed recipe, or go on, and measure."""
    trial = {**TRIALS, **FRESH}[name]
    parts = ModelParts.load(config.model)
    if trial.widths:
        parts.unet = _untrained_unet(trial.widths, parts.unet)
    loop = config.loop_of(trial)
    latents = LatentPool(config.latents, parts.unet.config["sample_size"]).scaled()
    recipe = replace(UnetConfig(loop=loop), **trial.changes)
    context = ContextSource(parts.text_encoder, learns=trial.learns_text)
    stage = UnetStage(parts.unet.train(), context, latents, recipe, parts.scheduler)
    folder = config.out / (trial.trained_as or name)
    with alone_in(folder):
        trainer = Trainer(stage, loop, folder)
        trainer.run(progress)
    if not trial.is_averaged:
        return measure(parts, config.num_scenes)
    with trainer.average.swapped_into(stage.module):
        return measure(parts, config.num_scenes)


def _untrained_unet(widths: tuple[int, ...], model: UNet2DConditionModel) -> UNet2DConditionModel:
    """Return a UNet of other widths, like the model's in all else.

    Raises:
        ConfigError: If the model has another number of levels.
    """
    levels = len(model.config["block_out_channels"])
    if levels != len(widths):
        raise ConfigError(f"a model of {len(widths)} levels", got=levels, remedy="Leave out trials of widths.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        unet: Any = UNet2DConditionModel.from_config({**model.config, "block_out_channels": widths})
    still_residuals(unet)
    return unet


def _run_drawing(name: str, config: TrialsConfig) -> TrialResult:
    host = host_of(ModelParts.load(config.model))
    return TrialResult({"two_bound": bound_share(host, DRAWINGS[name].drawing, config.num_scenes)})


def measure(parts: ModelParts, num_scenes: int) -> TrialResult:
    """Return figures of a model on dev: maps of words, captions told apart, things bound right, loss of each scene."""
    host = host_of(parts)
    figures = {**probe_figures(host, num_scenes), "two_bound": bound_share(host, Drawing(), num_scenes)}
    return TrialResult(figures, dev_losses(parts, num_scenes))


def bound_share(host: Host, drawing: Drawing, num_scenes: int) -> float:
    """Return how many drawings of two things have both with their colours."""
    verdicts = judge_tasks(host, find_tasks(SPLIT, num_scenes, has_two_named), drawing)
    return float(np.mean([verdict.all_right for verdict in verdicts]))


@torch.no_grad()
def dev_losses(parts: ModelParts, num_scenes: int) -> list[float]:
    """Return the noise-prediction loss of each dev scene: the mean over fixed timesteps, with fixed noise."""
    side = 8 * parts.unet.config["sample_size"]
    scale = parts.vae.config["scaling_factor"]
    latents = torch.from_numpy(encode_scenes(parts.vae, range(num_scenes), SPLIT, side)).float() * scale
    source = ContextSource(deepcopy(parts.text_encoder))  # it freezes what it is given
    context = source.states(torch.from_numpy(source.ids_of(range(num_scenes), SPLIT).astype(np.int64)))
    noise = torch.randn(latents.shape, generator=step_generator(0, 0))
    sums = torch.zeros(num_scenes)
    for timestep in _LOSS_TIMESTEPS:
        alpha = parts.scheduler.alphas_cumprod[timestep]
        noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
        predicted = parts.unet(noisy, timestep, context, return_dict=False)[0]
        sums += functional.mse_loss(predicted, noise, reduction="none").mean((1, 2, 3))
    return (sums / len(_LOSS_TIMESTEPS)).tolist()


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    names = (*TRIALS, *FRESH, *DRAWINGS)
    parser = argparse.ArgumentParser(prog="python -m vxa.tiny.trials", description="Try changes of the recipe on dev.")
    parser.add_argument("--latents", type=Path, required=True, help="folder of a training run, for its latents")
    parser.add_argument("--out", type=Path, required=True, help="folder for results; finished ones are kept")
    parser.add_argument("--model", type=Path, default=weights_path(), help="begin with (default: the embedded model)")
    parser.add_argument("--steps", type=int, default=400, help="of each trial (default: %(default)s)")
    parser.add_argument("--scenes", type=int, default=64, help="behind each figure (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=names, help="trials to do (default: all)")
    options = parser.parse_args()
    with told_in_a_line(RESUMABLE):
        config = TrialsConfig(options.latents, options.out, options.model, options.steps, num_scenes=options.scenes)
        path = run(config, options.only or names, _log.info)
    _log.info("%s", path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
