from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.app.heads.counting_process import make_plan as make_long_plan
from tests.same_counts import assert_same_counts
from vxa.app.heads.compute import ComputePlan, count_votes
from vxa.app.heads.files import load_counts, save_counts
from vxa.app.heads.run import WHOLE_NAME, part_name, run_part, run_shared
from vxa.app.heads.team import Team
from vxa.core.errors import ConfigError, InterruptedRunError, OutputError
from vxa.core.head_counts import HeadCounts, merge_counts
from vxa.engine.host import Host

NUM_PICTURES = 100


class Member(Team):
    """One of a team whose others have handed over nothing but zeros."""

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size = rank, size

    def add(self, array: NDArray[np.int32]) -> NDArray[np.int32]:
        return array

    def leave(self) -> None:
        pass


def test_a_run_goes_on_where_it_was_killed(host: Host, tmp_path: Path, environment: dict[str, str], root: Path) -> None:
    words = [sys.executable, "-m", "tests.app.heads.counting_process", str(tmp_path), str(NUM_PICTURES)]
    process = subprocess.Popen(words, env=environment, cwd=root)
    path = tmp_path / WHOLE_NAME
    while not path.is_file() or len(load_counts(path).pictures) < 3:
        assert process.poll() is None, "it ended by itself"
        time.sleep(0.01)
    process.kill()
    process.wait()
    num_done = len(load_counts(path).pictures)
    assert 3 <= num_done < NUM_PICTURES
    plan = make_long_plan(NUM_PICTURES, host)
    resumed, _ = run_part(plan, host, tmp_path)
    assert_same_counts(resumed, count_votes(plan, host))
    assert_same_counts(load_counts(path), resumed)


def test_an_interrupted_run_keeps_what_is_done(
    plan: ComputePlan, whole: HeadCounts, host: Host, tmp_path: Path
) -> None:
    def interrupt(done: int, total: int, what: str) -> None:
        if done == 3:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        run_part(plan, host, tmp_path / "new", progress=interrupt)
    assert load_counts(tmp_path / "new" / WHOLE_NAME).pictures == {0, 1, 2}
    assert_same_counts(run_part(plan, host, tmp_path / "new")[0], whole)


def test_parts_have_files_of_their_own_and_merge(
    plan: ComputePlan, whole: HeadCounts, host: Host, tmp_path: Path
) -> None:
    files = [run_part(plan, host, tmp_path, (part, 2))[1] for part in range(2)]
    assert [file.name for file in files] == ["counts-1-of-2.npz", "counts-2-of-2.npz"]
    assert_same_counts(merge_counts([load_counts(file) for file in files]), whole)


def test_a_folder_of_another_run_is_refused(
    make_plan: Callable[..., ComputePlan], host: Host, tmp_path: Path
) -> None:  # fmt: skip
    run_part(make_plan(), host, tmp_path)
    with pytest.raises(ConfigError, match="others: seed"):
        run_part(make_plan(seed=1), host, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        run_part(make_plan(), host, tmp_path / "file")


def test_a_member_counts_its_part_of_what_is_missing(
    plan: ComputePlan, whole: HeadCounts, host: Host, tmp_path: Path
) -> None:
    save_counts(count_votes(plan, host, batches=plan.batches()[:2]), tmp_path / WHOLE_NAME)
    counts, path = run_shared(plan, host, tmp_path, Member(0, 2))
    assert counts.pictures == {0, 1, 2, 4} and path == tmp_path / WHOLE_NAME
    assert list(tmp_path.iterdir()) == [path], "its own file is gone once all are added up"
    rest, _ = run_shared(plan, host, tmp_path / "other", Member(1, 2))
    assert rest.pictures == {1, 3}
    assert_same_counts(merge_counts([counts, count_votes(plan, host, batches=[range(3, 4)])]), whole)


def test_votes_added_up_before_a_kill_are_not_added_twice(
    plan: ComputePlan, whole: HeadCounts, host: Host, tmp_path: Path
) -> None:
    save_counts(whole, tmp_path / WHOLE_NAME)
    save_counts(count_votes(plan, host, batches=plan.batches(0, 2)), tmp_path / part_name(0, 2))
    assert_same_counts(run_shared(plan, host, tmp_path, Member(0, 2))[0], whole)
    assert not (tmp_path / part_name(0, 2)).exists()


def test_parts_of_a_team_of_another_size_are_not_left_behind(plan: ComputePlan, host: Host, tmp_path: Path) -> None:
    run_part(plan, host, tmp_path, (0, 3))
    with pytest.raises(ConfigError, match=r"2 processes share; got counts-1-of-3\.npz.*vxa heads merge"):
        run_shared(plan, host, tmp_path, Member(0, 2))
