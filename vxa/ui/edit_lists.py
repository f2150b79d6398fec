"""What the typed lists of an edit say of each word: data for the browser, which writes them by clicks as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vxa.app.editing.sharing import share_out, share_out_to_all
from vxa.app.editing.typed import read_numbers, read_windows, read_words
from vxa.core.errors import SelectionError, VxaError
from vxa.core.tokens import TokenTable, parse_selection

Readers = Mapping[str, Callable[[str], Sequence[tuple[str, Any]]]]
READERS: Readers = {
    "weights": lambda text: read_numbers(text, "weights"),
    "word_windows": lambda text: read_windows(text, "windows of words"),
    "blend": lambda text: [(word, None) for word in read_words(text)],
    "subtract": lambda text: [(word, None) for word in read_words(text)],
    "tokens": lambda text: [(word, None) for word in read_words(text)],
}
"""Settings that are lists of words, and how each is read: pairs of word and value."""
_OF_EDITS = ("weights", "word_windows")
_OF_ALL = {"blend": "words to blend", "subtract": "words to leave out"}
"""Lists of which every prompt needs a word, and what they are."""


def read_lists(typed: Mapping[str, str], source: TokenTable, targets: Sequence[TokenTable]) -> dict[str, Any]:
    """Find the words of each list in the prompts.

    Args:
        typed: Text of each list, by the name of the setting.
        source: Tokens of the source prompt.
        targets: Tokens of each edited prompt.

    Returns:
        `lists`: for each setting its parts, with `text`, `value`, `source` (columns) and `targets` (columns in each),
        or None if it cannot be read; `errors`: what is wrong with a list, by setting.
    """
    lists: dict[str, list[dict[str, Any]] | None] = dict.fromkeys(READERS)
    errors: dict[str, str] = {}
    for name, read in READERS.items():
        tables = targets if name in _OF_EDITS else [source, *targets]
        try:
            parts = read(typed[name])
            lists[name] = [
                {
                    "text": word, "value": value, "source": [] if name in _OF_EDITS else _columns(source, word),
                    "targets": [_columns(target, word) for target in targets],
                }
                for word, value in parts
            ]  # fmt: skip
            words = [word for word, _ in parts]
            if words and name in _OF_ALL:
                share_out_to_all(words, tables, _OF_ALL[name])
            else:
                share_out(words, tables)
        except VxaError as error:
            errors[name] = str(error)
    return {"lists": lists, "errors": errors}


def _columns(table: TokenTable, word: str) -> list[int]:
    try:
        return list(parse_selection(table, word).indices)
    except SelectionError:
        return []
