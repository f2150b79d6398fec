from __future__ import annotations

import itertools

import pytest

from vxa.render import style


def luminance(color: tuple[int, int, int]) -> float:
    """Relative luminance by WCAG 2.1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("text_color", [style.INK, style.MUTED])
def test_text_is_readable_on_the_page(text_color: tuple[int, int, int]) -> None:
    """WCAG asks for a contrast of 4.5 : 1 for small text."""
    assert (luminance(style.BACKGROUND) + 0.05) / (luminance(text_color) + 0.05) >= 4.5


def test_curve_colors_differ_from_each_other_and_from_the_ground() -> None:
    for a, b in itertools.combinations((*style.SERIES, style.SURFACE, style.GRID), 2):
        assert sum(abs(x - y) for x, y in zip(a, b, strict=True)) >= 60
