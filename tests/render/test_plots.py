from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from vxa.core.errors import ConfigError
from vxa.render import plots
from vxa.render.lettering import TextLine
from vxa.render.plots import curve_plot
from vxa.render.style import SERIES, SURFACE


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int, int, int]]:
    """Note (text, left, top, right, bottom) of every line drawn on the page itself."""
    noted: list[tuple[str, int, int, int, int]] = []
    draw_line = TextLine.draw

    def noting(self: TextLine, draw: ImageDraw.ImageDraw, x: int, y: int, color: tuple[int, int, int]) -> None:
        noted.append((self.text, x, y, x + self.width, y + self.height))
        draw_line(self, draw, x, y, color)

    monkeypatch.setattr(TextLine, "draw", noting)
    return noted


def plot_area(image: Image.Image) -> tuple[int, int, int, int]:
    """Find (left, top, right, bottom) of the white area."""
    rows, columns = np.nonzero((np.asarray(image) == SURFACE).all(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


def inked_rows(image: Image.Image, color: tuple[int, int, int], column: int) -> np.ndarray:
    area = plot_area(image)
    pixels = np.asarray(image)[area[1] : area[3], column].astype(int)
    return np.nonzero(np.abs(pixels - color).max(axis=1) < 40)[0] + area[1]


def test_size_is_height_then_width() -> None:
    image = curve_plot({"loss": ([0, 1], [1, 2])}, size=(300, 500))
    assert image.size == (500, 300)
    assert image.mode == "RGB"


def test_a_curve_passes_through_its_points() -> None:
    """A straight line from corner to corner: ink in the middle of the area at the middle height, and at both ends."""
    image = curve_plot({"loss": ([0, 10], [0, 10])}, size=(400, 600))
    left, top, right, bottom = plot_area(image)
    middle = inked_rows(image, SERIES[0], (left + right) // 2)
    assert abs(middle.mean() - (top + bottom) / 2) <= 2
    quarter = inked_rows(image, SERIES[0], left + (right - left) // 4)
    assert abs(quarter.mean() - (bottom - (bottom - top) / 4)) <= 3


def test_a_log_axis_makes_exponentials_straight() -> None:
    xs = np.linspace(0, 4, 200)
    image = curve_plot({"loss": (xs, 10.0**-xs)}, size=(400, 600), log_y=True)
    left, top, right, bottom = plot_area(image)
    assert abs(inked_rows(image, SERIES[0], (left + right) // 2).mean() - (top + bottom) / 2) <= 2


def test_a_band_is_a_pale_strip_around_its_curve() -> None:
    bands = {"rate": ([0.25, 0.25], [0.75, 0.75])}
    plain = curve_plot({"rate": ([0, 1], [0.5, 0.5]), "all": ([0, 1], [0, 1])}, size=(400, 600))
    image = curve_plot({"rate": ([0, 1], [0.5, 0.5]), "all": ([0, 1], [0, 1])}, size=(400, 600), bands=bands)
    left, top, right, bottom = plot_area(image)
    changed = np.argwhere((np.asarray(image) != np.asarray(plain)).any(axis=2))
    middle, quarter = (top + bottom) / 2, (bottom - top) / 4
    assert abs(changed[:, 0].min() - (middle - quarter)) <= 4 and abs(changed[:, 0].max() - (middle + quarter)) <= 4
    assert changed[:, 1].min() >= left and changed[:, 1].max() <= right
    column = (left + right) // 2 + 40
    shade = np.asarray(image)[round(middle + quarter / 2), column].astype(int)
    assert (np.abs(shade - np.array(SERIES[0])) <= np.abs(255 - np.array(SERIES[0]))).all() and (shade > 150).any()


def test_bands_are_checked_like_curves() -> None:
    curves = {"rate": ([0, 1], [0.5, 0.5])}
    with pytest.raises(ConfigError, match=r"bands of curves; got 'rat'\. There are: rate"):
        curve_plot(curves, bands={"rat": ([0, 0], [1, 1])})
    with pytest.raises(ConfigError, match="as many ys as xs"):
        curve_plot(curves, bands={"rate": ([0], [1, 1])})
    with pytest.raises(ConfigError, match="finite numbers"):
        curve_plot(curves, bands={"rate": ([0, float("nan")], [1, 1])})
    low = curve_plot(curves, bands={"rate": ([-3, -3], [1, 1])}, size=(400, 600))
    assert low.size == (600, 400), "the axis has room for the band"


def test_several_curves_have_their_colors_and_names(texts: list[tuple[str, int, int, int, int]]) -> None:
    image = curve_plot({"train": ([0, 1], [0, 1]), "dev": ([0, 1], [1, 0])}, "Loss", "step", "value")
    pixels = np.asarray(image).reshape(-1, 3)
    for color in SERIES[:2]:
        assert (pixels == color).all(axis=1).sum() > 100
    drawn = [text for text, *_ in texts]
    assert {"Loss", "train", "dev", "step", "value"} <= set(drawn)


@pytest.mark.parametrize("num_curves", [1, 3, 9])
def test_texts_never_overlap_each_other_or_the_curves(
    num_curves: int, texts: list[tuple[str, int, int, int, int]]
) -> None:
    curves = {f"a fairly long name {i}": (np.arange(50) * 1e5, np.arange(50) * -0.0123 + i) for i in range(num_curves)}
    image = curve_plot(curves, "A title that is long enough " * 4, "samples seen", "", size=(400, 420))
    area = plot_area(image)
    boxes = [box for _, *box in texts]
    for index, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= image.width
        assert bottom <= image.height
        assert right <= area[0] or bottom <= area[1] or top >= area[3]
        for other in boxes[index + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] + 1 or other[3] <= top + 1


def test_one_point_and_constant_curves_can_be_plotted() -> None:
    image = curve_plot({"dot": ([3], [7])})
    left, top, right, bottom = plot_area(image)
    assert abs(inked_rows(image, SERIES[0], (left + right) // 2).mean() - (top + bottom) / 2) <= 2
    curve_plot({"flat": (range(10), [0.0] * 10)})
    curve_plot({"flat": (range(10), [5.0] * 10)}, log_y=True)


def test_many_points_are_fast_and_drawn() -> None:
    xs = np.arange(100_000)
    image = curve_plot({"loss": (xs, np.sin(xs / 3e4))})
    assert (np.asarray(image) == SERIES[0]).all(axis=2).sum() > 500


@given(
    low=st.floats(-1e6, 1e6),
    span=st.floats(1e-3, 1e9),
    num_ticks=st.integers(2, 12),
)
@settings(max_examples=150, deadline=None)
def test_linear_ticks_are_round_few_and_cover_the_values(low: float, span: float, num_ticks: int) -> None:
    axis = plots._axis(np.array([low, low + span]), num_ticks, is_log=False)
    step = axis.ticks[1] - axis.ticks[0]
    slack = 1e-6 * step
    assert axis.low <= low + slack
    assert axis.high >= low + span - slack
    assert 2 <= len(axis.ticks) <= num_ticks + 3
    assert np.allclose(np.diff(axis.ticks), step, rtol=1e-3)
    assert len(set(plots._tick_names(axis))) == len(axis.ticks)


@given(exponent=st.floats(-9, 9), decades=st.floats(0, 9))
@settings(max_examples=100, deadline=None)
def test_log_ticks_cover_the_values(exponent: float, decades: float) -> None:
    low, high = 10.0**exponent, 10.0 ** (exponent + decades)
    axis = plots._axis(np.array([low, high]), 6, is_log=True)
    assert axis.low <= low * 1.001
    assert axis.high >= high * 0.999
    assert axis.low < axis.high
    assert len(axis.ticks) >= 2
    assert all(math.isfinite(position) for position in axis.position(axis.ticks))


def test_ticks_by_hand() -> None:
    axis = plots._axis(np.array([0.0, 180_000.0]), 7, is_log=False)
    assert plots._tick_names(axis) == ["0", "50k", "100k", "150k", "200k"]
    axis = plots._axis(np.array([0.02, 0.4]), 6, is_log=False)
    assert plots._tick_names(axis) == ["0", "0.1", "0.2", "0.3", "0.4"]
    axis = plots._axis(np.array([0.0, 3e6]), 3, is_log=False)
    assert plots._tick_names(axis) == ["0", "1M", "2M", "3M"]
    axis = plots._axis(np.array([1_000_000.0, 1_000_040.0]), 4, is_log=False)
    assert plots._tick_names(axis) == ["1.00000M", "1.00001M", "1.00002M", "1.00003M", "1.00004M"]
    axis = plots._axis(np.array([0.002, 1.0]), 4, is_log=True)
    assert plots._tick_names(axis) == ["0.001", "0.01", "0.1", "1"]


@pytest.mark.parametrize(
    ("curves", "options", "message"),
    [
        ({}, {}, "at least one curve"),
        ({"a": ([1, 2], [1])}, {}, "as many ys as xs for curve 'a'"),
        ({"a": ([], [])}, {}, "at least one"),
        ({"a": ([[1]], [[1]])}, {}, "for curve 'a'"),
        ({"a": ([1, 2], [1, float("nan")])}, {}, "finite numbers for curve 'a'"),
        ({"a": ([1, float("inf")], [1, 2])}, {}, "finite numbers for curve 'a'"),
        ({"a": (["x"], [1])}, {}, "numbers for curve 'a'"),
        ({"a": ([1, 2], [1, 0])}, {"log_y": True}, "ys above 0 for curve 'a'"),
        ({"a": ([1, 2], [1, 2])}, {"size": (50, 50)}, "a plot of at least"),
        ({"a": ([1, 2], [1, 2])}, {"size": (0, 500)}, "height in pixels"),
        ({f"name {i}": ([1], [1]) for i in range(40)}, {"size": (200, 260)}, "room for the curves"),
    ],
)
def test_bad_curves_are_refused(curves: dict, options: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        curve_plot(curves, **options)
