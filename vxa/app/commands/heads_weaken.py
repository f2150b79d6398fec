"""`vxa heads weaken`: weaken the heads of a concept in order, and score what is left of the prompt."""

from __future__ import annotations

import argparse

from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.commands.report import report_outcome
from vxa.app.editing.studio import Studio
from vxa.app.flags import add_job_flags, job_from_flags
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.heads.weaken_result import WeakenResult
from vxa.app.output import Output
from vxa.app.result import file_stems
from vxa.app.session import Session


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_job_flags(parser, WeakenJob)
    parser.add_argument("--out", metavar="DIR", help="folder to write to; the first prompt with -weakened by default")
    add_loading_flags(parser, with_model=False)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If anything typed is wrong, or something cannot be written.
    """
    job = job_from_flags(WeakenJob, arguments)
    with output.progress() as progress:
        result = Studio(Session(loader_from(arguments))).weaken(job, progress)
    for name in result.names:
        output.line(f"{name}:")
        output.table(["weakened heads", *job.orders], _rows(result, name))
    report_outcome(result, result.save(arguments.out or f"{file_stems(job.prompts[:1])[0]}-weakened"), output)


def _rows(result: WeakenResult, name: str) -> list[list[object]]:
    curves = [result.curve(name, order) for order in result.plan.job.orders]
    return [
        [count, *(f"{figure.mean:.3f}" for figure in figures)]
        for count, *figures in zip(result.plan.counts, *curves, strict=True)
    ]
