from __future__ import annotations

import pytest

from vxa.hosts.load import load_host
from vxa.tiny import weights_path
from vxa.tiny.obedience import Drawing, find_tasks, judge_tasks
from vxa.tiny.vocabulary import HELD_OUT_PAIRS

pytest.importorskip("diffusers")


def test_tasks_are_what_was_wanted_and_always_the_same() -> None:
    tasks = find_tasks("test", 20, lambda layout: len(layout.objects) == 2)
    assert tasks == find_tasks("test", 20, lambda layout: len(layout.objects) == 2)
    assert all(len(task.expected) == 2 for task in tasks) and len({task.seed for task in tasks}) == 20
    for task in tasks:
        pairs = {(item.color, item.noun) for item in task.expected}
        assert task.is_held_out or not pairs & HELD_OUT_PAIRS
        assert all(item.noun in task.caption for item in task.expected)


def test_every_task_gets_a_verdict() -> None:
    tasks = find_tasks("dev", 2, lambda layout: layout.relation == "above")
    done: list[int] = []
    verdicts = judge_tasks(load_host(weights_path()), tasks, Drawing(num_steps=2, guidance=3.0), done.append)
    assert [len(verdict.bound_right) for verdict in verdicts] == [len(task.expected) for task in tasks]
    assert all(verdict.relation_right is not None for verdict in verdicts) and done == [2]
