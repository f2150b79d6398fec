"""The command line: finds the command, runs it, and turns what went wrong into an exit code.

Only the module of the command that was asked for is imported, so that `vxa --help` needs no torch.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import vxa
from vxa.app.output import Output
from vxa.core.errors import InterruptedRunError, VxaError

OK = 0
FAILED = 2
INTERRUPTED = 130

Serve = Callable[..., Any]


@dataclass(frozen=True)
class Command:
    """One word after `vxa`."""

    module: str
    """Module with `add_flags(parser)` and `run(arguments, output)`."""
    summary: str
    """One line for the list of commands."""

    @property
    def sentence(self) -> str:
        """The summary, as its help begins."""
        return f"{self.summary[0].upper()}{self.summary[1:]}."


COMMANDS = {
    "visualize": Command("vxa.app.commands.visualize", "look which pixels of a picture listen to which word"),
    "generate": Command("vxa.app.commands.generate", "draw a picture and see which words its pixels listened to"),
    "edit": Command("vxa.app.commands.edit", "edit a picture by editing its prompt"),
    "invert": Command("vxa.app.commands.invert", "make a picture ready to be edited"),
    "paint": Command("vxa.app.commands.paint", "draw a picture whose words look where masks say"),
    "heads": Command("vxa.app.commands.heads", "learn which attention heads carry which concept, and use it"),
    "excite": Command("vxa.app.commands.excite", "draw a picture in which words are seen that would be left out"),
    "sweep": Command("vxa.app.commands.sweep", "run a job over lists of values, as one sheet and one table"),
    "tokens": Command("vxa.app.commands.tokens", "show the tokens of a prompt"),
    "layers": Command("vxa.app.commands.layers", "show the attention layers of a model"),
    "replay": Command("vxa.app.commands.replay", "run the job of a saved picture again"),
    "example": Command("vxa.app.commands.example", "visualize the bundled example picture"),
    "app": Command("vxa.app.commands.app", "serve the app on this machine"),
    "tiny": Command("vxa.app.commands.tiny", "train, measure, try or export the embedded model"),
}


def main(argv: Sequence[str] | None = None, *, serve: Serve | None = None) -> int:
    """Run a command line.

    Args:
        argv: Words after `vxa`; None takes them from the process.
        serve: Serves the app; handed in from above, because nothing here knows the user interface.

    Returns:
        0 when all went well, 2 for anything the user can put right, 130 after an interrupt.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parse(words)
    output = Output(is_quiet=getattr(arguments, "quiet", False), is_json=getattr(arguments, "json", False))
    arguments.serve = serve
    try:
        arguments.run(arguments, output)
        return OK
    except InterruptedRunError as error:
        output.error(str(error))
        return INTERRUPTED
    except KeyboardInterrupt:
        output.error("interrupted; nothing was left half written.")
        return INTERRUPTED
    except BrokenPipeError:
        # the reader (head, less) had enough; Python would complain once more when it closes the stream
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (VxaError, OSError) as error:
        output.error(str(error))
        return FAILED


def build_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Make the parser; only the command that `words` start with gets its flags."""
    parser = argparse.ArgumentParser(
        prog="vxa", description="See which pixels of a picture listen to which word of its prompt."
    )
    parser.add_argument("--version", action="version", version=f"vxa {vxa.__version__}")
    chosen = next((word for word in words if not word.startswith("-")), None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(name, help=command.summary, description=command.sentence)
        if name == chosen:
            module = import_module(command.module)
            module.add_flags(subparser)
            subparser.set_defaults(run=module.run)
    return parser


def _parse(words: Sequence[str]) -> argparse.Namespace:
    return build_parser(words).parse_args(words)
