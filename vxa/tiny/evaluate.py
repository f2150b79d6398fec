"""`vxa tiny evaluate`: the figures of the embedded model on the test split, with 95 % intervals.

Thresholds are tuned on the dev split. Collects what `obedience` and `map_quality` measure; knows nothing of training.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from vxa.core.errors import ConfigError
from vxa.core.psnr import psnr
from vxa.core.whole_file import write_whole
from vxa.engine.host import Host
from vxa.hosts.load import load_host
from vxa.tiny import weights_path
from vxa.tiny.checker import Expected, Verdict, judge
from vxa.tiny.endings import told_in_a_line
from vxa.tiny.intervals import Figure, bootstrap_mean
from vxa.tiny.layout import SPLITS, Layout
from vxa.tiny.listening import KINDS as SAYINGS
from vxa.tiny.listening import find_pairs, tell_apart
from vxa.tiny.map_quality import KINDS, THRESHOLDS, ScoredMap, best_threshold, score_scenes
from vxa.tiny.model import ModelParts
from vxa.tiny.obedience import (
    Drawing,
    Task,
    draw_tasks,
    find_tasks,
    has_two_named,
    judge_tasks,
    scene_of_drawing,
)
from vxa.tiny.pixels import pictures_from_pixels, pixels_from_pictures
from vxa.tiny.scenes import Scene, draw_scene
from vxa.tiny.vocabulary import AMBIGUOUS_WORDS, SHAPES

Progress = Callable[[str], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EvaluateConfig:
    """What to measure."""

    model: Path | None = None
    """Folder in diffusers layout; None for the embedded model."""
    num_scenes: int = 48
    """Scenes or captions behind each figure, at least 1."""
    num_steps: int = Drawing.num_steps
    """Sampler steps (DDIM) of each generated picture."""
    guidance: float = Drawing.guidance
    """Classifier-free guidance of generated pictures."""
    timestep: int = 300
    """Noise on the pictures whose maps are measured, in [0, 999]."""
    split: str = "test"
    """Split that is measured."""
    out: Path | None = None
    """Folder for `evaluation.json` and `evaluation.md`; None writes nothing."""

    def __post_init__(self) -> None:
        if self.num_scenes < 1 or self.num_steps < 1:
            raise ConfigError("at least 1 scene and 1 step", got=f"{self.num_scenes} and {self.num_steps}")
        if not 0 <= self.timestep <= 999:
            raise ConfigError("a timestep from 0 to 999", got=self.timestep)
        if self.split not in SPLITS:
            raise ConfigError(f"a split out of {', '.join(SPLITS)}", got=self.split)


@dataclass(frozen=True)
class Evaluation:
    """All figures by name."""

    config: EvaluateConfig
    figures: dict[str, Figure]
    thresholds: dict[str, float]
    """Threshold of each kind of word, tuned on dev."""
    num_parameters: int
    """Of the UNet, the autoencoder and the text encoder together."""
    picture_side: int
    """In pixels; pictures are square."""
    map_sides: tuple[int, ...]
    """Cells along a side of the cross-attention maps, finest first."""

    def to_json(self) -> str:
        """Return everything as JSON, but for figures with nothing behind them and the output folder."""
        config = {**asdict(self.config), "model": str(self.config.model) if self.config.model else None}
        del config["out"]
        content = {
            "config": config,
            "figures": {name: asdict(figure) for name, figure in self.figures.items() if figure.count},
            "thresholds": self.thresholds,
            "num_parameters_millions": round(self.num_parameters / 1e6, 1),
            "picture_side": self.picture_side,
            "map_sides": self.map_sides,
        }
        return json.dumps(content, indent=2) + "\n"

    def to_markdown(self) -> str:
        """Return the figures as a table."""
        rows = [
            f"| {name} | {figure.mean:.3f} | {figure.low:.3f} – {figure.high:.3f} | {figure.count} |"
            for name, figure in self.figures.items()
            if figure.count
        ]
        return "\n".join(["| figure | mean | 95 % interval | n |", "|---|---|---|---|", *rows]) + "\n"


def run(config: EvaluateConfig, progress: Progress | None = None) -> Evaluation:
    """Measure a model.

    Args:
        config: What to measure.
        progress: Called with one line of text now and then.
    """
    tell = progress if progress is not None else _log.debug
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
    host = load_host(config.model if config.model is not None else weights_path())
    figures = {"VAE PSNR (dB)": _measure_vae(host, config)}
    tell(f"autoencoder: {figures['VAE PSNR (dB)']}")
    thresholds = _tune_thresholds(host, config)
    measure_maps, measure_drawn = (partial(measure, thresholds) for measure in (_measure_maps, _measure_drawn_maps))
    for measure in (
        measure_maps,
        measure_drawn,
        _measure_single,
        _measure_ceiling,
        _measure_two,
        _measure_relations,
        _measure_ambiguity,
        _measure_listening,
    ):
        found = measure(host, config)
        figures |= found
        for name, figure in found.items():
            if figure.count:
                tell(f"{name}: {figure}")
    side = host.info.sample.height
    latent = host.info.sample.divided(host.info.downscale)
    map_sides = {latent.level(site.level).height for site in host.sites.cross}
    evaluation = Evaluation(
        config, figures, thresholds, _count_parameters(config), side, tuple(sorted(map_sides, reverse=True))
    )
    if config.out is not None:
        write_whole(config.out / "evaluation.json", evaluation.to_json())
        write_whole(config.out / "evaluation.md", evaluation.to_markdown())
    return evaluation


def _count_parameters(config: EvaluateConfig) -> int:
    parts = ModelParts.load(config.model if config.model is not None else weights_path())
    modules: tuple[nn.Module, ...] = (parts.unet, parts.vae, parts.text_encoder)
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


def _measure_vae(host: Host, config: EvaluateConfig) -> Figure:
    values: list[float] = []
    for seed in range(config.num_scenes):
        picture = draw_scene(seed, config.split, host.info.sample.height).picture
        values.append(psnr(picture, _rebuilt(host, picture)))
    return bootstrap_mean(values)


def _rebuilt(host: Host, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what the autoencoder leaves of a picture."""
    with host.running():
        latents_bcyx = host.encode_picture(pixels_from_pictures(picture[None]).to(host.device))
        return pictures_from_pixels(host.decode(latents_bcyx))[0]


