from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vxa.app.editing.masks import Painted, check_masks, load_mask, mask_names, preview_levels, read_mask
from vxa.core.errors import ConfigError, PictureError, ShapeError
from vxa.core.grid import Grid

HALF = np.repeat(np.uint8([[0, 255]]), 8, axis=1).repeat(16, axis=0)


def test_a_mask_of_any_kind_is_the_same(tmp_path: Path) -> None:
    grey = Image.fromarray(HALF)
    clear = Image.new("RGBA", grey.size, (9, 9, 9, 0))
    clear.putalpha(grey)
    grey.save(tmp_path / "mask.png")
    deep = Image.fromarray(HALF.astype(np.uint16) * 257)
    kinds = [HALF, HALF > 0, HALF / 255, grey, deep, grey.convert("RGB"), grey.convert("RGBA"), clear, np.array(clear)]
    for kind in kinds:
        np.testing.assert_array_equal(read_mask(kind), HALF)
    np.testing.assert_array_equal(load_mask(tmp_path / "mask.png"), HALF)


@pytest.mark.parametrize(
    "wrong", [np.zeros(3), np.full((2, 2), 1.5), np.zeros((2, 2), int), "x", np.zeros((0, 2), np.uint8)]
)
def test_what_is_no_mask_is_refused(wrong: object) -> None:
    with pytest.raises(PictureError):
        read_mask(wrong)


def test_masks_must_be_of_the_words_and_of_the_pictures_size() -> None:
    assert list(check_masks(["b", "a"], {"a": HALF, "b": HALF}, Grid(16, 16))) == ["b", "a"]
    with pytest.raises(ShapeError, match=r"masks of 8×16 .* got 16×16 for “a”"):
        check_masks(["a"], {"a": HALF}, Grid(8, 16))
    with pytest.raises(ConfigError, match="a mask for each of: a; got masks for: b"):
        check_masks(["a"], {"b": HALF}, Grid(16, 16))
    with pytest.raises(ConfigError, match="empty masks"):
        check_masks(["a"], {"a": 0 * HALF}, Grid(16, 16))


def test_each_level_receives_the_mean_of_its_cells() -> None:
    hard, soft = Painted("a", HALF, strength=2.0), Painted("a", HALF, feather=2.0)
    assert hard.at_level(Grid(4, 4), 1).tolist() == [[0, 2], [0, 2]]
    assert soft.soft().mean() == pytest.approx(0.5, abs=0.01) and 0 < soft.soft()[8, 7] < 0.5
    assert preview_levels([hard, soft], Grid(4, 4), (0, 1)).width > 100
    assert mask_names(["red car", "Red_car"]) == ["mask-red_car.png", "mask-Red_car_2.png"]
