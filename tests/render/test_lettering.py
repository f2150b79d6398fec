from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from vxa.render import lettering
from vxa.render.lettering import fit_line, line_height, text_width, wrap_lines


def clear_caches() -> None:
    for cached in (lettering._base_font, lettering._font_for, lettering._has_glyph):
        cached.cache_clear()


@pytest.fixture(params=["best font", "bitmap font"])
def any_font(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run with the fonts of this machine, and as on one with Pillow 9.5 and no system font."""
    clear_caches()
    if request.param == "bitmap font":
        bitmap = ImageFont.load_default_imagefont() if hasattr(ImageFont, "load_default_imagefont") else None
        font = bitmap or ImageFont.load_default()
        monkeypatch.setattr(lettering, "_iter_fonts", lambda size: iter([font]))
    yield request.param
    clear_caches()


def drawn(line: lettering.TextLine) -> np.ndarray:
    """Draw at (30, 20) on a roomy white page; True where there is ink."""
    page = Image.new("RGB", (line.width + 60, line.height + 40), "white")
    line.draw(ImageDraw.Draw(page), 30, 20, (0, 0, 0))
    return np.asarray(page).min(axis=2) < 128


@pytest.mark.parametrize("text", ["circle", "Ågjpqy|", "down.1.0.cross", "100 %"])
@pytest.mark.parametrize("size", [13, 20])
def test_ink_stays_inside_the_measured_box(any_font: str, text: str, size: int) -> None:
    line = fit_line(text, size)
    ink = drawn(line)
    assert ink.any()
    rows, columns = np.nonzero(ink)
    assert 20 <= rows.min()
    assert rows.max() < 20 + line.height
    assert 29 <= columns.min()
    assert columns.max() <= 30 + line.width


@given(text=st.text(max_size=40), width=st.integers(0, 200))
@settings(max_examples=80, deadline=None)
def test_any_text_fits_any_width(text: str, width: int) -> None:
    line = fit_line(text, 15, width)
    assert line.width <= width
    assert "\n" not in line.text


def test_short_texts_stay_and_long_ones_keep_their_beginning(any_font: str) -> None:
    assert fit_line("circle", 15, 200).text == "circle"
    line = fit_line("supercalifragilisticexpialidocious", 15, 100)
    ending = "…" if line.text.endswith("…") else "..."
    assert line.text.endswith(ending)
    kept = line.text[: -len(ending)]
    assert len(kept) >= 5
    assert "supercalifragilisticexpialidocious".startswith(kept)
    longer = "supercalifragilisticexpialidocious"[: len(kept) + 1] + ending
    assert text_width(line.font, longer) > 100


def test_nothing_is_drawn_where_not_even_the_ellipsis_fits(any_font: str) -> None:
    assert fit_line("circle", 15, 2).text == ""


def test_breaks_and_spaces_become_one_space() -> None:
    assert fit_line(" a\n\tred   circle ", 15).text == "a red circle"


def test_letters_no_font_has_are_replaced(any_font: str) -> None:
    """U+0378 is not assigned, so no font can have it; é has at least its base letter."""
    assert fit_line("a\u0378b", 15).text == "a?b"
    assert fit_line("café", 15).text in ("café", "cafe")


def test_accents_survive_wherever_a_font_has_them() -> None:
    line = fit_line("café", 15)
    if not isinstance(line.font, ImageFont.FreeTypeFont) or line.text != "café":
        pytest.skip("no font with é on this machine")
    assert not np.array_equal(drawn(line), drawn(lettering.TextLine("cafe", line.font, 15)))


def test_wrapping_breaks_at_spaces_and_keeps_every_word(any_font: str) -> None:
    text = "a red circle left of a blue square in front of a green triangle"
    lines = wrap_lines(text, 15, 200, max_lines=20)
    assert len(lines) > 1
    assert all(line.width <= 200 for line in lines)
    assert " ".join(line.text for line in lines) == text


def test_wrapping_shortens_what_is_too_much(any_font: str) -> None:
    lines = wrap_lines("word " * 60, 15, 150, max_lines=2)
    assert len(lines) == 2
    assert lines[1].text.endswith(("…", "..."))
    assert all(line.width <= 150 for line in lines)


def test_a_word_longer_than_the_line_is_shortened_in_place() -> None:
    lines = wrap_lines("a supercalifragilisticexpialidocious word", 15, 90)
    assert lines[0].text == "a"
    assert lines[1].text.endswith(("…", "..."))
    assert lines[2].text == "word"


def test_no_text_no_lines() -> None:
    assert wrap_lines("  ", 15, 100) == []


def test_lines_of_one_size_are_equally_high(any_font: str) -> None:
    assert fit_line("ace", 15).height == fit_line("Ågjp", 15).height == line_height(15) > 5