def _tune_thresholds(host: Host, config: EvaluateConfig) -> dict[str, float]:
    """Return the best threshold of each kind of word on dev scenes."""
    dev = score_scenes(host, _scenes(host, "dev", config.num_scenes), config.timestep)
    return {kind: best_threshold([score for score in dev if score.kind == kind]) for kind in KINDS}


def _measure_maps(thresholds: dict[str, float], host: Host, config: EvaluateConfig) -> dict[str, Figure]:
    scenes = _scenes(host, config.split, config.num_scenes)
    return _map_figures(score_scenes(host, scenes, config.timestep), thresholds, "")


def _scenes(host: Host, split: str, count: int) -> list[Scene]:
    """Return the first scenes of a split, at the size the model was trained at."""
    return [draw_scene(seed, split, host.info.sample.height) for seed in range(count)]


def _measure_drawn_maps(thresholds: dict[str, float], host: Host, config: EvaluateConfig) -> dict[str, Figure]:
    """Measure the maps on the model's own pictures, of the things that the checker finds there."""
    tasks = find_tasks(config.split, config.num_scenes, lambda _layout: True)
    pictures = draw_tasks(host, tasks, Drawing(config.num_steps, config.guidance))
    scenes = [scene_of_drawing(task, config.split, picture) for task, picture in zip(tasks, pictures, strict=True)]
    return _map_figures(score_scenes(host, scenes, config.timestep), thresholds, ", on pictures it drew")


def _map_figures(scores: Sequence[ScoredMap], thresholds: dict[str, float], where: str) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for kind, label in zip(KINDS, ("shape words", "colour words"), strict=True):
        own = [score for score in scores if score.kind == kind]
        place = THRESHOLDS.index(thresholds[kind])
        figures[f"{label}: mIoU{where}"] = bootstrap_mean([score.overlaps[place] for score in own])
        figures[f"{label}: pointing{where}"] = bootstrap_mean([score.is_pointing for score in own])
        figures[f"{label}: pointing game{where}"] = bootstrap_mean([score.wins_pointing_game for score in own])
    return figures


def _measure_single(host: Host, config: EvaluateConfig) -> dict[str, Figure]:
    verdicts = _judge(host, config, lambda layout: len(layout.objects) == 1 and layout.objects[0].is_color_named)[1]
    return {
        "one object: colour": bootstrap_mean([verdict.color_right[0] for verdict in verdicts]),
        "one object: shape": bootstrap_mean([verdict.shape_right[0] for verdict in verdicts]),
        "one object: both": bootstrap_mean([verdict.all_right for verdict in verdicts]),
    }


def _measure_ceiling(host: Host, config: EvaluateConfig) -> dict[str, Figure]:
    """Judge the test split's own pictures of two objects: what the checker, and the autoencoder, make of them."""
    tasks = find_tasks(config.split, config.num_scenes, has_two_named)
    pictures = [draw_scene(task.seed, config.split, host.info.sample.height).picture for task in tasks]
    rebuilt = [_rebuilt(host, picture) for picture in pictures]
    return {
        f"true pictures of two objects{where}: all bound right": bootstrap_mean(
            [judge(picture, task.expected).all_right for task, picture in zip(tasks, seen, strict=True)]
        )
        for where, seen in (("", pictures), (", through the autoencoder", rebuilt))
    }


