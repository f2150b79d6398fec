"""`vxa tiny sample`: scenes beside the pictures that the model draws from their captions."""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from vxa.app.atomic import writing_folder
from vxa.app.commands.flags import add_loading_flags, loader_from
from vxa.app.jobs import GenerateJob
from vxa.app.output import Output
from vxa.app.session import Session
from vxa.core.errors import ConfigError
from vxa.render.sheet import labelled_sheet
from vxa.tiny.layout import SPLITS
from vxa.tiny.scenes import draw_scene

_MOST_SCENES = 64


def add_sample_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--split", choices=SPLITS, default="test", help="which scenes; test by default")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="seed of the first scene and picture; 0")
    parser.add_argument("--count", type=int, default=8, metavar="N", help=f"how many, from 1 to {_MOST_SCENES}; 8")
    parser.add_argument("--steps", type=int, default=20, metavar="N", help="sampler steps; 20")
    parser.add_argument("--out", default="vxa-samples", metavar="DIR", help="folder to write to; vxa-samples")
    add_loading_flags(parser)


def run_sample(arguments: argparse.Namespace, output: Output) -> None:
    """Draw the scenes and the pictures, and write them beside each other.

    Raises:
        VxaError: If a number is out of range, or nothing can be written.
    """
    if not 1 <= arguments.count <= _MOST_SCENES or arguments.first < 0:
        raise ConfigError(
            f"a count from 1 to {_MOST_SCENES} and a first seed from 0", got=f"{arguments.count}, {arguments.first}"
        )
    session = Session(loader_from(arguments))
    cells: list[tuple[str, Image.Image]] = []
    with output.progress() as progress:
        for done in range(arguments.count):
            seed = arguments.first + done
            scene = draw_scene(seed, arguments.split)
            # one small layer: only the picture is wanted
            job = GenerateJob(
                prompt=scene.caption, seed=seed, steps=arguments.steps, model=arguments.model, layers="middle"
            )
            drawn = session.generate(job)
            cells += [(scene.caption, Image.fromarray(scene.picture)), ("drawn", Image.fromarray(drawn.picture))]
            progress(done + 1, arguments.count, "drawing")
    name = f"{arguments.split}-{arguments.first}.png"
    with writing_folder(arguments.out) as draft:
        labelled_sheet(cells, columns=4, title=f"Scenes of {arguments.split}, each with what the model drew").save(
            draft / name
        )
    path = Path(arguments.out).absolute() / name
    output.line(f"Written to {path}")
    output.summary({"files": [str(path)]})
