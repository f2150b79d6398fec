"""One process at a time in a folder that is written to for hours. Knows nothing of what is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from vxa.core.errors import ConfigError


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep every other process that asks for the same out of a folder, until the block ends or this process does.

    Args:
        folder: Made if absent.

    Raises:
        ConfigError: If another process is in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ConfigError(
            f"nothing else at work in {folder}",
            got="another process there",
            remedy="Stop it, wait for its end, or choose another folder.",
        ) from error
    try:
        yield
    finally:
        lock.release()
