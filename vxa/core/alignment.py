"""Which token of an edited prompt takes over the attention of which token of the source prompt; pure text and matrices.

Three published alignments, each as one matrix M and one share a, so that the edited attention to column t is
a_t · Σ_s A_source[s] · M[s, t] + (1 − a_t) · A_own[t].
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import torch
from torch import Tensor

from vxa.core.errors import AlignmentError
from vxa.core.tokens import Token, TokenTable

CHUNK = 77
"""Columns a chunk: BOS, up to 75 tokens, EOS and padding."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """How columns of a source prompt's context serve those of an edited prompt's."""

    matrix_st: Tensor
    """M: shape (columns, columns), float64, at least 0; source column by edited column."""
    share_t: Tensor
    """a: shape (columns,), float64; 1 where the source's attention is taken, 0 where the edited prompt has its own."""


def align_for_replacement(source: TokenTable, target: TokenTable) -> Alignment:
    """Align two prompts word by word, for swapping words.

    Unchanged words keep their tokens; a changed word's tokens pair up if there are equally many, else every token of
    the new word takes an equal part of all those of the old. What follows is shifted along with its prompt.

    Args:
        source: Tokens of the source prompt.
        target: Tokens of the edited prompt, as many words.

    Returns:
        Rows of M sum to 1 and no column is empty, so attention stays normalised; a is 1.

    Raises:
        AlignmentError: If the prompts have different numbers of words.

    Source: Hertz et al. 2022 (arXiv 2208.01626), `seq_aligner` of the authors' code. Where we differ: theirs loses or
    doubles attention after a word whose number of tokens changes.
    """
    source, target = pad_tables(source, target)
    words, new_words = split_words(source), split_words(target)
    if len(words) != len(new_words):
        raise AlignmentError(
            "as many words in the edited prompt as in the source",
            got=f"{len(new_words)} and {len(words)}",
            remedy="Use refine for prompts that gain or lose words.",
        )
    matrix_st = _empty(source)
    for word, new_word in zip(words, new_words, strict=True):
        if len(word) == len(new_word):
            matrix_st[word, new_word] = 1
        else:
            matrix_st[torch.tensor(word)[:, None], torch.tensor(new_word)] = 1 / len(new_word)
    for old, new in zip(_specials(source), _specials(target), strict=True):
        _shift(matrix_st, old, new)
    return Alignment(matrix_st, torch.ones(len(matrix_st), dtype=torch.float64))


def align_for_refinement(source: TokenTable, target: TokenTable) -> Alignment:
    """Align two prompts token by token, for adding words: tokens that both have, in order, take over.

    Args:
        source: Tokens of the source prompt.
        target: Tokens of the edited prompt.

    Returns:
        Columns of M hold one 1 where aligned; new tokens have a = 0 and an empty column. Padding takes over the
        source's padding, in order.

    Source: Hertz et al. 2022, `seq_aligner`: Needleman-Wunsch with gap 0, match 1, mismatch −1. Where we differ: with
    a source longer than the edited prompt theirs makes padding read real words.
    """
    source, target = pad_tables(source, target)
    matrix_st = _empty(source)
    for old, new in _common_tokens(source.content, target.content):
        matrix_st[old, new] = 1
    for old, new in zip(_specials(source), _specials(target), strict=True):
        for place, column in enumerate(new):
            matrix_st[old[min(place, len(old) - 1)], column] = 1
    return Alignment(matrix_st, matrix_st.sum(0))


