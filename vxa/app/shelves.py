"""Files of the server that a page or a client may name: those in a few folders, by name alone.

Names are looked up among what a folder lists. Nothing that comes from outside is opened as a path, asked of a hub, or
tells by its error whether something exists.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vxa.app.heads.find import AUTO, EMBEDDED
from vxa.core.errors import ConfigError


@dataclass(frozen=True)
class _Shelf:
    folder: str
    what: str
    always: tuple[str, ...]
    """Names that stand for no file."""


_SHELVES = {
    "vectors": _Shelf("head-vectors", "head vectors", ("", AUTO, EMBEDDED)),
    "clip": _Shelf("clip", "a CLIP model", ("",)),
}
"""By setting, where the files lie that it may name."""
HELP = {
    "vectors": "Head relevance vectors: a file in the server's folder head-vectors, by name; auto: those of the "
    "embedded model.",
    "clip": "CLIP model that scores the pictures: a folder in the server's folder clip, by name; blank: the checker of "
    "the embedded model.",
}
"""What to say of these settings where files are named so."""


@dataclass(frozen=True)
class Shelves:
    """The files of one server."""

    home: Path | None = None
    """Holds a folder for each kind of file, `head-vectors` and `clip`; may begin with ~. None holds nothing."""

    def admit(self, setting: str, value: str) -> str:
        """Turn the name of a file into its path; leave settings alone that name no file.

        Args:
            setting: Name of a job's setting.
            value: What was asked for; a path that was given for a name before is admitted again.

        Returns:
            The path, with ~ and relative to the working folder if the home is: jobs that carry it tell no more.

        Raises:
            ConfigError: If there is no such file; the error is the same for any name that the folder does not list.
        """
        shelf = _SHELVES.get(setting)
        if shelf is None or value.strip() in shelf.always:
            return value
        held = self._list(shelf.folder)
        named = {**held, **{path: path for path in held.values()}}
        if value.strip() not in named:
            known = ", ".join([*filter(None, shelf.always), *held]) or "none yet"
            where = "no folder of this server" if self.home is None else str(self.home / shelf.folder)
            raise ConfigError(
                f"{shelf.what} by name, of those in {where}: {known}", got=repr(value),
                remedy="Paths are not opened here: put the file into that folder on the server.",
            )  # fmt: skip
        return named[value.strip()]

    def _list(self, folder: str) -> dict[str, str]:
        """List the paths of a folder's files by name."""
        if self.home is None:
            return {}
        shown = self.home / folder
        try:
            names = sorted(os.listdir(shown.expanduser()))
        except (OSError, RuntimeError):  # there is no such folder, or nobody's home is known
            return {}
        return {name: str(shown / name) for name in names if not name.startswith(".")}
