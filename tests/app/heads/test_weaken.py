"""Ordered weakening: every order and number of heads, what they share drawn once, and errors before the model runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.made_vectors import make_vectors
from vxa.app.heads.weaken import plan_weaken, run_weaken
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.jobs import GenerateJob
from vxa.app.recording import record_generation
from vxa.core.errors import ConfigError, SelectionError
from vxa.engine.host import Host
from vxa.engine.seam import count_hooks
from vxa.methods.ordered_weakening import spread_counts


@pytest.fixture
def job(vectors_file: str, clip_folder: str) -> WeakenJob:
    return WeakenJob(
        prompt="a red circle", concept="color", vectors=vectors_file, clip=clip_folder, steps=1, height=32, width=32
    )


def test_heads_are_weakened_in_the_order_of_their_shares(host: Host, job: WeakenJob) -> None:
    (subject,) = plan_weaken(replace(job, orders=("most", "least"), counts=(5,)), host).subjects
    most = make_vectors(host.sites.head_layers).order("color")
    assert dict(subject.groups) == {
        frozenset(): (("most", 0), ("least", 0)),
        frozenset(most[:5].tolist()): (("most", 5),),
        frozenset(most[-5:].tolist()): (("least", 5),),
    }
    assert subject.columns == (1, 2, 3), "all words, not BOS, EOS and padding"


def test_all_orders_meet_at_none_and_at_all_heads(host: Host, job: WeakenJob) -> None:
    num_heads = host.sites.head_layers.total
    plan = plan_weaken(job, host)
    assert plan.counts == spread_counts(num_heads) and plan.counts[-1] == num_heads
    ends = {frozenset(), frozenset(range(num_heads))}
    for heads, members in plan.subjects[0].groups.items():
        assert len(members) == (3 if heads in ends else 1)


def test_every_picture_is_scored_and_shared_ones_are_drawn_once(host: Host, job: WeakenJob) -> None:
    job = replace(job, prompt="a red circle || a blue square", counts=(4, 28), orders=("most", "random"), num_seeds=5)
    told: list[tuple[int, int]] = []
    drawn = run_weaken(plan_weaken(job, host), host, lambda done, total, what: told.append((done, total)))
    assert len(drawn.rows) == 2 * 5 * 2 * 3 and count_hooks(host.unet) == 0
    assert {(row.prompt, row.seed) for row in drawn.rows} == {(p, s) for p in (0, 1) for s in range(5)}
    # two prompts, two batches of seeds each, of none, all, and 4 heads in either order
    assert told[-1] == (16, 16) and [done for done, _ in told] == list(range(1, 17))
    assert drawn.shown["most", 28] is drawn.shown["random", 28]
    assert not np.array_equal(drawn.shown["most", 4], drawn.shown["most", 28])


def test_without_weakening_the_picture_is_the_generated_one(host: Host, job: WeakenJob) -> None:
    drawn = run_weaken(plan_weaken(replace(job, counts=(28,), orders=("most",), seed=4), host), host)
    plain = record_generation(GenerateJob(prompt=job.prompt, steps=1, height=32, width=32, seed=4), host).picture
    assert np.array_equal(drawn.shown["most", 0], plain)
    neutral = run_weaken(plan_weaken(replace(job, counts=(28,), factor=1.0, seed=4), host), host)
    assert np.array_equal(neutral.shown["most", 28], plain)


def test_some_words_alone_may_be_weakened(host: Host, job: WeakenJob) -> None:
    two = replace(job, prompt="a red circle || a blue star", words="circle, blue")
    assert [subject.columns for subject in plan_weaken(two, host).subjects] == [(3,), (2,)]


def test_a_random_order_is_another_for_each_prompt_and_the_same_again(host: Host, job: WeakenJob) -> None:
    job = replace(job, prompt="a || b", orders=("random",), counts=(9,))
    first, second = (list(subject.groups)[1] for subject in plan_weaken(job, host).subjects)
    assert first != second and first == list(plan_weaken(job, host).subjects[0].groups)[1]


@pytest.mark.parametrize(("change", "error", "message"), [
    ({"concept": "taste"}, ConfigError, "There are: color, shape, size"),
    ({"words": "square"}, SelectionError, "got 'square'"),
    ({"prompt": "a cat || a dog", "words": "cat"}, SelectionError, "words to weaken of every prompt"),
    ({"counts": (29,)}, ConfigError, "numbers of heads from 0 to 28, which the model has; got 29"),
    ({"clip": ""}, ConfigError, "a CLIP model to score the pictures with; got none"),
])  # fmt: skip
def test_what_does_not_fit_is_found_before_the_model_runs(
    host: Host, job: WeakenJob, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plan_weaken(replace(job, **change), host)