def align_by_blocks(source: TokenTable, target: TokenTable) -> Alignment:
    """Align two prompts by their longest common blocks; a run replaced by an equally long one takes over as well.

    Args:
        source: Tokens of the source prompt.
        target: Tokens of the edited prompt.

    Returns:
        Columns of M hold one 1 where aligned, and are empty where a is 0.

    Source: CrossAttentionControl by bloc97, difflib's SequenceMatcher over all columns. Where we differ: contexts of
    three chunks and more are matched without difflib's guess at junk.
    """
    source, target = pad_tables(source, target)
    matrix_st = _empty(source)
    ids, new_ids = ([token.id for token in table.tokens] for table in (source, target))
    for kind, first, last, new_first, new_last in SequenceMatcher(None, ids, new_ids, autojunk=False).get_opcodes():
        if kind == "equal" or (kind == "replace" and last - first == new_last - new_first):
            matrix_st[range(first, last), range(new_first, new_last)] = 1
    return Alignment(matrix_st, matrix_st.sum(0))


def split_words(table: TokenTable) -> list[list[int]]:
    """List the token columns of each word, words being what spaces separate; a word of no token is left out."""
    starts = [match.start() for match in re.finditer(r"\S+", table.prompt)]
    words: dict[int, list[int]] = {}
    for token in table.content:  # one that stands for no character belongs to the word before it
        words.setdefault(bisect_right(starts, token.start), []).append(token.index)
    return list(words.values())


def pad_tables(*tables: TokenTable) -> tuple[TokenTable, ...]:
    """Give shorter tables empty chunks until all have equally many columns, as hosts do when they encode prompts."""
    num_chunks = max(len(table.tokens) for table in tables) // CHUNK
    return tuple(_with_chunks(table, num_chunks) for table in tables)


def _with_chunks(table: TokenTable, num_chunks: int) -> TokenTable:
    last = table.tokens[-CHUNK:]
    bos, eos = last[0], next(token for token in last if token.special == "eos")
    end, pad = eos.end, last[-1] if last[-1].special == "pad" else replace(eos, text="pad", special="pad")
    empty = [bos, eos, *[pad] * (CHUNK - 2)]
    added = [
        replace(token, index=chunk * CHUNK + position, chunk=chunk, position=position, start=end, end=end)
        for chunk in range(len(table.tokens) // CHUNK, num_chunks)
        for position, token in enumerate(empty)
    ]
    return replace(table, tokens=(*table.tokens, *added))


def _empty(table: TokenTable) -> Tensor:
    return torch.zeros(len(table.tokens), len(table.tokens), dtype=torch.float64)


def _specials(table: TokenTable) -> list[list[int]]:
    """List BOS of each chunk alone, then EOS and padding of each chunk together."""
    tokens = [token for token in table.tokens if token.special]
    starts = [[token.index] for token in tokens if token.special == "bos"]
    tails = [
        [token.index for token in tokens if token.chunk == chunk and token.special != "bos"]
        for chunk in range(len(starts))
    ]
    return starts + tails


def _shift(matrix_st: Tensor, old: Sequence[int], new: Sequence[int]) -> None:
    """Pair columns in order; leftover old ones go to the last new one, leftover new ones share the last old one."""
    paired = min(len(old), len(new))
    matrix_st[list(old[:paired]), list(new[:paired])] = 1
    if len(old) > paired:
        matrix_st[list(old[paired:]), new[-1]] = 1
    elif len(new) > paired:
        matrix_st[old[-1], list(new[paired - 1 :])] = 1 / (len(new) - paired + 1)


def _common_tokens(source: Sequence[Token], target: Sequence[Token]) -> list[tuple[int, int]]:
    """Pair the columns of tokens that global alignment matches; of equally good ones the authors' choice."""
    best = [[0] * (len(target) + 1) for _ in range(len(source) + 1)]
    for i, old in enumerate(source):
        for j, new in enumerate(target):
            diagonal = best[i][j] + (1 if old.id == new.id else -1)
            best[i + 1][j + 1] = max(best[i + 1][j], best[i][j + 1], diagonal)
    pairs: list[tuple[int, int]] = []
    i, j = len(source), len(target)
    while i and j:
        if best[i][j] == best[i][j - 1]:
            j -= 1
        elif best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((source[i].index, target[j].index))
    return pairs[::-1]
