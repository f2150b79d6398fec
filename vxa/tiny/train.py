"""The training command: latents, decoder, text encoder, UNet, export; each resumed where it stopped.

Run as `python -m vxa.tiny.train --out runs/tiny`. Knows the order of the stages and the run folder; what a stage
learns is in `train_vae`, `train_text` and `train_unet`.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import nn

from vxa.core.errors import ConfigError
from vxa.core.whole_file import write_whole
from vxa.hosts.load import parse_device
from vxa.tiny.alone import alone_in
from vxa.tiny.curves import plot_run
from vxa.tiny.endings import RESUMABLE, told_in_a_line
from vxa.tiny.latents import LatentPool
from vxa.tiny.loop import Progress, Stage, Trainer
from vxa.tiny.model import RECIPES, ModelConfig, ModelParts, build_model, build_unet
from vxa.tiny.near_identity import start_as_thumbnail
from vxa.tiny.peers import Peers, run_with_peers
from vxa.tiny.probing import host_of, probe_figures
from vxa.tiny.train_text import TextConfig, TextStage
from vxa.tiny.train_unet import ContextSource, UnetConfig, UnetStage, still_residuals
from vxa.tiny.train_vae import VaeConfig, VaeStage, start_pixels

STAGES = ("latents", "vae", "text", "unet", "export")

_PROBE_SCENES = 32
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
    num_scenes: int = 40_000
    """Scenes in the pool of latents."""
    text: TextConfig = field(default_factory=TextConfig)
    """The text encoder's recipe."""
    unet: UnetConfig = field(default_factory=UnetConfig)
    """The UNet's recipe."""
    export: Path | None = None
    """Where the model is written; None for `model` in the run folder."""
    seed: int = 0
    """Seed of the initial weights."""
    begin_with: Path | None = None
    """Trained model whose weights a new run begins with, as `export` writes it; None begins from scratch."""
    threads: int = 0
    """CPU threads; 0 leaves torch's own choice."""
    workers: int = 1
    """Processes that train together, each with one thread; 1 for a single one with `threads`."""
    device: str = "cpu"
    """Where latents, decoder and UNet are computed; the text encoder, which takes two minutes, learns on the CPU."""

    def __post_init__(self) -> None:
        if self.num_scenes < 1 or self.workers < 1 or self.threads < 0:
            raise ConfigError(
                "at least 1 scene and 1 worker, and no negative threads",
                got=f"{self.num_scenes} scenes, {self.workers} workers, {self.threads} threads",
            )
        if self.workers > 1 and self.device != "cpu":
            raise ConfigError("one worker on a device other than the CPU", got=self.workers)
        if unknown := set(self.stages) - set(STAGES):
            raise ConfigError(f"stages out of {', '.join(STAGES)}", got=", ".join(sorted(unknown)))
        if self.unet.loop.batch_size % self.workers or self.vae.loop.batch_size % self.workers:
            raise ConfigError(
                f"a number of workers that divides the batches of {self.vae.loop.batch_size} and "
                f"{self.unet.loop.batch_size}",
                got=self.workers,
            )


