"""Whether votes are bit for bit the same."""

from __future__ import annotations

from vxa.core.head_counts import HeadCounts


def assert_same_counts(one: HeadCounts, other: HeadCounts) -> None:
    assert (one.votes_shn == other.votes_shn).all()
    assert (one.pictures, one.run, one.concepts, one.layers) == (
        other.pictures,
        other.run,
        other.concepts,
        other.layers,
    )
