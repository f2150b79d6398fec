"""The training command: autoencoder, latents, text encoder, UNet, export; each resumed where it stopped.

Run as `python -m vxa.tiny.train --out runs/tiny`. Knows the order of the stages and the run folder; what a stage
learns is in `train_vae`, `train_text` and `train_unet`.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch

from vxa.tiny.loop import Progress, Trainer
from vxa.tiny.model import ModelConfig, ModelParts, build_model
from vxa.tiny.train_vae import VaeConfig, VaeStage

STAGES = ("vae", "latents", "text", "unet", "export")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainConfig:
    """A whole training run."""

    out: Path = Path("runs/tiny")
    """Run folder: checkpoints, curves, latents and the configuration. Resumed when it holds a run."""
    stages: tuple[str, ...] = STAGES
    """Which of `STAGES` to do, in that order; each needs what the ones before it left in the folder."""
    model: ModelConfig = field(default_factory=ModelConfig)
    """Sizes of the parts."""
    vae: VaeConfig = field(default_factory=VaeConfig)
    """The autoencoder's recipe."""
    seed: int = 0
    """Seed of the initial weights."""
    threads: int = 0
    """CPU threads; 0 leaves torch's own choice."""
    is_compiled: bool = False
    """Use torch.compile where it pays."""


def run(config: TrainConfig, progress: Progress | None = None) -> None:
    """Train, or go on training, the stages asked for.

    Args:
        config: The run.
        progress: Called with one line of text now and then.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    config.out.mkdir(parents=True, exist_ok=True)
    for stage in STAGES:
        if stage in config.stages:
            _RUNNERS[stage](config, progress)


def start_parts(config: TrainConfig) -> ModelParts:
    """Return the untrained model of a run; the same seed gives the same weights."""
    return build_model(config.model, config.out, config.seed)


def _run_vae(config: TrainConfig, progress: Progress | None) -> None:
    vae_config = replace(config.vae, is_compiled=config.is_compiled)
    _write_config(config.out / "vae.config.json", vae_config)
    stage = VaeStage(start_parts(config).vae.train(), vae_config)
    Trainer(stage, vae_config.loop, config.out).run(progress)


def _write_config(path: Path, config: object) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(config), indent=2, default=str) + "\n", encoding="utf-8")  # type: ignore[call-overload]
    os.replace(part, path)


_RUNNERS = {"vae": _run_vae}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    defaults = TrainConfig()
    parser.add_argument("--out", type=Path, default=defaults.out, help="run folder, resumed when it holds a run")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES), help="stages to do")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="seed of the initial weights")
    parser.add_argument("--threads", type=int, default=defaults.threads, help="CPU threads, 0 for torch's choice")
    parser.add_argument("--compile", action="store_true", help="use torch.compile where it pays")


def config_from(arguments: argparse.Namespace) -> TrainConfig:
    """Build the configuration that parsed options describe."""
    return TrainConfig(
        out=arguments.out,
        stages=tuple(arguments.stages),
        seed=arguments.seed,
        threads=arguments.threads,
        is_compiled=arguments.compile,
    )


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parser = argparse.ArgumentParser(description="Train the embedded model.")
    add_arguments(parser)
    run(config_from(parser.parse_args()), progress=_log.info)


if __name__ == "__main__":
    main()
