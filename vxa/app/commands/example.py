"""`vxa example`: visualize the bundled picture, to see that everything works and what comes out."""

from __future__ import annotations

import argparse

from vxa.app.api import load_picture
from vxa.app.commands.flags import add_loading_flags, add_output_flags, add_saving_flags, loader_from
from vxa.app.commands.report import report
from vxa.app.example import find_example
from vxa.app.jobs import VisualizeJob
from vxa.app.output import Output
from vxa.app.saving import save_result
from vxa.app.session import Session

_FOLDER = "vxa-example"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_saving_flags(parser, f"{_FOLDER} in the current folder by default")
    add_loading_flags(parser)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If the example is not there, or something cannot be written.
    """
    example = find_example()
    job = VisualizeJob(prompt=example.prompt, tokens=example.tokens, model=arguments.model)
    output.line(f"{example.picture} with the prompt “{example.prompt}”")
    with output.progress() as progress:
        result = Session(loader_from(arguments)).visualize(job, load_picture(example.picture), progress)
    saved = save_result(result, arguments.out or _FOLDER, with_maps=not arguments.no_maps)
    report(result, saved, output)
    for path in saved.pictures:
        if path.stem.endswith("-heat"):
            output.line(f"  {path}")
