"""Flags that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vxa.engine.host import Host


def add_output_flags(parser: argparse.ArgumentParser) -> None:
    """Add --json and --quiet."""
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="write one JSON object to standard output instead of text")
    group.add_argument("--quiet", action="store_true", help="write nothing but errors (and the JSON asked for)")


def add_loading_flags(parser: argparse.ArgumentParser, *, with_model: bool = True) -> None:
    """Add how the model is loaded.

    Args:
        parser: Where to.
        with_model: Also --model; jobs have their own.
    """
    group = parser.add_argument_group("model")
    if with_model:
        group.add_argument(
            "--model", default="", metavar="MODEL", help="model folder, .safetensors file or hub id; the embedded model"
        )
    group.add_argument("--device", default="auto", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps")
    group.add_argument("--dtype", default="auto", metavar="NAME", help="auto, float32, float16 or bfloat16")
    group.add_argument(
        "--allow-pickle",
        action="store_true",
        help="read .ckpt and .bin files too, which can carry programs: only from people you trust",
    )


def add_saving_flags(parser: argparse.ArgumentParser, default: str) -> None:
    """Add where results go.

    Args:
        parser: Where to.
        default: What happens without --out, for the help.
    """
    parser.add_argument("--out", metavar="DIR", help=f"folder to write to; {default}")
    parser.add_argument("--no-maps", action="store_true", help="leave out maps.npz, the raw maps")


def loader_from(arguments: argparse.Namespace) -> Callable[[str], Host]:
    """Make the function that loads a model as the flags say."""
    from vxa.app.session import make_loader

    return make_loader(device=arguments.device, dtype=arguments.dtype, allow_pickle=arguments.allow_pickle)