def run(config: TrainConfig, progress: Progress | None = None) -> None:
    """Train, or go on training, the stages asked for.

    Args:
        config: The run.
        progress: Called with one line of text now and then.

    Raises:
        ConfigError: If the device is not there, a stage lacks what those before it leave, or the folder is of another
            recipe or in use.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    # for their errors, before anything is written
    parse_device(config.device)
    LatentPool(config.out, config.model.latent_size)
    _check_export(config)
    with alone_in(config.out):
        for stage in STAGES:
            if stage in config.stages:
                _RUNNERS[stage](config, progress)


def start_parts(config: TrainConfig) -> ModelParts:
    """Return the model that a run begins with: an untrained one that the seed settles, or one trained before."""
    if config.begin_with is not None:
        parts = ModelParts.load(config.begin_with)
        if parts.unet.config["sample_size"] != config.model.latent_size:
            raise ConfigError(
                f"a model of the recipe's latents, {config.model.latent_size} cells wide, in {config.begin_with}",
                got=f"one of {parts.unet.config['sample_size']}",
                remedy="Choose the recipe that it was trained by.",
            )
        return parts
    parts = build_model(config.model, config.out, config.seed)
    still_residuals(parts.unet)
    return parts


def _start_vae(config: TrainConfig) -> AutoencoderKL:
    """Return the autoencoder that a run begins with: an untrained one already makes small pictures of large ones."""
    vae = start_parts(config).vae
    if config.begin_with is None:
        start_as_thumbnail(vae, start_pixels(config.model.picture_side))
    return vae


def _run_vae(config: TrainConfig, progress: Progress | None) -> None:
    _run_in_group(_train_vae, start_parts(config).vae, config, progress)


def _train_vae(config: TrainConfig, progress: Progress | None, peers: Peers | None) -> None:
    stage = VaeStage(_start_vae(config).train().to(config.device), config.vae)  # type: ignore[arg-type]
    if peers is not None:
        stage.rank, stage.num_ranks = peers.rank, peers.count
    _learn(stage, config.vae, config.out, progress, peers)


def _run_in_group(work: Callable[..., None], module: nn.Module, config: TrainConfig, progress: Progress | None) -> None:
    """Do a stage's work here, or together with as many processes as the configuration says."""
    if config.workers < 2:
        work(config, progress, None)
        return
    num_values = sum(parameter.numel() for parameter in module.parameters())
    run_with_peers(config.workers, num_values, work, (config,), progress)


def _learn(
    stage: Stage, config: VaeConfig | TextConfig | UnetConfig, out: Path, progress: Progress | None, peers: Peers | None
) -> None:
    """Train a stage in a run's folder, and leave its recipe there; what was finished before keeps its own."""
    trainer = Trainer(stage, config.loop, out, peers)
    if trainer.leads and not trainer.is_finished:
        write_whole(out / f"{stage.name}.config.json", json.dumps(asdict(config), indent=2) + "\n")
    trainer.run(progress)


def _run_latents(config: TrainConfig, progress: Progress | None) -> None:
    vae = _trained_vae(config).to(config.device)  # type: ignore[arg-type]
    LatentPool(config.out, config.model.latent_size).extend(vae, config.num_scenes, progress)


def _run_text(config: TrainConfig, progress: Progress | None) -> None:
    stage = TextStage(start_parts(config).text_encoder.train(), config.text)
    _learn(stage, config.text, config.out, progress, None)


def _run_unet(config: TrainConfig, progress: Progress | None) -> None:
    _run_in_group(_train_unet, build_unet(config.model), config, progress)


def _train_unet(config: TrainConfig, progress: Progress | None, peers: Peers | None) -> None:
    parts = trained_parts(config, with_unet=False).to(config.device)
    latents = LatentPool(config.out, config.model.latent_size).scaled()
    context = ContextSource(parts.text_encoder)
    stage = UnetStage(parts.unet.train(), context, latents, config.unet, parts.scheduler)
    if peers is not None:
        stage.rank, stage.num_ranks = peers.rank, peers.count
    if peers is None or peers.rank == 0:
        stage.probe_with = lambda: probe_figures(host_of(parts), _PROBE_SCENES)
    _learn(stage, config.unet, config.out, progress, peers)


def _check_export(config: TrainConfig) -> None:
    """Refuse to export what nothing trained, nor will."""
    if "export" not in config.stages or "unet" in config.stages or config.begin_with is not None:
        return
    if not (config.out / "unet.state.pt").exists():
        raise ConfigError(f"a trained UNet in {config.out}", got="none", remedy="Run the stage unet first.")


def _run_export(config: TrainConfig, progress: Progress | None) -> None:
    folder = config.out / "model" if config.export is None else config.export
    trained_parts(config).save(folder)
    plot_run(config.out)
    if progress is not None:
        progress(f"exported to {folder}")


def trained_parts(config: TrainConfig, with_unet: bool = True) -> ModelParts:
    """Return the run's model with the averaged weights of every stage that has been trained so far."""
    parts = start_parts(config)
    parts.vae = _trained_vae(config)
    learner = TextStage(parts.text_encoder, config.text).learner
    _take_average(config.out / "text.state.pt", learner)
    if with_unet:
        _take_average(config.out / "unet.state.pt", parts.unet)
    return parts


