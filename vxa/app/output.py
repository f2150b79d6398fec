"""What the command line writes to the terminal: the only module that does.

Results go to standard output, progress and errors to standard error, so that `vxa … --json | jq` works.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from vxa.app.progress import Progress, no_progress

_SECONDS_BETWEEN_LINES = 10.0


class Output:
    """Says what a command does and gives.

    Args:
        is_quiet: Write neither lines nor progress; JSON and errors still come.
        is_json: Write one JSON object at the end instead of lines.
        out: Where results go; standard output by default.
        err: Where progress and errors go; standard error by default.
    """

    def __init__(
        self, *, is_quiet: bool = False, is_json: bool = False, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self.is_quiet = is_quiet
        self.is_json = is_json
        self._out = sys.stdout if out is None else out
        self._err = sys.stderr if err is None else err

    def line(self, text: str = "") -> None:
        """Write one line for a person."""
        if not self.is_quiet and not self.is_json:
            _write(self._out, text)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write aligned columns: numbers to the right, all else to the left."""
        for text in format_table(heads, rows):
            self.line(text)

    def summary(self, values: Mapping[str, Any]) -> None:
        """Write the result as JSON, where that was asked for."""
        if self.is_json:
            _write(self._out, json.dumps(values, indent=2, ensure_ascii=False))

    def error(self, text: str) -> None:
        """Write one line to standard error."""
        _write(self._err, f"vxa: {text}")

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Show progress for the time of the block: a bar on a terminal, elsewhere a line now and then."""
        if self.is_quiet:
            yield no_progress
        elif self._err.isatty():
            with _Bar(self._err) as bar:
                yield bar
        else:
            yield _Lines(self._err)


class _Bar:
    """A tqdm bar that starts with the first report."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: Any = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, done: int, total: int, what: str) -> None:
        if self._bar is None:
            from tqdm import tqdm

            # what was done before, in a run that goes on, took no time of this one
            self._bar = tqdm(
                total=total, initial=done, desc=what, file=self._stream, leave=False, dynamic_ncols=True
            )  # fmt: skip
        self._bar.update(done - self._bar.n)


class _Lines:
    """A line each ten seconds, so that a log of a short run stays empty."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began: tuple[float, int] | None = None
        self._last = 0.0

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if self._began is None:
            self._began, self._last = (now, done), now
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            seconds, steps = now - self._began[0], done - self._began[1]
            left = f", {format_time(seconds * (total - done) / steps)} left" if steps > 0 else ""
            _write(self._stream, f"{what}: {done} of {total}{left}")


def format_time(seconds: float) -> str:
    """Write a duration as a person would say it.

    Example:
        >>> format_time(42), format_time(61), format_time(7500)
        ('42 s', '1 min', '2 h 5 min')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = int(seconds) // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def format_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Align columns, numbers to the right.

    Example:
        >>> format_table(["name", "n"], [["a", 5], ["bc", 10]])
        ['name   n', 'a      5', 'bc    10']
    """
    cells = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    is_number = [all(isinstance(row[column], (int, float)) for row in rows) for column in range(len(heads))]
    lines = []
    for row in cells:
        parts = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, is_number, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return lines


def _write(stream: TextIO, text: str) -> None:
    # a prompt may hold characters that the terminal cannot show
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, errors="backslashreplace").decode(encoding) + "\n")
    stream.flush()
