"""Count votes into a folder: resumable, safe against a kill at any moment, alone or shared by several processes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vxa.app.heads.compute import ComputePlan, count_votes
from vxa.app.heads.files import load_counts, save_counts
from vxa.app.heads.team import Team
from vxa.app.progress import Progress, no_progress
from vxa.core.errors import ConfigError, OutputError
from vxa.core.head_counts import HeadCounts, check_same_run
from vxa.engine.host import Host

WHOLE_NAME = "counts.npz"
"""Votes of a whole run."""


def part_name(part: int, num_parts: int) -> str:
    """Name the file with the votes of one part of a run, from 0.

    Example:
        >>> part_name(0, 4)
        'counts-1-of-4.npz'
    """
    return f"counts-{part + 1}-of-{num_parts}.npz" if num_parts > 1 else WHOLE_NAME


def run_part(
    plan: ComputePlan, host: Host, folder: Path, part: tuple[int, int] = (0, 1), progress: Progress = no_progress
) -> tuple[HeadCounts, Path]:
    """Count one part of a run, or go on with it.

    Args:
        plan: What to count.
        host: The model.
        folder: Where the votes are kept; made if absent.
        part: Number of the part, from 0, and how many there are.
        progress: See `count_votes`.

    Returns:
        The votes, and the file that holds them.

    Raises:
        ConfigError: If the file there is of another run.
        OutputError: If it cannot be written.
    """
    path = _prepare(folder) / part_name(*part)
    before = _read(path, plan)
    keep = partial(save_counts, path=path)
    return count_votes(plan, host, before, batches=plan.batches(*part), keep=keep, progress=progress), path


def run_shared(
    plan: ComputePlan, host: Host, folder: Path, team: Team, progress: Progress = no_progress
) -> tuple[HeadCounts, Path]:
    """Count a run with a team: every process its part, each kept in a file of its own until all are added up.

    Args:
        plan: What to count.
        host: The model.
        folder: Where the votes are kept; may be on a disk of each machine's own.
        team: The processes.
        progress: See `count_votes`; of this process's part.

    Returns:
        The votes of the whole run, and the file in which the first process wrote them.

    Raises:
        ConfigError: If a file there is of another run, or of a team of another size.
        OutputError: If a file cannot be written.
    """
    whole_path, path = _prepare(folder) / WHOLE_NAME, folder / part_name(team.rank, team.size)
    if team.is_first:
        _check_parts(folder, team.size)
    whole = _read(whole_path, plan) if team.is_first else plan.start
    done_p = team.add(_mask(whole.pictures, plan))
    own = _read(path, plan)
    if own.pictures & set(np.flatnonzero(done_p).tolist()):
        own = plan.start  # killed after all parts were added up, before they were deleted
    todo = [batch for batch in plan.batches(team.rank, team.size) if not done_p[batch.start]]
    own = count_votes(plan, host, own, batches=todo, keep=partial(save_counts, path=path), progress=progress)
    votes_shn = team.add(own.votes_shn + whole.votes_shn)
    pictures = np.flatnonzero(team.add(_mask(own.pictures | whole.pictures, plan))).tolist()
    total = replace(plan.start, votes_shn=votes_shn, pictures=frozenset(pictures))
    if team.is_first:
        save_counts(total, whole_path)
    team.leave()
    path.unlink(missing_ok=True)
    return total, whole_path


def _prepare(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"a folder to write to at {folder}", got=error, remedy="Choose another folder.") from error
    return folder


def _read(path: Path, plan: ComputePlan) -> HeadCounts:
    if not path.is_file():
        return plan.start
    found = load_counts(path)
    check_same_run(found, plan.start)
    return found


def _check_parts(folder: Path, size: int) -> None:
    expected = {part_name(rank, size) for rank in range(size)}
    if others := sorted(path.name for path in folder.glob("counts-*-of-*.npz") if path.name not in expected):
        raise ConfigError(
            f"parts of a run that {size} processes share", got=", ".join(others),
            remedy="Go on with as many processes, or add the parts up first with `vxa heads merge`.",
        )  # fmt: skip


def _mask(pictures: Iterable[int], plan: ComputePlan) -> NDArray[np.int32]:
    mask_p = np.zeros(len(plan.prompts), np.int32)
    mask_p[list(pictures)] = 1
    return mask_p
