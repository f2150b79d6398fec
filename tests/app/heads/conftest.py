"""A run of votes on the small random model: five prompts, two UNet calls each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vxa.app.heads.compute import ComputePlan, count_votes, plan_compute
from vxa.app.heads.compute_job import ComputeJob
from vxa.core.concepts import Concepts
from vxa.core.head_counts import HeadCounts
from vxa.engine.host import Host

PROMPTS = ("a red circle", "a blue square", "two stars", "a ring on a box", "a green heart")
CONCEPTS = Concepts.of({"Color": ["red", "blue", "green"], "Shape": ["circle", "square"], "Size": ["small", "large"]})


@pytest.fixture
def make_plan(host: Host) -> Callable[..., ComputePlan]:
    def make(prompts: tuple[str, ...] = PROMPTS, **settings: object) -> ComputePlan:
        job = ComputeJob(**{"steps": 2, "scheduler": "ddim", "height": 16, "width": 32, **settings})
        return plan_compute(job, prompts, CONCEPTS, host)

    return make


@pytest.fixture
def plan(make_plan: Callable[..., ComputePlan]) -> ComputePlan:
    return make_plan()


@pytest.fixture
def whole(plan: ComputePlan, host: Host) -> HeadCounts:
    """All votes, counted in one go."""
    return count_votes(plan, host)
