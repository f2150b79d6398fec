"""Token tables of a run's prompts, with as many columns as its context will have."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from vxa.core.alignment import pad_tables
from vxa.core.tokens import TokenTable, parse_selection
from vxa.engine.sampling import SamplingPlan

Tokenize = Callable[[str], Sequence[TokenTable]]
"""A host's `tokenize`."""


def read_tables(tokenize: Tokenize, plan: SamplingPlan) -> dict[str, TokenTable]:
    """Make the table of every prompt of a plan; all share their number of columns, as they will when encoded.

    Of the tables of several text encoders the first stands for all: they share their columns.
    """
    prompts = dict.fromkeys((*(plan.negatives if plan.is_guided else ()), *plan.references, *plan.prompts))
    tables = pad_tables(*(tokenize(prompt)[0] for prompt in prompts))
    return dict(zip(prompts, tables, strict=True))


def weigh_words(table: TokenTable, weights: Sequence[tuple[str, float]]) -> Tensor:
    """Turn weights of words into weights of columns; those not named have 1.

    Args:
        table: Tokens of the prompt.
        weights: Pairs of a selection (see `parse_selection`) and its weight, negative too; the last one counts.

    Returns:
        Shape (columns,), float64.

    Raises:
        SelectionError: If a word is not in the prompt.
    """
    weights_t = torch.ones(len(table.tokens), dtype=torch.float64)
    for words, weight in weights:
        weights_t[list(parse_selection(table, words).indices)] = weight
    return weights_t
