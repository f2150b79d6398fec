from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.same_counts import assert_same_counts
from vxa.app.heads.compute import ComputePlan, count_votes, plan_compute
from vxa.app.heads.compute_job import ComputeJob
from vxa.core.concepts import Concepts
from vxa.core.errors import ConfigError, InterruptedRunError
from vxa.core.head_counts import HeadCounts, merge_counts
from vxa.engine.host import Host
from vxa.engine.seam import count_hooks

Make = Callable[..., ComputePlan]


def test_every_head_votes_once_a_picture_and_call(whole: HeadCounts, host: Host) -> None:
    assert whole.votes_shn.shape == (2, host.sites.head_layers.total, 3)
    assert (whole.votes_shn.sum(axis=2) == 5).all() and whole.pictures == set(range(5))
    assert len({tuple(votes) for votes in whole.votes_shn.reshape(-1, 3).tolist()}) > 5, "heads differ"


@pytest.mark.parametrize("num_parts", [2, 3, 7])
def test_any_split_merges_to_the_whole(plan: ComputePlan, whole: HeadCounts, host: Host, num_parts: int) -> None:
    parts = [
        count_votes(plan, host, batches=plan.batches(part, num_parts)) for part in reversed(range(num_parts))
    ]  # fmt: skip
    assert_same_counts(merge_counts(parts), whole)


def test_batches_stay_whole_in_any_split(make_plan: Make, host: Host) -> None:
    plan = make_plan(batch=2)
    assert plan.batches() == [range(0, 2), range(2, 4), range(4, 5)]
    assert plan.batches(1, 2) == [range(2, 4)]
    counts = count_votes(plan, host)
    assert counts.pictures == set(range(5)) and counts.run["batch"] == 2


@pytest.mark.parametrize("steps_before", [0, 1, 4, 9])
def test_an_interrupt_at_any_step_loses_no_finished_picture(
    plan: ComputePlan, whole: HeadCounts, host: Host, steps_before: int
) -> None:
    kept: list[HeadCounts] = []
    calls = 0

    def interrupt(done: int, total: int, what: str) -> None:
        nonlocal calls
        calls += 1
        if calls > 1 + steps_before:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        count_votes(plan, host, keep=kept.append, progress=interrupt)
    assert count_hooks(host.unet) == 0
    before = kept[-1] if kept else plan.start
    assert len(before.pictures) >= (steps_before - 1) // 3  # two steps and the end of each picture are told
    assert_same_counts(count_votes(plan, host, before), whole)


def test_what_is_done_is_not_done_again(plan: ComputePlan, whole: HeadCounts, host: Host, counting_calls) -> None:
    told: list[tuple[int, int, str]] = []
    kept: list[HeadCounts] = []
    with counting_calls(host) as calls:
        again = count_votes(plan, host, whole, keep=kept.append, progress=lambda *each: told.append(each))
    assert not calls and not kept and told == [(5, 5, "counting votes")]
    assert again is whole


def test_the_run_is_named_by_all_that_decides_the_votes(make_plan: Make) -> None:
    run = make_plan().start.run
    assert make_plan().start.run == run
    for changes in ({"seed": 1}, {"steps": 3}, {"negative": "grey"}, {"guidance": 2.0}, {"width": 16}, {"batch": 2}):
        assert make_plan(**changes).start.run != run
    assert make_plan(("another",)).start.run["prompts"] != run["prompts"]


def test_samplers_that_look_twice_count_every_call(make_plan: Make) -> None:
    assert len(make_plan(scheduler="pndm").start.votes_shn) == 3


def test_what_cannot_be_run_is_refused_before_it_runs(host: Host) -> None:
    concepts = Concepts.of({"Color": ["red"]})
    for prompts in ((), ("a red circle", " ")):
        with pytest.raises(ConfigError, match="prompts"):
            plan_compute(ComputeJob(), prompts, concepts, host)
    with pytest.raises(ConfigError, match="multiples of 8"):
        plan_compute(ComputeJob(height=13), ("a",), concepts, host)
