"""The tokens of a prompt as chips to click, and what the tokens box says about them: plain data for the browser."""

from __future__ import annotations

import re
from typing import Any

from vxa.core.errors import SelectionError
from vxa.core.tokens import Token, TokenTable, parse_selection


def chip_data(table: TokenTable, selection: str) -> dict[str, Any]:
    """Describe the tokens and which of them are chosen.

    Args:
        table: Tokens of the prompt; padding becomes one range.
        selection: What stands in the tokens box.

    Returns:
        `chips`: every token but padding with index, text, special, chunk, weight, `group` (columns of the word it is
        part of) and `name` (how the tokens box calls that word); `pads`: columns of the padding; `parts`: what the box
        says, piece by piece, with columns; `error`: why it cannot be read, or "".
    """
    groups = word_groups(table)
    chips = [_chip(token, *groups[token.index]) for token in table.tokens if token.special != "pad"]
    pads = [token.index for token in table.tokens if token.special == "pad"]
    try:
        parts, error = _parts(table, selection), ""
    except SelectionError as problem:
        parts, error = [], str(problem)
    return {"chips": chips, "pads": pads, "parts": parts, "error": error}


def _chip(token: Token, group: tuple[int, ...], name: str) -> dict[str, Any]:
    return {
        "index": token.index,
        "text": token.text,
        "special": token.special or "",
        "chunk": token.chunk,
        "weight": token.weight,
        "group": list(group),
        "name": name,
    }


def _parts(table: TokenTable, selection: str) -> list[dict[str, Any]]:
    if not selection.strip():
        return []
    pieces = [piece.strip() for piece in selection.split(",") if piece.strip()] or [selection]
    return [{"text": piece, "indices": list(parse_selection(table, piece).indices)} for piece in pieces]


def word_groups(table: TokenTable) -> dict[int, tuple[tuple[int, ...], str]]:
    """Map each column to the columns of its word and the word's name in the tokens box."""
    groups: dict[int, tuple[tuple[int, ...], str]] = {
        token.index: ((token.index,), str(token.index)) for token in table.tokens
    }
    # shortest first, so that "red-brown" wins over the "red" in it
    for word in sorted(table.words, key=len):
        every = parse_selection(table, word).indices if _is_in(table, word) else ()
        for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", table.searched, re.IGNORECASE):
            columns = tuple(t.index for t in table.content if t.start < match.end() and match.start() < t.end)
            # a word that stands twice in the prompt names both, so one of them goes by its columns
            name = word if columns == every else ", ".join(map(str, columns))
            groups.update({column: (columns, name) for column in columns})
    return groups


def _is_in(table: TokenTable, word: str) -> bool:
    try:
        parse_selection(table, word)
    except SelectionError:
        return False
    return True
