from __future__ import annotations

import numpy as np
import pytest

from vxa.tiny.scenes import describe_scene, draw_scene
from vxa.tiny.vocabulary import BACKGROUNDS, COLORS, PICTURE_SIZE


def test_scenes_are_deterministic() -> None:
    one, other = draw_scene(7, "test"), draw_scene(7, "test")
    assert np.array_equal(one.picture, other.picture) and one.caption == other.caption
    assert not np.array_equal(one.picture, draw_scene(7, "dev").picture)


def test_a_scene_agrees_with_its_description() -> None:
    layout, caption = describe_scene(3, "train")
    scene = draw_scene(3, "train")
    assert (scene.caption, scene.words, scene.relation) == (caption.text, caption.spans, layout.relation)
    assert [item.noun for item in scene.objects] == [item.noun for item in layout.objects]


def test_masks_part_the_picture() -> None:
    for seed in range(40):
        scene = draw_scene(seed, "dev")
        assert scene.picture.shape == (PICTURE_SIZE, PICTURE_SIZE, 3) and scene.picture.dtype == np.uint8
        total = scene.background_mask.astype(int) + sum(item.mask.astype(int) for item in scene.objects)
        assert (total == 1).all()
        assert all(item.mask.sum() > 100 for item in scene.objects)


def test_masks_hold_the_colour_and_backgrounds_are_grey() -> None:
    for seed in range(40):
        scene = draw_scene(seed, "train")
        for item in scene.objects:
            if item.pattern == "plain" and item.noun not in ("rose", "orange"):
                middle = np.median(scene.picture[item.mask], axis=0)
                assert np.abs(middle - COLORS[item.color]).max() < 12
        ground = scene.picture[scene.background_mask].astype(int)
        grey = (ground.max(axis=1) - ground.min(axis=1)) < 12
        assert grey.mean() > 0.93  # all but the soft edges


def test_masks_of_words() -> None:
    for seed in range(20):
        scene = draw_scene(seed, "test")
        for word in scene.words:
            mask = scene.mask_of(word)
            if word.kind == "background":
                assert mask is scene.background_mask
            elif word.kind == "relation":
                assert mask is None
            else:
                assert mask is scene.objects[word.object_index].mask


def test_all_backgrounds_occur() -> None:
    assert {describe_scene(seed, "train")[0].background for seed in range(100)} == set(BACKGROUNDS)


def test_a_scene_is_the_same_at_every_size() -> None:
    for seed in range(12):
        small, large = draw_scene(seed, "dev"), draw_scene(seed, "dev", 256)
        assert large.picture.shape == (256, 256, 3) and large.caption == small.caption
        shrunk = large.picture.reshape(128, 2, 128, 2, 3).mean((1, 3))
        assert np.abs(shrunk - small.picture).mean() < 2
        for one, other in zip(small.objects, large.objects, strict=True):
            assert other.mask.shape == (256, 256)
            assert other.mask[::2, ::2].sum() == pytest.approx(one.mask.sum(), rel=0.08)
            assert other.radius == 2 * one.radius
            assert other.center == pytest.approx([2 * place + 0.5 for place in one.center])
