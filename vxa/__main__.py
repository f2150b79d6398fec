"""`vxa` and `python -m vxa`: the command line with the user interface plugged in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from vxa.app.cli import main as run_command


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code."""
    return run_command(argv, serve=_serve)


def _serve(**settings: Any) -> Any:
    from vxa.ui.server import serve

    return serve(**settings)


if __name__ == "__main__":
    sys.exit(main())
