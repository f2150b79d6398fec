"""`vxa heads merge COUNTS …`: add up votes that were counted apart."""

from __future__ import annotations

import argparse
from pathlib import Path

from vxa.app.commands.flags import add_output_flags
from vxa.app.commands.heads_report import report_counts
from vxa.app.heads.files import load_counts, save_counts
from vxa.app.heads.run import WHOLE_NAME
from vxa.app.output import Output
from vxa.core.head_counts import merge_counts


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("counts", nargs="+", metavar="COUNTS", help="files of `vxa heads compute`, of parts of one run")
    parser.add_argument("--out", default=WHOLE_NAME, metavar="FILE", help=f"file to write; {WHOLE_NAME}")
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If the files are not of one run, or overlap, or nothing can be written.
    """
    counts = merge_counts([load_counts(path) for path in arguments.counts])
    path = save_counts(counts, Path(arguments.out).expanduser().absolute())
    report_counts(counts, path, output, following="vxa heads build")
