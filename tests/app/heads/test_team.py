from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.app.heads.counting_process import make_plan
from tests.same_counts import assert_same_counts
from vxa.app.heads.compute import count_votes
from vxa.app.heads.files import load_counts
from vxa.app.heads.run import WHOLE_NAME
from vxa.app.heads.team import Alone, Launched, join_team
from vxa.core.errors import HostError
from vxa.engine.host import Host

NUM_PICTURES = 5


def test_a_process_that_nobody_launched_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    team = join_team("auto")
    assert isinstance(team, Alone) and team.is_first and team.size == 1 and team.device is None
    votes = np.ones(3, np.int32)
    assert team.add(votes) is votes
    team.leave()


def test_without_accelerate_a_launched_process_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(HostError, match="pip install accelerate"):
        Launched()
    for name in ("WORLD_SIZE", "PMI_SIZE"):
        with monkeypatch.context() as patch, pytest.raises(HostError):
            patch.setenv(name, "2")
            join_team("cpu")


def test_two_processes_count_bit_for_bit_what_one_counts(
    host: Host, tmp_path: Path, environment: dict[str, str], root: Path
) -> None:
    pytest.importorskip("accelerate")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    # what a launcher sets; each member has a folder of its own, as on machines without a common disk
    shared = {**environment, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    words = [sys.executable, "-m", "tests.app.heads.counting_process"]
    members = [
        subprocess.Popen(
            [*words, str(tmp_path / str(rank)), str(NUM_PICTURES)], cwd=root,
            env={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(2)
    ]  # fmt: skip
    assert [member.wait(timeout=300) for member in members] == [0, 0]
    assert [path.name for path in sorted(tmp_path.rglob("*.npz"))] == [WHOLE_NAME]
    assert_same_counts(load_counts(tmp_path / "0" / WHOLE_NAME), count_votes(make_plan(NUM_PICTURES, host), host))
