"""`vxa edit [PICTURE]`: edit a picture by editing its prompt."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from vxa.app.api import load_picture
from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.commands.report import report_outcome
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.inversion import load_inversion, read_inverted_job
from vxa.app.editing.studio import Studio
from vxa.app.flags import add_job_flags, job_from_flags
from vxa.app.output import Output
from vxa.app.result import file_stems
from vxa.app.session import Session
from vxa.app.settings import iter_fields


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("picture", nargs="?", metavar="PICTURE", help="a picture to edit; without, the source is drawn")
    parser.add_argument("--inverted", type=Path, metavar="DIR", help="what `vxa invert` wrote, with its settings")
    add_job_flags(parser, EditJob)
    for action in parser._actions:
        action.required = action.required and action.dest != "prompt"  # an inversion brings its own
    parser.add_argument("--out", metavar="DIR", help="folder to write to; the prompt with -edit by default")
    add_loading_flags(parser, with_model=False)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If anything typed is wrong, or something cannot be written.
    """
    if arguments.inverted is not None:
        _take_over(arguments)
    job = job_from_flags(EditJob, arguments)
    picture = None if arguments.picture is None else load_picture(arguments.picture)
    load = loader_from(arguments)
    inversion = None if arguments.inverted is None else load_inversion(arguments.inverted, load(job.model))
    with output.progress() as progress:
        result = Studio(Session(load)).edit(job, picture, progress, inversion=inversion)
    for pairs in result.pairs:
        output.line(_in_words(pairs.to_json()))
    folder = arguments.out or f"{file_stems([job.edits[0] if job.edits else job.prompt])[0]}-edit"
    report_outcome(result, result.save(folder), output)


def _take_over(arguments: argparse.Namespace) -> None:
    """Let the settings of an inversion stand where no flag was typed."""
    job = read_inverted_job(arguments.inverted)
    for field in iter_fields(type(job)):
        if not hasattr(arguments, field.name):
            setattr(arguments, field.name, str(getattr(job, field.name)))


def _in_words(pairs: dict[str, Any]) -> str:
    marks = {"kept": "{}", "swapped": "[{}]", "new": "+{}", "dropped": "-{}"}
    sides = [
        " ".join(marks[each["state"]].format(each["text"]) for each in pairs[side]) for side in ("source", "target")
    ]
    return f"{pairs['kind']}: {' → '.join(sides)}"
