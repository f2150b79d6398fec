"""`vxa heads ACTION`: learn which attention heads carry which concept, and use it."""

from __future__ import annotations

import argparse
from importlib import import_module

from vxa.app.cli import Command
from vxa.app.output import Output

ACTIONS = {
    "compute": Command("vxa.app.commands.heads_compute", "draw pictures and count which concept each head answers to"),
    "merge": Command("vxa.app.commands.heads_merge", "add up counts that were made apart"),
    "build": Command("vxa.app.commands.heads_build", "make head relevance vectors of counts"),
    "show": Command("vxa.app.commands.heads_show", "show the heads of each concept, as a table and as plots"),
    "weaken": Command(
        "vxa.app.commands.heads_weaken", "weaken the heads of a concept in order, and score what is left"
    ),
    "adjust": Command("vxa.app.commands.heads_adjust", "draw a picture whose words are read as meant"),
}
"""Each a module with `add_flags(parser)` and `run(arguments, output)`, like any command."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their flags."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, action in ACTIONS.items():
        module = import_module(action.module)
        subparser = actions.add_parser(name, help=action.summary, description=action.sentence)
        module.add_flags(subparser)
        subparser.set_defaults(action=module.run)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the action that was chosen.

    Raises:
        VxaError: If anything typed is wrong, or something cannot be read or written.
    """
    arguments.action(arguments, output)
