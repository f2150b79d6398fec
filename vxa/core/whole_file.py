"""Write a file whole or not at all. Knows nothing of what is in it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from vxa.core.errors import OutputError


@contextmanager
def writing_file(path: Path) -> Iterator[IO[bytes]]:
    """Write beside a file and put the new one in its place when the block ends well.

    At whatever moment the process is killed, `path` holds the old content or the new, whole.

    Args:
        path: In a folder that exists.

    Yields:
        The file to write to.

    Raises:
        OutputError: If it cannot be written.
    """
    # a name of its own: others may write the same file at once, and the last one wins
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a power cut may leave the new name with nothing behind it
        os.replace(partial, path)
    except OSError as error:
        raise OutputError(f"to write {path}", got=error, remedy="Choose a folder with room to write.") from error
    finally:  # also after an interrupt
        with contextlib.suppress(OSError):
            partial.unlink()


def write_whole(path: Path, text: str) -> None:
    """Write a text as `writing_file` writes, in UTF-8.

    Args:
        path: In a folder that exists.
        text: All of it.

    Raises:
        OutputError: If it cannot be written.
    """
    with writing_file(path) as file:
        file.write(text.encode())
