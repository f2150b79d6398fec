"""Which of several prompts has a word: lists of words are typed once for all prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from vxa.core.errors import SelectionError
from vxa.core.tokens import TokenTable, parse_selection

V = TypeVar("V")


def share_out(words: Sequence[str], tables: Sequence[TokenTable]) -> list[tuple[str, ...]]:
    """Give each prompt those of the words that it has.

    Args:
        words: Words, phrases or indices; see `parse_selection`.
        tables: Tokens of the prompts, at least one.

    Returns:
        One tuple a prompt, words in order.

    Raises:
        SelectionError: If no prompt has one of them.
    """
    shared: list[list[str]] = [[] for _ in tables]
    for word in words:
        missing: SelectionError | None = None
        for mine, table in zip(shared, tables, strict=True):
            try:
                parse_selection(table, word)
            except SelectionError as error:
                missing = error
            else:
                mine.append(word)
        if missing is not None and not any(word in mine for mine in shared):
            raise missing
    return [tuple(mine) for mine in shared]


def share_out_pairs(pairs: Sequence[tuple[str, V]], tables: Sequence[TokenTable]) -> list[tuple[tuple[str, V], ...]]:
    """Give each prompt those of the (word, value) pairs whose word it has, as `share_out` does with words."""
    shared = share_out([word for word, _ in pairs], tables)
    return [tuple(pair for pair in pairs if pair[0] in mine) for mine in shared]


def share_out_to_all(words: Sequence[str], tables: Sequence[TokenTable], what: str) -> tuple[str, ...]:
    """Give each prompt a selection of those of the words that it has, which must be one at least.

    Raises:
        SelectionError: If a prompt has none of them.
    """
    shared = share_out(words, tables)
    for mine, table in zip(shared, tables, strict=True):
        if not mine:
            raise SelectionError(
                f"{what} of every prompt",
                got=f"none of {', '.join(words)} in “{table.prompt}”",
                remedy=f"Add one of its words: {', '.join(table.words)}.",
            )
    return tuple(", ".join(mine) for mine in shared)
