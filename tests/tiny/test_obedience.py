from __future__ import annotations

import numpy as np
import pytest

from vxa.hosts.load import load_host
from vxa.tiny import weights_path
from vxa.tiny.checker import judge
from vxa.tiny.obedience import Drawing, find_tasks, judge_tasks, scene_of_drawing
from vxa.tiny.scenes import draw_scene
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
    assert all(verdict.relation_right is not None for verdict in verdicts) and done == [1, 2]


def test_a_perfect_drawing_is_the_scene_itself() -> None:
    for task in find_tasks("dev", 12, lambda _layout: True):
        scene = draw_scene(task.seed, "dev")
        seen = scene_of_drawing(task, "dev", scene.picture)
        assert seen.caption == scene.caption and seen.words == scene.words
        owners = sum(item.mask.astype(int) for item in seen.objects) + seen.background_mask
        assert (owners == 1).all()
        for own, found in zip(scene.objects, seen.objects, strict=True):
            if found.mask.any():
                assert (own.mask & found.mask).sum() > 0.75 * (own.mask | found.mask).sum()
        assert any(item.mask.any() for item in seen.objects)


def test_what_is_not_drawn_has_an_empty_mask() -> None:
    task = find_tasks("dev", 1, lambda _layout: True)[0]
    seen = scene_of_drawing(task, "dev", np.full((128, 128, 3), 148, np.uint8))
    assert seen.background_mask.all() and not any(item.mask.any() for item in seen.objects)


def test_large_drawings_are_judged_at_the_checker_s_size() -> None:
    for task in find_tasks("dev", 6, lambda _layout: True):
        scene = draw_scene(task.seed, "dev", 256)
        assert judge(scene.picture, task.expected, task.relation).all_right
        seen = scene_of_drawing(task, "dev", scene.picture)
        for own, found in zip(scene.objects, seen.objects, strict=True):
            assert (own.mask & found.mask).sum() > 0.75 * (own.mask | found.mask).sum()
