"""Two prompts written one over the other, so that each word stands over what takes its place: data for the browser."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vxa.app.editing.token_pairs import TokenPairs, pair_tokens
from vxa.core.errors import AlignmentError
from vxa.core.tokens import TokenTable
from vxa.ui.chips import word_groups

_WHY = {
    "replace": "words are swapped, each new one takes the place of the old",
    "refine": "words are added or gone, those in common keep their places",
    "reweight": "the same words, with other weights",
    "cac": "cross-attention control, by the longest common parts",
}
Groups = Mapping[int, tuple[int, ...]]
_NO_WORD = re.compile(r"[\d\s+.-]*|.*[,=].*")
"""What a typed list would read as an index, or split."""


@dataclass(frozen=True)
class Column:
    """Tokens of one prompt over those of the other."""

    source: tuple[int, ...]
    """Columns of the source prompt's tokens; empty if the words are new."""
    target: tuple[int, ...]
    """Columns of the edited prompt's tokens; empty if the words are gone."""
    is_kept: bool
    """Whether both are the same."""

    @property
    def state(self) -> str:
        """How the script and the style call it."""
        if not self.source or not self.target:
            return "added" if self.target else "removed"
        return "kept" if self.is_kept else "swapped"


def pair_prompts(source: TokenTable, target: TokenTable, kind: str) -> dict[str, Any]:
    """Describe how an edited prompt is aligned with its source.

    Args:
        source: Tokens of the source prompt.
        target: Tokens of the edited prompt.
        kind: See `pair_tokens`.

    Returns:
        `prompt`; `kind` and `why` in words; `columns`, each with `state` and the words of either side as lists of
        `text`, `word` (how typed lists call it, or "" if they cannot) and `columns`; `error`: why that kind is
        impossible, or "". Where it is, the columns are those of refining.
    """
    try:
        pairs, error = pair_tokens(source, target, kind), ""
    except AlignmentError as problem:
        pairs, error = pair_tokens(source, target, "refine"), str(problem)
    groups, new_groups = _groups(source), _groups(target)
    columns = [
        {
            "state": each.state, "source": _words(source, groups, each.source),
            "target": _words(target, new_groups, each.target),
        }
        for each in pair_columns(pairs, groups, new_groups)
    ]  # fmt: skip
    return {
        "prompt": target.prompt, "kind": kind if error else pairs.kind, "why": "" if error else _WHY[pairs.kind],
        "columns": columns, "error": error,
    }  # fmt: skip


def pair_columns(pairs: TokenPairs, source: Groups, target: Groups) -> list[Column]:
    """Put aligned tokens over each other, in reading order; a word is never torn apart, nor is what it stands over.

    Args:
        pairs: The alignment.
        source: For each column of the source prompt, those of its word.
        target: The same of the edited prompt.
    """
    joined = _Joined()
    for side, tokens, groups in ((0, pairs.source, source), (1, pairs.target, target)):
        for token, _ in tokens:
            joined.join((side, token.index), (side, groups[token.index][0]))
    for old, new, _ in pairs.links:
        joined.join((0, old), (1, new))
    kept = {(0, token.index) for token, state in pairs.source if state == "kept"}
    kept |= {(1, token.index) for token, state in pairs.target if state == "kept"}
    sets = [Column(_side(each, 0), _side(each, 1), all(token in kept for token in each)) for each in joined.sets()]
    return _in_order(sets)


class _Joined:
    """Tokens that belong together, each as (side, column)."""

    def __init__(self) -> None:
        self._sets: dict[tuple[int, int], set[tuple[int, int]]] = {}

    def join(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        union = self._sets.get(one, {one}) | self._sets.get(other, {other})
        self._sets.update(dict.fromkeys(union, union))

    def sets(self) -> Sequence[set[tuple[int, int]]]:
        return list({id(each): each for each in self._sets.values()}.values())


def _side(tokens: set[tuple[int, int]], side: int) -> tuple[int, ...]:
    return tuple(sorted(column for at, column in tokens if at == side))


def _in_order(columns: Sequence[Column]) -> list[Column]:
    """Order by the source; new words stand before what follows them in the edited prompt."""
    ordered = sorted((each for each in columns if each.source), key=lambda each: each.source)
    for new in sorted((each for each in columns if not each.source), key=lambda each: each.target):
        place = next((at for at, each in enumerate(ordered) if each.target > new.target), len(ordered))
        ordered.insert(place, new)
    return ordered


def _groups(table: TokenTable) -> Groups:
    return {column: group for column, (group, _) in word_groups(table).items()}


def _words(table: TokenTable, groups: Groups, columns: Sequence[int]) -> list[dict[str, Any]]:
    found = []
    for group in dict.fromkeys(groups[column] for column in columns):
        text = table.searched[table.tokens[group[0]].start : table.tokens[group[-1]].end].strip()
        text = text or "".join(table.tokens[column].text for column in group)
        word = "" if _NO_WORD.fullmatch(text) else " ".join(text.lower().split())
        found.append({"text": text, "word": word, "columns": list(group)})
    return found
