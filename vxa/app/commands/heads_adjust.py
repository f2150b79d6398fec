"""`vxa heads adjust`: draw a picture whose words are read as meant."""

from __future__ import annotations

import argparse

from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.commands.report import report_outcome
from vxa.app.editing.studio import Studio
from vxa.app.flags import add_job_flags, job_from_flags
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.output import Output
from vxa.app.result import file_stems
from vxa.app.session import Session


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_job_flags(parser, AdjustJob)
    parser.add_argument("--out", metavar="DIR", help="folder to write to; the prompt with -adjusted by default")
    add_loading_flags(parser, with_model=False)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If anything typed is wrong, or something cannot be written.
    """
    job = job_from_flags(AdjustJob, arguments)
    with output.progress() as progress:
        result = Studio(Session(loader_from(arguments))).adjust(job, progress)
    report_outcome(result, result.save(arguments.out or f"{file_stems([job.prompt])[0]}-adjusted"), output)
