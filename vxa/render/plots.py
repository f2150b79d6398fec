"""Line plots for loss and quality curves, drawn with Pillow alone.

Curves are drawn at three times the size and averaged down, text at its own size, so that both are crisp.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from vxa.core.errors import ConfigError
from vxa.render.lettering import TextLine, fit_line, line_height, wrap_lines
from vxa.render.style import (
    BACKGROUND,
    GAP,
    GRID,
    INK,
    LABEL_SIZE,
    MARGIN,
    MUTED,
    OUTLINE,
    SERIES,
    SMALL_SIZE,
    SURFACE,
    TITLE_SIZE,
)
from vxa.render.validation import checked_size

_OVERSAMPLING = 3
_LINE_PX = 2
_TICK_GAP = 6
_BAND_OPACITY = 40  # Of 255.
_INSET = 5  # Room inside the frame, so that a curve on its edge is drawn whole.
_MIN_SIZE = (200, 260)
# Beyond this many points a curve has no visible corners, and Pillow rounds corners in slow Python.
_MAX_ROUNDED_POINTS = 1000

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class _Axis:
    """One axis: how values become a position from 0 to 1, and where its ticks are."""

    low: float
    high: float
    is_log: bool
    ticks: tuple[float, ...]

    def position(self, values: ArrayLike) -> NDArray[np.float64]:
        values = np.asarray(values, dtype=np.float64)
        if self.is_log:
            return np.log(values / self.low) / math.log(self.high / self.low)
        return (values - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class _Frame:
    """The plotting area, in pixels of the picture."""

    left: int
    top: int
    width: int
    height: int

    def across(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn positions from 0 to 1 into pixels from the frame's left side."""
        return _INSET + positions * (self.width - 2 * _INSET)

    def down(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn positions from 0 (bottom) to 1 (top) into pixels from the frame's upper side."""
        return _INSET + (1 - positions) * (self.height - 2 * _INSET)


def curve_plot(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    *,
    size: tuple[int, int] = (480, 800),
    log_y: bool = False,
    bands: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
) -> Image.Image:
    """Plot curves over a common pair of axes.

    Args:
        curves: For each name its xs and ys: equally many numbers, at least one. Points are joined in their order.
        title: Over the plot; "" for none.
        xlabel: What x is, with its unit.
        ylabel: What y is, with its unit.
        size: (height, width) of the picture, at least (200, 260).
        log_y: Logarithmic y axis; all ys must be above 0.
        bands: By name of a curve, lower and upper ys at its xs, shown in a pale shade of its colour.

    Returns:
        RGB image with a legend over the plotting area where it hides nothing.

    Raises:
        ConfigError: If there is no curve, a band is of none, xs and ys differ in number, a value is NaN or infinite or
            not above 0 on a logarithmic axis, or the size is too small.
    """
    height, width = checked_size(size)
    if height < _MIN_SIZE[0] or width < _MIN_SIZE[1]:
        raise ConfigError(f"a plot of at least {_MIN_SIZE} pixels (height, width)", got=repr((height, width)))
    checked = _checked_curves(curves, log_y)
    x_axis = _axis(np.concatenate([xs for xs, _ in checked.values()]), width // 110, is_log=False)
    edges = _checked_bands(bands or {}, checked, log_y)
    heights = [ys for _, ys in checked.values()] + [ys for band in edges.values() for ys in band]
    y_axis = _axis(np.concatenate(heights), height // 70, is_log=log_y)
    page = Image.new("RGB", (width, height), BACKGROUND)
    top = _draw_heading(page, title, list(checked))
    x_names, y_names = _tick_lines(x_axis), _tick_lines(y_axis)
    left = MARGIN + (line_height(LABEL_SIZE) + _TICK_GAP if ylabel else 0) + max(line.width for line in y_names)
    below = line_height(SMALL_SIZE) + _TICK_GAP + (line_height(LABEL_SIZE) + _TICK_GAP if xlabel else 0)
    frame = _Frame(left + _TICK_GAP, top, width - left - _TICK_GAP - MARGIN, height - top - below - MARGIN)
    if frame.height < 40 or frame.width < 40:
        raise ConfigError(
            "room for the curves", got=f"{len(checked)} names at size {size}", remedy="Make the plot larger."
        )
    plot = _Plot(frame, x_axis, y_axis)
    page.paste(plot.draw(checked, edges), (frame.left, frame.top))
    draw = ImageDraw.Draw(page)
    draw.rectangle((frame.left, frame.top, frame.left + frame.width, frame.top + frame.height), outline=OUTLINE)
    _draw_ticks(draw, frame, (x_axis, x_names), (y_axis, y_names))
    _draw_axis_labels(page, frame, xlabel, ylabel)
    return page


def _checked_curves(curves: Mapping[str, tuple[ArrayLike, ArrayLike]], log_y: bool) -> dict[str, Curve]:
    if not curves:
        raise ConfigError("at least one curve to plot", got="none")
    checked: dict[str, Curve] = {}
    for name, (xs, ys) in curves.items():
        try:
            curve = (np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64))
        except (TypeError, ValueError) as exc:
            raise ConfigError(f"numbers for curve {name!r}", got=str(exc)) from exc
        if curve[0].ndim != 1 or curve[0].shape != curve[1].shape or curve[0].size == 0:
            got = f"shapes {curve[0].shape} and {curve[1].shape}"
            raise ConfigError(f"as many ys as xs for curve {name!r}, at least one", got=got)
        if not (np.isfinite(curve[0]).all() and np.isfinite(curve[1]).all()):
            remedy = "Leave those points out."
            raise ConfigError(f"finite numbers for curve {name!r}", got="NaN or infinity", remedy=remedy)
        if log_y and curve[1].min() <= 0:
            remedy = "Use log_y=False."
            raise ConfigError(f"ys above 0 for curve {name!r} on a log axis", got=f"{curve[1].min():g}", remedy=remedy)
        checked[name] = curve
    return checked


def _checked_bands(
    bands: Mapping[str, tuple[ArrayLike, ArrayLike]], curves: Mapping[str, Curve], log_y: bool
) -> dict[str, Curve]:
    """Check the lower and upper ys of bands as if they were curves."""
    if unknown := [name for name in bands if name not in curves]:
        raise ConfigError("bands of curves", got=repr(unknown[0]), remedy=f"There are: {', '.join(curves)}.")
    if not bands:
        return {}
    sides = ({name: (curves[name][0], band[side]) for name, band in bands.items()} for side in (0, 1))
    lower, upper = (_checked_curves(side, log_y) for side in sides)
    return {name: (lower[name][1], upper[name][1]) for name in bands}


def _axis(values: NDArray[np.float64], num_ticks: int, *, is_log: bool) -> _Axis:
    low, high = float(values.min()), float(values.max())
    if is_log:
        return _log_axis(low, high)
    if high == low:
        half = abs(low) * 0.05 or 1.0
        low, high = low - half, high + half
    step = _nice_step((high - low) / max(2, num_ticks))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(index * step for index in range(first, last + 1))
    return _Axis(ticks[0], ticks[-1], False, ticks)


def _nice_step(least: float) -> float:
    """Give the smallest of 1, 2, 2.5, 5, 10 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= least * (1 - 1e-9))


def _log_axis(low: float, high: float) -> _Axis:
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    last = max(last, first + 1)
    factors = (1, 2, 5) if last - first <= 2 else (1,)
    every = max(1, (last - first) // 8)
    ticks = [factor * 10.0**decade for decade in range(first, last, every) for factor in factors] + [10.0**last]
    inside_low = max((tick for tick in ticks if tick <= low * (1 + 1e-9)), default=10.0**first)
    inside_high = min((tick for tick in ticks if tick >= high * (1 - 1e-9)), default=10.0**last)
    if inside_low == inside_high:
        inside_low, inside_high = 10.0**first, 10.0**last
    return _Axis(inside_low, inside_high, True, tuple(tick for tick in ticks if inside_low <= tick <= inside_high))


def _tick_lines(axis: _Axis) -> list[TextLine]:
    return [fit_line(name, SMALL_SIZE) for name in _tick_names(axis)]


def _tick_names(axis: _Axis) -> list[str]:
    """Write ticks with as few digits as tell them apart; from 10 000 on in thousands (k), from a million in M."""
    if axis.is_log:
        return [f"{tick:g}" for tick in axis.ticks]
    largest = max(abs(tick) for tick in axis.ticks)
    divisor, sign = (1e6, "M") if largest >= 1e6 else (1e3, "k") if largest >= 1e4 else (1.0, "")
    step = (axis.ticks[1] - axis.ticks[0]) / divisor
    # A step such as 25 000 = 0.025 M has more digits than its size alone says.
    decimals = next((n for n in range(12) if abs(round(step, n) - step) <= 1e-3 * step), 12)
    return ["0" if tick == 0 else f"{tick / divisor:.{decimals}f}{sign}" for tick in axis.ticks]


def _draw_heading(page: Image.Image, title: str, names: list[str]) -> int:
    """Draw title and legend; give the row where the plotting area may begin."""
    draw = ImageDraw.Draw(page)
    top, room = MARGIN, page.width - 2 * MARGIN
    for line in wrap_lines(title, TITLE_SIZE, room, max_lines=2):
        line.draw(draw, MARGIN, top, INK)
        top += line.height
    top += GAP // 2 if title else 0
    if len(names) == 1 and not names[0].strip():
        return top + _TICK_GAP
    swatch, left = 18, MARGIN
    for index, name in enumerate(names):
        line = fit_line(name, LABEL_SIZE, room - swatch - _TICK_GAP)
        needed = swatch + _TICK_GAP + line.width
        if left > MARGIN and left + needed > page.width - MARGIN:
            left, top = MARGIN, top + line.height
        middle = top + line.height // 2
        draw.rectangle((left, middle - 1, left + swatch, middle + 1), fill=SERIES[index % len(SERIES)])
        line.draw(draw, left + swatch + _TICK_GAP, top, INK)
        left += needed + GAP
    return top + line_height(LABEL_SIZE) + GAP


@dataclass(frozen=True)
class _Plot:
    """The inside of the frame, drawn large and averaged down."""

    frame: _Frame
    x_axis: _Axis
    y_axis: _Axis

    def draw(self, curves: dict[str, Curve], bands: dict[str, Curve]) -> Image.Image:
        """Draw grid, bands and curves; the one named first is drawn last and lies on top."""
        width, height = (self.frame.width + 1) * _OVERSAMPLING, (self.frame.height + 1) * _OVERSAMPLING
        canvas = Image.new("RGB", (width, height), SURFACE)
        draw = ImageDraw.Draw(canvas)
        half = _OVERSAMPLING // 2
        for across in self.frame.across(self.x_axis.position(self.x_axis.ticks)):
            x = round(across) * _OVERSAMPLING + half
            draw.line((x, 0, x, height), fill=GRID, width=_OVERSAMPLING)
        for down in self.frame.down(self.y_axis.position(self.y_axis.ticks)):
            y = round(down) * _OVERSAMPLING + half
            draw.line((0, y, width, y), fill=GRID, width=_OVERSAMPLING)
        colors = {name: SERIES[number % len(SERIES)] for number, name in enumerate(curves)}
        for name, (low, high) in bands.items():
            xs = curves[name][0]
            canvas = _shaded(canvas, self._points(xs, low) + self._points(xs, high)[::-1], colors[name])
        for name, (xs, ys) in reversed(curves.items()):
            _draw_curve(ImageDraw.Draw(canvas), self._points(xs, ys), colors[name])
        return canvas.reduce(_OVERSAMPLING)

    def _points(self, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> list[tuple[float, float]]:
        half = _OVERSAMPLING // 2
        x_px = self.frame.across(self.x_axis.position(xs)) * _OVERSAMPLING + half
        y_px = self.frame.down(self.y_axis.position(ys)) * _OVERSAMPLING + half
        return list(zip(x_px.tolist(), y_px.tolist(), strict=True))


def _shaded(canvas: Image.Image, outline: list[tuple[float, float]], color: tuple[int, int, int]) -> Image.Image:
    shade = Image.new("L", canvas.size)
    if len(outline) > 2:
        ImageDraw.Draw(shade).polygon(outline, fill=_BAND_OPACITY)
    return Image.composite(Image.new("RGB", canvas.size, color), canvas, shade)


def _draw_curve(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], color: tuple[int, int, int]) -> None:
    if len(points) > 1:
        joint = "curve" if len(points) <= _MAX_ROUNDED_POINTS else None
        draw.line(points, fill=color, width=_LINE_PX * _OVERSAMPLING, joint=joint)
    if len(points) <= 30:
        radius = 1.5 * _LINE_PX * _OVERSAMPLING
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)


def _draw_ticks(
    draw: ImageDraw.ImageDraw, frame: _Frame, x: tuple[_Axis, list[TextLine]], y: tuple[_Axis, list[TextLine]]
) -> None:
    bottom = frame.top + frame.height
    free_from = 0
    for across, line in zip(frame.across(x[0].position(x[0].ticks)), x[1], strict=True):
        left = round(frame.left + across - line.width / 2)
        if left >= free_from:
            line.draw(draw, left, bottom + _TICK_GAP, MUTED)
            free_from = left + line.width + _TICK_GAP
    for down, line in zip(frame.down(y[0].position(y[0].ticks)), y[1], strict=True):
        top = round(frame.top + down - line.height / 2)
        line.draw(draw, frame.left - _TICK_GAP - line.width, top, MUTED)


def _draw_axis_labels(page: Image.Image, frame: _Frame, xlabel: str, ylabel: str) -> None:
    draw = ImageDraw.Draw(page)
    if xlabel:
        line = fit_line(xlabel, LABEL_SIZE, frame.width)
        left = frame.left + (frame.width - line.width) // 2
        line.draw(draw, left, page.height - MARGIN - line.height, INK)
    if ylabel:
        line = fit_line(ylabel, LABEL_SIZE, frame.height)
        strip = Image.new("RGB", (max(1, line.width), line.height), BACKGROUND)
        line.draw(ImageDraw.Draw(strip), 0, 0, INK)
        upright = strip.transpose(Image.Transpose.ROTATE_90)
        page.paste(upright, (MARGIN // 2, frame.top + (frame.height - line.width) // 2))
