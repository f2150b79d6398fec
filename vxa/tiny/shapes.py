"""The outlines of the objects: signed distances and anti-aliased coverage.

Arrays in, arrays out; knows no colours, captions or random numbers. Coordinates are in units of the object's radius,
x to the right and y downwards, so every outline fits the square of half side 1.1 around the origin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Distance = Callable[[Plane, Plane], Plane]


def _disc(y: Plane, x: Plane, radius: float) -> Plane:
    return np.hypot(y, x) - np.float32(radius)


def _box(y: Plane, x: Plane, half_height: float, half_width: float) -> Plane:
    return np.maximum(np.abs(y) - np.float32(half_height), np.abs(x) - np.float32(half_width))


def _circle(y: Plane, x: Plane) -> Plane:
    return _disc(y, x, 0.98)


def _square(y: Plane, x: Plane) -> Plane:
    return _box(y, x, 0.86, 0.86)


def _triangle(y: Plane, x: Plane) -> Plane:
    slope = np.float32(1.75)
    side = (slope * np.abs(x) - (y + np.float32(0.95))) / np.hypot(slope, np.float32(1))
    return np.maximum(side, y - np.float32(0.8))


def _star(y: Plane, x: Plane) -> Plane:
    fifth = np.float32(2 * np.pi / 5)
    angle = np.abs((np.arctan2(x, -y) + fifth / 2) % fifth - fifth / 2)
    along, across = np.hypot(y, x) * np.cos(angle), np.hypot(y, x) * np.sin(angle)
    tip = 1.1
    notch_along, notch_across = 0.47 * np.cos(np.pi / 5), 0.47 * np.sin(np.pi / 5)
    normal = np.array([notch_across, tip - notch_along], np.float32)
    normal /= np.linalg.norm(normal)
    return (along - np.float32(tip)) * normal[0] + across * normal[1]


def _heart(y: Plane, x: Plane) -> Plane:
    half = 0.8
    y = y - np.float32(0.08)
    tilted_square = (np.abs(x) + np.abs(y) - np.float32(half)) / np.float32(np.sqrt(2))
    lobe = _disc(y + np.float32(half / 2), np.abs(x) - np.float32(half / 2), half / np.sqrt(2))
    return np.minimum(tilted_square, lobe)


def _diamond(y: Plane, x: Plane) -> Plane:
    return (np.float32(1.4) * np.abs(x) + np.abs(y) - np.float32(1.08)) / np.float32(np.hypot(1.4, 1))


def _cross(y: Plane, x: Plane) -> Plane:
    return np.minimum(_box(y, x, 0.96, 0.32), _box(y, x, 0.32, 0.96))


def _ring(y: Plane, x: Plane) -> Plane:
    return np.abs(np.hypot(y, x) - np.float32(0.72)) - np.float32(0.27)


def _rose_bloom(y: Plane, x: Plane) -> Plane:
    y = y + np.float32(0.34)
    return np.hypot(y, x) - (np.float32(0.62) + np.float32(0.09) * np.cos(np.float32(6) * np.arctan2(x, -y)))


def _rose_stem(y: Plane, x: Plane) -> Plane:
    stem = _box(y - np.float32(0.5), x, 0.52, 0.1)
    leaf = _disc((y - np.float32(0.62)) * np.float32(1.9), np.abs(x) - np.float32(0.34), 0.36) * np.float32(0.6)
    return np.minimum(stem, leaf)


def _orange_body(y: Plane, x: Plane) -> Plane:
    return _disc(y - np.float32(0.2), x, 0.8)


def _orange_leaf(y: Plane, x: Plane) -> Plane:
    along, across = (x - y) * np.float32(0.7071), (x + y) * np.float32(0.7071)
    leaf = _disc((across + np.float32(0.3)) * np.float32(2.2), along - np.float32(0.82), 0.42) * np.float32(0.6)
    stem = _box(y + np.float32(0.72), x, 0.22, 0.09)
    return np.minimum(leaf, stem)


@dataclass(frozen=True)
class Outline:
    """One noun's outline: its coloured body, and the green part that only the flower and the fruit have."""

    body: Distance
    leaf: Distance | None = None


OUTLINES: dict[str, Outline] = {
    "circle": Outline(_circle),
    "square": Outline(_square),
    "triangle": Outline(_triangle),
    "star": Outline(_star),
    "heart": Outline(_heart),
    "diamond": Outline(_diamond),
    "cross": Outline(_cross),
    "ring": Outline(_ring),
    "rose": Outline(_rose_bloom, _rose_stem),
    "orange": Outline(_orange_body, _orange_leaf),
}


@dataclass(frozen=True)
class Coverage:
    """How much of each pixel an object covers, in [0, 1]."""

    whole: Plane
    """Body and leaf together, shape (y, x)."""
    leaf: Plane | None
    """The green part, drawn over the body, shape (y, x); None where the noun has none."""
    y: Plane
    """Offset of each pixel from the centre in radii, shape (y, 1)."""
    x: Plane
    """Offset of each pixel from the centre in radii, shape (1, x)."""


def cover(noun: str, center: tuple[float, float], radius: float, size: int) -> Coverage:
    """Return the anti-aliased coverage of one object.

    Args:
        noun: A key of `OUTLINES`.
        center: (y, x) in pixels; a pixel's own centre lies at its index.
        radius: In pixels.
        size: Side of the canvas in pixels.
    """
    outline = OUTLINES[noun]
    places = np.arange(size, dtype=np.float32)
    y: Plane = ((places[:, None] - np.float32(center[0])) / np.float32(radius)).astype(np.float32, copy=False)
    x: Plane = ((places[None, :] - np.float32(center[1])) / np.float32(radius)).astype(np.float32, copy=False)
    body = _soften(outline.body(y, x), radius)
    if outline.leaf is None:
        return Coverage(body, None, y, x)
    leaf = _soften(outline.leaf(y, x), radius)
    return Coverage(np.maximum(body, leaf), leaf, y, x)


def _soften(distance: Plane, radius: float) -> Plane:
    """Turn a signed distance in radii into coverage that falls from 1 to 0 over one pixel."""
    return np.clip(np.float32(0.5) - distance * np.float32(radius), 0, 1)
