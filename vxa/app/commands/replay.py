"""`vxa replay FILE.png`: run the job of a saved picture again."""

from __future__ import annotations

import argparse
from pathlib import Path

from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.commands.report import as_json
from vxa.app.output import Output
from vxa.app.replay import Substitutes, replay
from vxa.engine.host import Host


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("png", metavar="FILE.png", help="any picture that VXA saved")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="the picture looked at, if it moved")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder to write to; FILE.png's own by default")
    parser.add_argument("--any-model", action="store_true", help="go on although the model is another one")
    add_loading_flags(parser)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If the file carries no job, or the picture or the model is another one.
    """
    load = loader_from(arguments)

    def load_named(model: str) -> Host:
        return load(arguments.model or model)

    instead = Substitutes(arguments.picture, arguments.out, arguments.any_model)
    with output.progress() as progress:
        done = replay(arguments.png, instead=instead, load=load_named, progress=progress)
    output.line(done.result.status)
    output.line(f"Written to {done.saved.folder}: {len(done.saved.all)} files.")
    if done.same and not done.changed:
        output.line(f"All {len(done.same)} pictures are byte for byte as before.")
    for path in done.changed:
        output.line(f"Differs from before: {path.name} (another device, release or model rounds differently).")
    output.summary(
        {
            **as_json(done.result, done.saved),
            "same": [str(path) for path in done.same],
            "changed": [str(path) for path in done.changed],
        }
    )