def _measure_two(host: Host, config: EvaluateConfig) -> dict[str, Figure]:
    tasks, verdicts = _judge(host, config, has_two_named)
    unseen = [verdict.all_right for task, verdict in zip(tasks, verdicts, strict=True) if task.is_held_out]
    seen = [verdict.all_right for task, verdict in zip(tasks, verdicts, strict=True) if not task.is_held_out]
    return {
        "two objects: both colours there": bootstrap_mean([all(verdict.color_right) for verdict in verdicts]),
        "two objects: all bound right": bootstrap_mean([verdict.all_right for verdict in verdicts]),
        "two objects: of seen pairs": bootstrap_mean(seen),
        "two objects: with an unseen pair": bootstrap_mean(unseen),
    }


def _measure_relations(host: Host, config: EvaluateConfig) -> dict[str, Figure]:
    return relation_figures(
        _judge(host, config, lambda layout: len(layout.objects) == 2 and layout.relation is not None)[1]
    )


def relation_figures(verdicts: Sequence[Verdict]) -> dict[str, Figure]:
    """Return how often the first thing stands to the second as said, in all pictures and where both are drawn right."""
    return {
        "relation right": bootstrap_mean([bool(verdict.relation_right) for verdict in verdicts]),
        "relation right where both objects are": bootstrap_mean(
            [bool(verdict.relation_right) for verdict in verdicts if verdict.all_right]
        ),
    }


def _measure_ambiguity(host: Host, config: EvaluateConfig) -> dict[str, Figure]:
    """Ask for "a rose square" and the like: right, or misread as the thing beside the shape?"""
    shapes = [shape for shape in SHAPES if shape not in AMBIGUOUS_WORDS]
    tasks = [
        Task(f"{'an' if word == 'orange' else 'a'} {word} {shape}", (Expected(shape, word),), None, False, seed)
        for seed, (word, shape) in enumerate((word, shape) for word in AMBIGUOUS_WORDS for shape in shapes)
    ][: config.num_scenes]
    verdicts = judge_tasks(host, tasks, Drawing(config.num_steps, config.guidance))
    misread = [not verdict.all_right and verdict.num_extra > 0 for verdict in verdicts]
    return {
        "ambiguous colour read right": bootstrap_mean([verdict.all_right for verdict in verdicts]),
        "ambiguous colour drawn as a thing": bootstrap_mean(misread),
    }


def _measure_listening(host: Host, config: EvaluateConfig) -> dict[str, Figure]:
    """Ask which false words the model notices; one half is chance."""
    return {
        f"true caption told from one of false {kind}": bootstrap_mean(
            list(tell_apart(host, find_pairs(config.split, kind, config.num_scenes)))
        )
        for kind in SAYINGS
    }


def _judge(
    host: Host, config: EvaluateConfig, wanted: Callable[[Layout], bool]
) -> tuple[Sequence[Task], Sequence[Verdict]]:
    tasks = find_tasks(config.split, config.num_scenes, wanted)
    return tasks, judge_tasks(host, tasks, Drawing(config.num_steps, config.guidance))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    defaults = EvaluateConfig()
    parser.add_argument("--model", type=Path, default=None, help="model folder (default: the embedded model)")
    parser.add_argument("--scenes", type=int, default=defaults.num_scenes, help="scenes behind each figure")
    parser.add_argument("--steps", type=int, default=defaults.num_steps, help="sampler steps")
    parser.add_argument("--guidance", type=float, default=defaults.guidance, help="classifier-free guidance")
    parser.add_argument("--timestep", type=int, default=defaults.timestep, help="noise on the pictures, 0 to 999")
    parser.add_argument("--split", choices=("dev", "test"), default=defaults.split, help="scenes to measure on")
    parser.add_argument("--out", type=Path, default=None, help="folder for evaluation.json and evaluation.md")


def config_from(arguments: argparse.Namespace) -> EvaluateConfig:
    """Build the configuration that parsed options describe."""
    return EvaluateConfig(
        model=arguments.model,
        num_scenes=arguments.scenes,
        num_steps=arguments.steps,
        guidance=arguments.guidance,
        timestep=arguments.timestep,
        split=arguments.split,
        out=arguments.out,
    )


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parser = argparse.ArgumentParser(description="Measure the embedded model.")
    add_arguments(parser)
    with told_in_a_line():
        evaluation = run(config_from(parser.parse_args()), progress=_log.info)
    _log.info("%s", evaluation.to_markdown())


if __name__ == "__main__":
    main()
