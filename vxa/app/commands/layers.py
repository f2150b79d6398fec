"""`vxa layers`: the attention layers of a model, and how large their maps are."""

from __future__ import annotations

import argparse
from typing import Any

from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.layers import list_layers
from vxa.app.output import Output
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.engine.host import HostInfo

_MOST_PIXELS = 16384


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_loading_flags(parser)
    parser.add_argument("--height", type=int, default=0, metavar="N", help="picture height in pixels; the model's own")
    parser.add_argument("--width", type=int, default=0, metavar="N", help="picture width in pixels; the model's own")
    parser.add_argument("--cross", action="store_true", help="list only the layers that read the prompt")
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        ConfigError: If the size is impossible.
    """
    for name in ("height", "width"):
        if not 0 <= getattr(arguments, name) <= _MOST_PIXELS:
            raise ConfigError(f"{name} from 0 to {_MOST_PIXELS}", got=getattr(arguments, name))
    host = loader_from(arguments)(arguments.model)
    asked = Grid(arguments.height or host.info.sample.height, arguments.width or host.info.sample.width)
    size = asked.padded(host.info.size_multiple)
    sites = host.sites.cross if arguments.cross else host.sites
    rows = list_layers(sites, size.divided(host.info.downscale))
    padded = "" if size == asked else f", padded to {size}"
    output.line(f"{host.info.name} ({host.info.family}, {host.info.hash}) at {asked} pixels{padded}")
    output.table(
        ["address", "kind", "place", "heads", "head dim", "level", "map", "ldm name", "diffusers name"],
        [list(row.values()) for row in rows],
    )
    cross = host.sites.cross
    output.line(f"{len(cross)} cross-attention layers with {cross.num_heads} heads")
    output.summary({"model": _describe(host.info), "height": size.height, "width": size.width, "layers": rows})


def _describe(info: HostInfo) -> dict[str, Any]:
    return {"name": info.name, "hash": info.hash, "family": info.family}
