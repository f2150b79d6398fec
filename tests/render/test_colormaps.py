from __future__ import annotations

import numpy as np
import pytest

from vxa.core.errors import ConfigError, ShapeError
from vxa.render.colormaps import COLORMAPS, color_table, colorize


@pytest.mark.parametrize("name", COLORMAPS)
def test_tables_have_256_colors_and_cannot_be_changed(name: str) -> None:
    table = color_table(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 0


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("turbo", (48, 18, 59), (122, 4, 2)),
        ("viridis", (68, 1, 84), (253, 231, 36)),
        ("magma", (0, 0, 3), (251, 252, 191)),
        ("inferno", (0, 0, 3), (252, 254, 164)),
        ("jet", (0, 0, 128), (128, 0, 0)),
        ("blues", (247, 251, 255), (8, 48, 107)),
        ("grey", (0, 0, 0), (255, 255, 255)),
    ],
)
def test_ends_are_the_published_ones(name: str, first: tuple, last: tuple) -> None:
    assert tuple(color_table(name)[0]) == first
    assert tuple(color_table(name)[255]) == last


@pytest.mark.parametrize("name", ["turbo", "viridis", "magma", "inferno", "blues"])
def test_tables_follow_the_published_ones(name: str) -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib has the published tables")
    published = matplotlib.colormaps["Blues" if name == "blues" else name](np.arange(256) / 255, bytes=True)[:, :3]
    assert np.abs(color_table(name).astype(int) - published.astype(int)).max() <= 2


def test_jet_is_three_ramps() -> None:
    """By hand: blue is full at 1/4, green at 1/2, red at 3/4."""
    table = color_table("jet").astype(int)
    assert np.abs(table[64] - [0, 127.5, 255]).max() <= 1
    assert np.abs(table[191] - [255, 127.5, 0]).max() <= 1
    assert table[127][1] == 255
    assert np.abs(table - table[::-1, ::-1]).max() <= 1


@pytest.mark.parametrize("name", ["viridis", "magma", "inferno", "grey"])
def test_sequential_maps_get_lighter_throughout(name: str) -> None:
    lightness = color_table(name).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > -0.6).all()
    assert lightness[255] - lightness[0] > 190


def test_grey_is_the_identity_on_levels() -> None:
    levels = (np.arange(256, dtype=np.float32) / 255).reshape(16, 16)
    colored = colorize(levels, "grey")
    assert np.array_equal(colored, np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2))


def test_each_pixel_takes_its_rounded_color() -> None:
    map_yx = np.random.default_rng(1).random((7, 5)).astype(np.float32)
    colored = colorize(map_yx, "turbo")
    assert colored.dtype == np.uint8
    for y in range(7):
        for x in range(5):
            assert tuple(colored[y, x]) == tuple(color_table("turbo")[round(float(map_yx[y, x] * np.float32(255)))])


@pytest.mark.parametrize(("wrong", "meant"), [("tubro", "turbo"), ("virdis", "viridis"), ("gray", "grey")])
def test_an_unknown_name_meets_the_nearest(wrong: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=rf"known colour map; got '{wrong}'\. Did you mean .*{meant}"):
        colorize(np.zeros((2, 2), np.float32), wrong)


def test_a_name_like_none_lists_them_all() -> None:
    with pytest.raises(ConfigError, match="There are: turbo, viridis"):
        color_table("zzz")


def test_bad_maps_are_refused() -> None:
    with pytest.raises(ConfigError, match="NaN"):
        colorize(np.full((2, 2), np.nan, np.float32))
    with pytest.raises(ShapeError):
        colorize(np.zeros(3, np.float32))
