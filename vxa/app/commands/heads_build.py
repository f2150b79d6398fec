"""`vxa heads build COUNTS`: make head relevance vectors of votes."""

from __future__ import annotations

import argparse
from pathlib import Path

from vxa.app.commands.flags import add_output_flags
from vxa.app.commands.heads_show import report_vectors
from vxa.app.heads.files import load_counts, save_vectors
from vxa.app.heads.published import save_published
from vxa.app.output import Output
from vxa.core.head_counts import BALANCES, build_vectors

_DEFAULT_FILE = "vectors.npz"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("counts", metavar="COUNTS", help="file of `vxa heads compute` or `vxa heads merge`")
    parser.add_argument(
        "--balance", choices=BALANCES, default=BALANCES[0],
        help="published: in proportion to the shares of votes; root: to their square roots, for models with many "
        "heads; layer: every layer with the same mean",
    )  # fmt: skip
    parser.add_argument(
        "--clamp", type=float, metavar="X", help="largest entry, none by default; 9 is advised for SDXL"
    )
    parser.add_argument(
        "--no-steps", dest="with_steps", action="store_false", help="leave out the vectors of each UNet call"
    )
    parser.add_argument("--out", default=_DEFAULT_FILE, metavar="FILE", help=f"file to write; {_DEFAULT_FILE}")
    parser.add_argument("--npy", metavar="DIR", help="also write the published layout: plain .npy arrays in a folder")
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If the file cannot be read, a setting is out of range, or nothing can be written.
    """
    counts = load_counts(arguments.counts)
    vectors = build_vectors(counts, arguments.balance, arguments.clamp, with_steps=arguments.with_steps)
    path = save_vectors(vectors, Path(arguments.out).expanduser().absolute())
    files = {"vectors": path}
    if arguments.npy is not None:
        files["npy"] = save_published(vectors, Path(arguments.npy).expanduser().absolute(), path.stem)
    report_vectors(vectors, vectors.concepts, output, files=files)
