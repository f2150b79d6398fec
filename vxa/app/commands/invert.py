"""`vxa invert PICTURE`: make a picture ready to be edited."""

from __future__ import annotations

import argparse
from pathlib import Path

from vxa.app.api import load_picture
from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.commands.report import report_outcome
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.studio import Studio
from vxa.app.flags import add_job_flags, job_from_flags
from vxa.app.output import Output
from vxa.app.session import Session


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("picture", metavar="PICTURE", help="picture file, any size and common format")
    add_job_flags(parser, InvertJob)
    parser.add_argument("--out", metavar="DIR", help="folder to write to; PICTURE's name with -inverted by default")
    add_loading_flags(parser, with_model=False)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If anything typed is wrong, or something cannot be written.
    """
    job = job_from_flags(InvertJob, arguments)
    picture = load_picture(arguments.picture)
    with output.progress() as progress:
        result = Studio(Session(loader_from(arguments))).invert(job, picture, progress)
    saved = result.save(arguments.out or f"{Path(arguments.picture).stem}-inverted")
    report_outcome(result, saved, output)
    output.line(f"Edit it with: vxa edit --inverted {saved.folder} --edit “…”")
