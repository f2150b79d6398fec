"""Which token of an edited prompt takes over from which of the source, as data to be shown: needs no model run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from vxa.core.alignment import align_by_blocks, align_for_refinement, align_for_replacement, pad_tables
from vxa.core.tokens import Token, TokenTable
from vxa.methods.p2p import suggest_kind

State = Literal["kept", "swapped", "new", "dropped"]
"""The same token in both prompts, another one in its place, or a token of one prompt alone."""


@dataclass(frozen=True)
class TokenPairs:
    """How an edited prompt is aligned with its source."""

    kind: str
    """"replace", "refine", "reweight", or "cac" for cross-attention control."""
    source: tuple[tuple[Token, State], ...]
    """Tokens of the source prompt."""
    target: tuple[tuple[Token, State], ...]
    """Tokens of the edited prompt."""
    links: tuple[tuple[int, int, float], ...]
    """Column of a source token, column of the edited token that takes over from it, and what share of it, in (0, 1]."""

    def to_json(self) -> dict[str, Any]:
        """Write it as plain data."""
        sides = {"source": self.source, "target": self.target}
        return {"kind": self.kind, **{name: [_plain(*each) for each in side] for name, side in sides.items()},
                "links": [list(link) for link in self.links]}  # fmt: skip


def pair_tokens(source: TokenTable, target: TokenTable, kind: str = "auto") -> TokenPairs:
    """Align two prompts.

    Args:
        source: Tokens of the source prompt.
        target: Tokens of the edited prompt.
        kind: "replace", "refine", "reweight", "cac", or "auto" for what the difference suggests.

    Raises:
        AlignmentError: If prompts to replace have different numbers of words.
    """
    kind = suggest_kind(source, target) if kind == "auto" else kind
    source, target = pad_tables(source, target)
    shares = _matrix(kind, source, target).tolist()  # reading a tensor number by number takes long
    links = tuple(
        (old.index, new.index, float(shares[old.index][new.index]))
        for old in source.content
        for new in target.content
        if shares[old.index][new.index] > 0
    )
    return TokenPairs(kind, _states(source, target, links, 0), _states(target, source, links, 1), links)


def _matrix(kind: str, source: TokenTable, target: TokenTable) -> Tensor:
    if kind == "reweight":
        return torch.eye(len(source.tokens))
    align = {"replace": align_for_replacement, "refine": align_for_refinement, "cac": align_by_blocks}[kind]
    return align(source, target).matrix_st


def _states(
    table: TokenTable, other: TokenTable, links: tuple[tuple[int, int, float], ...], side: int
) -> tuple[tuple[Token, State], ...]:
    states: list[tuple[Token, State]] = []
    columns = [(old, new) if side == 0 else (new, old) for old, new, _ in links]
    alone: State = "new" if side else "dropped"
    for token in table.content:
        partners = [other.tokens[partner] for own, partner in columns if own == token.index]
        is_kept = len(partners) == 1 and partners[0].id == token.id
        states.append((token, "kept" if is_kept else "swapped" if partners else alone))
    return tuple(states)


def _plain(token: Token, state: State) -> dict[str, Any]:
    return {"index": token.index, "text": token.text, "start": token.start, "end": token.end, "state": state}
