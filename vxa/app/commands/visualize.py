"""`vxa visualize PICTURE`: look which pixels of a picture listen to which word."""

from __future__ import annotations

import argparse
from pathlib import Path

from vxa.app.api import load_picture
from vxa.app.commands.flags import add_loading_flags, add_output_flags, add_saving_flags, loader_from
from vxa.app.commands.report import report
from vxa.app.flags import add_job_flags, job_from_flags
from vxa.app.jobs import VisualizeJob
from vxa.app.output import Output
from vxa.app.saving import save_result
from vxa.app.session import Session


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("picture", metavar="PICTURE", help="picture file, any size and common format")
    add_job_flags(parser, VisualizeJob)
    add_saving_flags(parser, "PICTURE's name with -vxa, in the current folder, by default")
    add_loading_flags(parser, with_model=False)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If anything typed is wrong, or something cannot be written.
    """
    job = job_from_flags(VisualizeJob, arguments)
    picture = load_picture(arguments.picture)
    with output.progress() as progress:
        result = Session(loader_from(arguments)).visualize(job, picture, progress)
    folder = arguments.out or f"{Path(arguments.picture).stem}-vxa"
    report(result, save_result(result, folder, with_maps=not arguments.no_maps), output)
