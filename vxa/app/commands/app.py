"""`vxa app`: serve the app on this machine. The user interface is handed in, because nothing here may know it."""

from __future__ import annotations

import argparse

from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.output import Output
from vxa.core.errors import ConfigError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen; 127.0.0.1, this machine only"
    )
    parser.add_argument("--port", type=int, default=7860, metavar="N", help="7860; if taken, the next free one")
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    add_loading_flags(parser)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Serve until Ctrl-C.

    Raises:
        ConfigError: If no user interface was handed in, or the port is out of range or taken.
    """
    if arguments.serve is None:
        raise ConfigError("the user interface", got="none", remedy="Start it as `vxa app` or `python -m vxa app`.")

    def ready(url: str) -> None:
        output.line(f"The app is at {url}  (Ctrl-C ends it)")
        output.summary({"url": url})

    arguments.serve(
        host=arguments.host,
        port=arguments.port,
        model=arguments.model,
        load=loader_from(arguments),
        open_browser=arguments.open,
        ready=ready,
    )
