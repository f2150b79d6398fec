from __future__ import annotations

import numpy as np
import pytest

from vxa.tiny.checker import Detection, Expected, detect_objects, judge, stands
from vxa.tiny.scenes import Scene, draw_scene


def expected_of(scene: Scene) -> list[Expected]:
    return [Expected(item.noun, item.color) for item in scene.objects]


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [draw_scene(seed, "test") for seed in range(80)]


def test_the_checker_is_right_about_truly_drawn_scenes(scenes: list[Scene]) -> None:
    verdicts = [judge(scene.picture, expected_of(scene), scene.relation) for scene in scenes]
    bound = [right for verdict in verdicts for right in verdict.bound_right]
    assert np.mean(bound) >= 0.97
    relations = [verdict.relation_right for verdict in verdicts if verdict.relation_right is not None]
    assert len(relations) > 20 and np.mean(relations) >= 0.9
    assert all(isinstance(right, bool) for right in relations), "a bool of numpy's is never `is True`"
    assert np.mean([verdict.num_extra for verdict in verdicts]) < 0.05


def test_the_checker_sees_what_is_wrong(scenes: list[Scene]) -> None:
    wrong = [
        judge(scene.picture, [Expected(item.noun, other.color), Expected(other.noun, item.color)], None)
        for scene in scenes
        if len(scene.objects) == 2
        for item, other in [scene.objects]
        if item.color != other.color and item.noun != other.noun
    ]
    assert len(wrong) > 20
    assert np.mean([verdict.all_right for verdict in wrong]) <= 0.02
    assert np.mean([all(verdict.color_right) for verdict in wrong]) >= 0.95


def test_an_empty_picture_has_nothing() -> None:
    picture = np.full((128, 128, 3), 200, np.uint8)
    assert detect_objects(picture) == []
    verdict = judge(picture, [Expected("circle", "red"), Expected("square", None)], "above")
    assert verdict.bound_right == (False, False) and verdict.relation_right is False and verdict.num_extra == 0


def test_two_alike_need_two_things(scenes: list[Scene]) -> None:
    single = next(scene for scene in scenes if len(scene.objects) == 1)
    once = expected_of(single)
    assert judge(single.picture, once).all_right
    assert judge(single.picture, once * 2).bound_right == (True, False)


@pytest.mark.parametrize(
    ("relation", "first", "second", "holds"),
    [
        ("left of", (50, 20), (50, 90), True),
        ("left of", (50, 90), (50, 20), False),
        ("right of", (50, 90), (60, 20), True),
        ("above", (20, 50), (90, 60), True),
        ("above", (20, 50), (40, 110), False),
        ("below", (90, 50), (20, 60), True),
        ("in front of", (50, 50), (50, 80), True),
        ("in front of", (20, 20), (100, 100), False),
    ],
)
def test_relations(relation: str, first: tuple[float, float], second: tuple[float, float], holds: bool) -> None:
    one, other = (Detection("circle", "red", 1.0, center, 20.0, 1000) for center in (first, second))
    assert stands(one, other, relation) is holds


def test_on_needs_a_larger_thing_beneath() -> None:
    small, large = (Detection("circle", "red", 1.0, (50.0, 50.0), radius, 1000) for radius in (15.0, 30.0))
    assert stands(small, large, "on") and not stands(large, small, "on")
