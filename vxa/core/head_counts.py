"""Votes of heads for concepts, and head relevance vectors made of them. Pure numbers.

In every UNet call each head votes for the concept whose words it attends to most. Votes are whole numbers, so those of
any parts of the work add up to exactly those of the whole.

Source: Park et al. 2024 (arXiv 2412.02237), section 3, and the authors' code. Where we differ: a concept or a head
without any vote gives neutral numbers, not divisions by zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vxa.core.concepts import Concepts
from vxa.core.errors import ConfigError, ShapeError
from vxa.core.head_layers import HeadLayers
from vxa.core.head_vectors import HeadVectors

Balance = Literal["published", "root", "layer"]
"""How shares become a vector: as published, in proportion; in proportion to their square roots, for models with so
many heads that a few of them would drown the others; or every layer with the same mean."""
BALANCES: tuple[str, ...] = get_args(Balance)


@dataclass(frozen=True, eq=False)
class HeadCounts:
    """Votes of the heads of a model, over some pictures of a run."""

    concepts: Concepts
    """What is voted for."""
    layers: HeadLayers
    """Who votes."""
    votes_shn: NDArray[np.int32]
    """Shape (UNet call, head, concept): how many pictures."""
    pictures: frozenset[int]
    """Numbers of the pictures counted, from 0, within the whole run."""
    run: Mapping[str, Any]
    """What decides the votes besides the number of a picture, as plain data: model, prompts, steps, seed …"""

    def __post_init__(self) -> None:
        shape = (self.votes_shn.shape[0], self.layers.total, len(self.concepts))
        if self.votes_shn.shape != shape or not shape[0]:
            raise ShapeError(f"votes as (call, {shape[1]} heads, {shape[2]} concepts)", got=self.votes_shn.shape)
        if not (self.votes_shn.sum(axis=2) == len(self.pictures)).all():
            raise ConfigError("one vote a picture, call and head", got="others", remedy="The file is damaged.")

    @cached_property
    def totals_nh(self) -> NDArray[np.int64]:
        """Votes over all calls: shape (concept, head)."""
        return self.votes_shn.sum(axis=0, dtype=np.int64).T

    @property
    def per_concept(self) -> dict[str, int]:
        """Votes of all heads for each concept. Few votes make a noisy vector, which its normalisation hides."""
        return {name: int(votes) for name, votes in zip(self.concepts.names, self.totals_nh.sum(axis=1), strict=True)}


def start_counts(concepts: Concepts, layers: HeadLayers, num_calls: int, run: Mapping[str, Any]) -> HeadCounts:
    """Make counts of no picture yet."""
    votes_shn = np.zeros((num_calls, layers.total, len(concepts)), np.int32)
    return HeadCounts(concepts, layers, votes_shn, frozenset(), run)


def add_winners(counts: HeadCounts, winners_bsh: NDArray[np.integer], pictures: Sequence[int]) -> HeadCounts:
    """Add the votes of some pictures.

    Args:
        counts: What is there. Not modified.
        winners_bsh: Shape (picture, UNet call, head): the number of the concept that won.
        pictures: Their numbers.
    """
    votes_shn = counts.votes_shn.copy()
    call, head = np.indices(votes_shn.shape[:2], sparse=True)
    for winners_sh in winners_bsh:
        votes_shn[call, head, winners_sh] += 1
    return replace(counts, votes_shn=votes_shn, pictures=counts.pictures | set(pictures))


def merge_counts(parts: Sequence[HeadCounts]) -> HeadCounts:
    """Add up counts of different pictures of one run; any split gives exactly the whole.

    Raises:
        ConfigError: If there is none, or they are not of one run, or a picture is in two of them.
    """
    if not parts:
        raise ConfigError("at least one file of counts", got="none")
    first, merged = parts[0], parts[0]
    for part in parts[1:]:
        if differing := _differing(first, part):
            raise ConfigError(
                "counts of one run", got=f"others: {', '.join(differing)}",
                remedy="Merge what was computed with the same prompts, concepts, model and settings.",
            )  # fmt: skip
        if twice := merged.pictures & part.pictures:
            raise ConfigError("counts of different pictures", got=f"{len(twice)} in two files, such as {min(twice)}")
        merged = replace(
            merged, votes_shn=merged.votes_shn + part.votes_shn, pictures=merged.pictures | part.pictures
        )  # fmt: skip
    return merged


def _differing(one: HeadCounts, other: HeadCounts) -> list[str]:
    pairs = {"concepts": (one.concepts, other.concepts), "layers": (one.layers, other.layers)}
    pairs["UNet calls"] = len(one.votes_shn), len(other.votes_shn)
    keys = dict.fromkeys([*one.run, *other.run])
    return [name for name, (a, b) in pairs.items() if a != b] + [
        key for key in keys if one.run.get(key) != other.run.get(key)
    ]


def check_same_run(counts: HeadCounts, wanted: HeadCounts) -> None:
    """Check that counts are of the run that is to go on.

    Raises:
        ConfigError: If not; the message names what differs.
    """
    if differing := _differing(counts, wanted):
        raise ConfigError(
            "a folder with counts of the same run", got=f"others: {', '.join(differing)}",
            remedy="Use the settings of that run, or another folder.",
        )  # fmt: skip


def build_vectors(
    counts: HeadCounts, balance: Balance = "published", clamp: float | None = None, *, with_steps: bool = True
) -> HeadVectors:
    """Make head relevance vectors.

    The share of a head's votes that go to a concept says what the head cares for; a concept's vector is these shares
    over all heads, brought to a mean of 1.

    Args:
        counts: Of at least one picture.
        balance: See `Balance`.
        clamp: Largest entry, above 0; larger ones are cut. The authors advise 9 for SDXL.
        with_steps: Also the vectors of each UNet call alone.

    Returns:
        Vectors with the run as their provenance. A concept that never won gets the vector of ones, which says nothing
        for or against any head.

    Raises:
        ConfigError: If nothing was counted or a setting is out of range.
    """
    if not counts.pictures:
        raise ConfigError("counts of at least one picture", got="none")
    if balance not in BALANCES:
        raise ConfigError(f"a balance, one of {', '.join(BALANCES)}", got=repr(balance))
    # written so that NaN fails too
    if clamp is not None and not clamp > 0:
        raise ConfigError("a clamp above 0", got=clamp)

    def vectors(shares_nh: NDArray[np.float64]) -> NDArray[np.float32]:
        balanced_nh = _balanced(shares_nh, counts.layers, balance)
        return (balanced_nh if clamp is None else np.minimum(balanced_nh, clamp)).astype(np.float32)

    shares_nh = _shares(counts.totals_nh)
    steps_snh = [vectors(_shares(votes_hn.T)) for votes_hn in counts.votes_shn] if with_steps else None
    return HeadVectors(
        concepts=counts.concepts.names,
        layers=counts.layers,
        vectors_nh=vectors(shares_nh),
        shares_nh=shares_nh.astype(np.float32),
        steps_snh=None if steps_snh is None else np.stack(steps_snh),
        provenance={
            **counts.run,
            "words": counts.concepts.to_json(),
            "pictures": len(counts.pictures),
            "votes": counts.per_concept,
            "balance": balance,
            "clamp": clamp,
        },
    )


def _shares(votes_nh: NDArray[np.integer]) -> NDArray[np.float64]:
    """Divide each head's votes by their sum: shape (concept, head), columns sum to 1."""
    sums_h = votes_nh.sum(axis=0)
    return np.where(sums_h > 0, votes_nh / np.maximum(sums_h, 1), 1 / len(votes_nh))


def _balanced(shares_nh: NDArray[np.float64], layers: HeadLayers, balance: Balance) -> NDArray[np.float64]:
    if balance == "layer":
        return np.concatenate([_to_mean_one(shares_nh[:, layers.slice_of(name)]) for name in layers.addresses], axis=1)
    return _to_mean_one(np.sqrt(shares_nh) if balance == "root" else shares_nh)


def _to_mean_one(values_nh: NDArray[np.float64]) -> NDArray[np.float64]:
    means_n1 = values_nh.mean(axis=1, keepdims=True)
    return np.where(means_n1 > 0, values_nh / np.where(means_n1 > 0, means_n1, 1), 1.0)
