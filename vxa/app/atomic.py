"""Write several files into a folder, all or none of them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vxa.core.errors import OutputError

_ROOM = "Choose a folder that can be written to, on a disk with room."


@contextmanager
def writing_folder(folder: Path | str) -> Iterator[Path]:
    """Collect files in a hidden folder beside `folder`, and move them there when the block ends well.

    Files of the same names are replaced, other files in `folder` stay. When the block or the move fails, or is
    interrupted, everything is as it was before, down to folders that had to be made.

    Args:
        folder: Where the files go; made if absent, with its parents.

    Yields:
        The folder to write to. Only plain files in it are moved.

    Raises:
        OutputError: If something cannot be written.
    """
    folder = Path(os.path.abspath(folder))
    made: list[Path] = []
    draft: Path | None = None
    try:
        if folder.exists() and not folder.is_dir():
            raise OutputError("a folder to write to", got=f"the file {folder}", remedy="Choose another folder.")
        _make_folders(folder.parent, made)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
        yield draft
        _make_folders(folder, made)
        _move_all(draft, folder)
        made.clear()
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"to write to {folder}", got=error.strerror or error, remedy=_ROOM) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
        for path in reversed(made):
            _remove_if_empty(path)


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and its parents, noting each one that was not there."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir()
        made.append(path)


def _remove_if_empty(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:
        return  # somebody else put a file there meanwhile: it stays


def _move_all(draft: Path, folder: Path) -> None:
    """Move every file; when one fails, put back what was moved already."""
    replaced = draft / "replaced"
    replaced.mkdir()
    names = sorted(path.name for path in draft.iterdir() if path.is_file())
    try:
        for name in names:
            if (folder / name).is_dir():
                raise OutputError("a file to replace", got=f"the folder {folder / name}", remedy="Move it away.")
            if (folder / name).exists():
                os.replace(folder / name, replaced / name)
            os.replace(draft / name, folder / name)
    except BaseException:
        for name in names:
            if not (draft / name).exists():
                (folder / name).unlink(missing_ok=True)
            if (replaced / name).exists():
                os.replace(replaced / name, folder / name)
        raise