def _trained_vae(config: TrainConfig) -> AutoencoderKL:
    """Return the averaged autoencoder; its scaling factor is that of the latent pool, once there is one."""
    vae = _start_vae(config)
    _take_average(config.out / "vae.state.pt", vae)
    scale = LatentPool(config.out, config.model.latent_size).scale
    vae.register_to_config(scaling_factor=round(scale, 5))
    return vae


def _take_average(state_path: Path, module: nn.Module) -> None:
    """Load a checkpoint's averaged weights; a stage not yet trained keeps its initial ones."""
    if state_path.exists():
        average = torch.load(state_path, map_location="cpu", weights_only=True)["average"]["values"]
        module.load_state_dict(average, strict=True)


_RUNNERS = {
    "vae": _run_vae,
    "latents": _run_latents,
    "text": _run_text,
    "unet": _run_unet,
    "export": _run_export,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    defaults = TrainConfig()
    vae, text, unet = defaults.vae, defaults.text, defaults.unet

    def add(flag: str, default: object, meaning: str) -> None:
        parser.add_argument(flag, type=type(default), default=default, help=f"{meaning} (default: %(default)s)")

    add("--out", defaults.out, "run folder, resumed when it holds a run")
    parser.add_argument(
        "--recipe", choices=RECIPES, default="embedded", help="sizes of the model (default: %(default)s)"
    )
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES), help="to do (default: all)")
    add("--scenes", defaults.num_scenes, "scenes in the pool of latents")
    add("--unet-steps", unet.loop.num_steps, "steps of the UNet")
    add("--unet-batch", unet.loop.batch_size, "samples of each step")
    add("--vae-steps", vae.loop.num_steps, "steps of the decoder")
    add("--snr-power", unet.snr_power, "noise drawn by snr^-this")
    add("--related-share", unet.related_share, "samples of two things with a relation")
    add("--word-dropout", unet.word_dropout, "chance of a word to be hidden")
    add("--text-steps", text.loop.num_steps, "steps of the text encoder")
    add("--echo", text.echo, "share of a colour in other words")
    add("--text-rate", text.loop.learning_rate, "learning rate of the text encoder")
    parser.add_argument("--export", type=Path, default=None, help="folder for the model (default: OUT/model)")
    add("--seed", defaults.seed, "seed of the initial weights")
    parser.add_argument("--begin-with", type=Path, default=None, help="trained model (default: none, from scratch)")
    add("--threads", defaults.threads, "CPU threads, 0 for torch's choice")
    add("--workers", defaults.workers, "processes that train together")
    add("--device", defaults.device, "where to compute, such as cuda")


def config_from(arguments: argparse.Namespace) -> TrainConfig:
    """Build the configuration that parsed options describe."""
    vae, text, unet = VaeConfig(), TextConfig(), UnetConfig()
    text_loop = replace(text.loop, num_steps=arguments.text_steps, learning_rate=arguments.text_rate)
    return TrainConfig(
        out=arguments.out,
        model=RECIPES[arguments.recipe],
        num_scenes=arguments.scenes,
        vae=replace(vae, loop=replace(vae.loop, num_steps=arguments.vae_steps)),
        text=replace(text, loop=text_loop, echo=arguments.echo),
        unet=replace(
            unet,
            loop=replace(unet.loop, num_steps=arguments.unet_steps, batch_size=arguments.unet_batch),
            snr_power=arguments.snr_power,
            related_share=arguments.related_share,
            word_dropout=arguments.word_dropout,
        ),
        export=arguments.export,
        stages=tuple(arguments.stages),
        seed=arguments.seed,
        begin_with=arguments.begin_with,
        threads=arguments.threads,
        workers=arguments.workers,
        device=arguments.device,
    )


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parser = argparse.ArgumentParser(description="Train the embedded model.")
    add_arguments(parser)
    with told_in_a_line(RESUMABLE):
        run(config_from(parser.parse_args()), progress=_log.info)


if __name__ == "__main__":
    main()
