"""A process that counts votes on the small random model: `python -m tests.app.heads.counting_process DIR PICTURES`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from vxa.app.heads.compute import ComputePlan, plan_compute
from vxa.app.heads.compute_job import ComputeJob
from vxa.app.heads.run import run_part, run_shared
from vxa.app.heads.team import join_team
from vxa.core.concepts import Concepts
from vxa.engine.host import Host
from vxa.hosts.memory import RandomHost

CONCEPTS = Concepts.of({"Color": ["red", "blue", "green"], "Shape": ["circle", "square"], "Size": ["small", "large"]})


def make_plan(num_pictures: int, host: Host) -> ComputePlan:
    job = ComputeJob(steps=2, scheduler="ddim", height=16, width=32)
    return plan_compute(job, [f"a picture of {number}" for number in range(num_pictures)], CONCEPTS, host)


def main() -> None:
    torch.set_num_threads(1)
    folder, host = Path(sys.argv[1]), RandomHost()
    plan, team = make_plan(int(sys.argv[2]), host), join_team("cpu")
    if team.size > 1:
        run_shared(plan, host, folder, team)
    else:
        run_part(plan, host, folder)


if __name__ == "__main__":
    main()
