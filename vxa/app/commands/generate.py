"""`vxa generate`: draw a picture and see which words its pixels listened to."""

from __future__ import annotations

import argparse

from vxa.app.commands.flags import add_loading_flags, add_output_flags, add_saving_flags, loader_from
from vxa.app.commands.report import report
from vxa.app.flags import add_job_flags, job_from_flags
from vxa.app.jobs import GenerateJob
from vxa.app.output import Output
from vxa.app.result import file_stems
from vxa.app.saving import save_result
from vxa.app.session import Session


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_job_flags(parser, GenerateJob)
    add_saving_flags(parser, "the prompt with -vxa, in the current folder, by default")
    add_loading_flags(parser, with_model=False)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If anything typed is wrong, or something cannot be written.
    """
    job = job_from_flags(GenerateJob, arguments)
    with output.progress() as progress:
        result = Session(loader_from(arguments)).generate(job, progress)
    folder = arguments.out or f"{file_stems([job.prompt])[0]}-vxa"
    report(result, save_result(result, folder, with_maps=not arguments.no_maps), output)
