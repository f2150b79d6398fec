from __future__ import annotations

import math
from collections import Counter

import pytest

from vxa.tiny.layout import SPLITS, Layout, draw_layout, scene_random
from vxa.tiny.vocabulary import HELD_OUT_PAIRS, OVERLAPPING_RELATIONS, PICTURE_SIZE, RELATIONS


def layouts(split: str, count: int = 400) -> list[Layout]:
    return [draw_layout(scene_random(split, seed), split) for seed in range(count)]


def test_layouts_are_deterministic_and_splits_differ() -> None:
    assert layouts("train", 30) == layouts("train", 30)
    seen = {split: set(map(repr, layouts(split, 60))) for split in SPLITS}
    assert not seen["train"] & seen["dev"] and not seen["train"] & seen["test"] and not seen["dev"] & seen["test"]


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(ValueError, match="validation"):
        scene_random("validation", 0)


@pytest.mark.parametrize("split", SPLITS)
def test_held_out_pairs_appear_in_the_test_split_only(split: str) -> None:
    has_any = [any((o.color, o.noun) in HELD_OUT_PAIRS for o in layout.objects) for layout in layouts(split)]
    assert (0.15 < sum(has_any) / len(has_any) < 0.6) if split == "test" else not any(has_any)


def test_two_and_three_objects_that_differ_dominate() -> None:
    drawn = layouts("train")
    counts = Counter(len(layout.objects) for layout in drawn)
    assert counts[2] > counts[3] > counts[1]
    several = [layout for layout in drawn if len(layout.objects) > 1]
    differing = [len({o.color for o in layout.objects}) == len(layout.objects) for layout in several]
    assert sum(differing) / len(differing) > 0.8


def test_objects_lie_in_the_picture() -> None:
    for layout in layouts("train"):
        for item in layout.objects:
            assert all(item.radius < place < PICTURE_SIZE - item.radius for place in item.center)


def test_relations_hold_and_only_they_overlap() -> None:
    seen = Counter[str | None]()
    for layout in layouts("dev", 600):
        seen[layout.relation] += 1
        for place, one in enumerate(layout.objects):
            for index in range(place):
                other = layout.objects[index]
                may_overlap = layout.relation in OVERLAPPING_RELATIONS and (index, place) == (0, 1)
                assert may_overlap or math.dist(one.center, other.center) >= one.radius + other.radius
        if layout.relation is not None:
            first, second = layout.objects[:2]
            down, right = second.center[0] - first.center[0], second.center[1] - first.center[1]
            holds = {"left of": right > 0, "right of": right < 0, "above": down > 0, "below": down < 0}
            assert holds.get(layout.relation, True)
    assert set(RELATIONS) < set(seen)
