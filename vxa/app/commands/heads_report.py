"""What `vxa heads compute` and `vxa heads merge` say of votes."""

from __future__ import annotations

from pathlib import Path

from vxa.app.output import Output
from vxa.core.head_counts import HeadCounts


def report_counts(counts: HeadCounts, path: Path, output: Output, *, following: str) -> None:
    """Say how many votes each concept got, where they are, and which command comes next."""
    pictures, total = len(counts.pictures), counts.run["prompts"]["count"]
    votes = counts.per_concept
    share = {name: number / max(1, sum(votes.values())) for name, number in votes.items()}
    output.table(["concept", "votes", "share"], [[name, votes[name], f"{share[name]:.2%}"] for name in votes])
    output.line(f"{pictures} of {total} pictures counted, {len(counts.votes_shn)} UNet calls each.")
    output.line(f"Written to {path}; {following} comes next.")
    output.summary({
        "counts": str(path), "pictures": pictures, "of": total, "calls": len(counts.votes_shn),
        "heads": counts.layers.total, "votes": votes,
    })  # fmt: skip
