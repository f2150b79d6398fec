"""The bundled example: a picture, its prompt, and words in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import vxa
from vxa.core.errors import PictureError

_NAME = "circle_square"


@dataclass(frozen=True)
class Example:
    """A picture to try VXA on."""

    picture: Path
    """A PNG."""
    prompt: str
    """What it shows."""
    tokens: str
    """Words worth looking at."""


def find_example() -> Example:
    """Find the bundled picture, and its prompt in the JSON file of the same name.

    Raises:
        PictureError: If this copy of VXA came without it.
    """
    package = Path(vxa.__file__).resolve().parent
    # in an installed package, then in a clone
    folders = (package / "app" / "assets", package.parent / "examples")
    for folder in folders:
        picture, facts = folder / f"{_NAME}.png", folder / f"{_NAME}.json"
        if picture.is_file() and facts.is_file():
            values = json.loads(facts.read_text(encoding="utf-8"))
            return Example(picture, str(values["prompt"]), str(values["tokens"]))
    raise PictureError(
        "the bundled example picture",
        got=f"none in {' or '.join(map(str, folders))}",
        remedy="Install VXA again, or use `vxa visualize` with a picture of your own.",
    )
