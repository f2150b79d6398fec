"""Sets of concepts by name or from a file: a table (.csv), a list (.txt) or an object (.json)."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path

from vxa.core.concepts import VISUAL_CONCEPTS, Concepts
from vxa.core.errors import ConfigError, did_you_mean
from vxa.tiny.concepts import scene_concepts

SHIPPED = ("visual", "scenes")
"""Sets that come with the package: 34 visual concepts for real models, and the words of the embedded model's scenes."""

_VISUAL = Path(__file__).resolve().parents[1] / "assets" / "concepts_visual.json"
_NUMBERED = re.compile(r"\d+\s*[.):]\s*(.+)")
_WORDS_EACH = 10


def load_concepts(name: str | Path) -> Concepts:
    """Read a set of concepts.

    A .json file holds an object of lists of words by concept. A .csv file has a concept a row, its name first, then
    its words. A .txt or .csv file of one column has a concept's name, then its words numbered "1. Dog", as
    published; or no names at all but the words of the published 34 concepts, ten each.

    Args:
        name: "visual", "scenes" or a file.

    Raises:
        ConfigError: If there is no such set, or the file cannot be read as one.
    """
    if name == "visual":
        return _read_json(_VISUAL)
    if name == "scenes":
        return scene_concepts()
    path = Path(name).expanduser()
    if not path.is_file():
        remedy = f"{did_you_mean(str(name), SHIPPED)} Or name a .csv, .txt or .json file."
        raise ConfigError("a set of concepts", got=repr(str(name)), remedy=remedy)
    return _read_json(path) if path.suffix.lower() == ".json" else _read_rows(path)


def _read_json(path: Path) -> Concepts:
    try:
        found = json.loads(_text_of(path))
    except ValueError as error:
        raise ConfigError(f"JSON in {path}", got=error) from error
    is_object = isinstance(found, dict) and all(isinstance(words, list) for words in found.values())
    if not is_object or not all(isinstance(word, str) for words in found.values() for word in words):
        raise ConfigError(f"an object of lists of words in {path}", got=type(found).__name__, remedy=_EXAMPLE)
    return Concepts.of(found)


def _read_rows(path: Path) -> Concepts:
    lines = _text_of(path).splitlines()
    rows = [[cell.strip() for cell in row if cell.strip()] for row in csv.reader(lines, skipinitialspace=True)]
    rows = [row for row in rows if row]
    if any(len(row) > 1 for row in rows) and path.suffix.lower() == ".csv":
        return _gather(path, ((row[0], row[1:]) for row in rows))
    return _read_list(path, [line.strip() for line in lines if line.strip()])


def _read_list(path: Path, lines: list[str]) -> Concepts:
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    if not any(numbered):
        if len(lines) != _WORDS_EACH * len(VISUAL_CONCEPTS):
            raise ConfigError(f"names of concepts and numbered words in {path}", got=lines[:3], remedy=_EXAMPLE)
        tens = (lines[first : first + _WORDS_EACH] for first in range(0, len(lines), _WORDS_EACH))
        return Concepts.of(dict(zip(VISUAL_CONCEPTS, tens, strict=True)))
    groups: list[tuple[str, list[str]]] = []
    for line, word in zip(lines, numbered, strict=True):
        if word is None:
            groups.append((line, []))
        elif groups:
            groups[-1][1].append(word[1])
        else:
            raise ConfigError(f"the name of a concept before its words in {path}", got=repr(line), remedy=_EXAMPLE)
    return _gather(path, groups)


def _gather(path: Path, groups: Iterable[tuple[str, list[str]]]) -> Concepts:
    found: dict[str, list[str]] = {}
    for name, words in groups:
        if name in found:
            raise ConfigError(f"each concept once in {path}", got=f"{name!r} twice")
        found[name] = words
    return Concepts.of(found)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # tables saved by spreadsheets begin with a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("a text file in UTF-8", got=f"{path} ({error})", remedy="Check the path.") from error


_EXAMPLE = 'Write {"Color": ["red", "blue"]} as JSON, or "Color", "1. red", "2. blue" on lines of their own.'
