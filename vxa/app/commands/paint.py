"""`vxa paint --mask WORD=FILE`: draw a picture whose words look where masks say."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from vxa.app.api import load_picture
from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.commands.report import report_outcome
from vxa.app.editing.masks import Mask, load_mask
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.flags import add_job_flags, job_from_flags
from vxa.app.output import Output
from vxa.app.result import file_stems
from vxa.app.session import Session
from vxa.core.errors import ConfigError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("picture", nargs="?", metavar="PICTURE", help="a picture to begin with; noise by default")
    parser.add_argument(
        "--mask", action="append", default=[], metavar="WORD=FILE",
        help="a word and its mask, white where it shall look; once for each word",
    )  # fmt: skip
    add_job_flags(parser, PaintJob)
    for action in parser._actions:
        action.required = action.required and action.dest != "words"  # the masks name them
    parser.add_argument("--out", metavar="DIR", help="folder to write to; the prompt with -painted by default")
    add_loading_flags(parser, with_model=False)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If anything typed is wrong, or something cannot be written.
    """
    masks = load_masks(arguments.mask)
    if not hasattr(arguments, "words"):
        arguments.words = ", ".join(masks)
    job = job_from_flags(PaintJob, arguments)
    picture = None if arguments.picture is None else load_picture(arguments.picture)
    with output.progress() as progress:
        result = Studio(Session(loader_from(arguments))).paint(job, masks, picture, progress)
    report_outcome(result, result.save(arguments.out or f"{file_stems([job.prompt])[0]}-painted"), output)


def load_masks(typed: Sequence[str]) -> dict[str, Mask]:
    """Read masks typed as WORD=FILE.

    Raises:
        ConfigError: If one is not of that form.
        PictureError: If a file cannot be read.
    """
    masks = {}
    for each in typed:
        word, equals, name = (part.strip() for part in each.partition("="))
        if not (word and equals and name):
            raise ConfigError("a mask as WORD=FILE", got=repr(each))
        masks[word] = load_mask(name)
    return masks
