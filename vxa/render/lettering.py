"""Lines of text that fit: fonts, measuring, shortening and wrapping.

Uses Pillow's built-in scalable font (Pillow 10.1 and later); where that lacks a letter or does not exist, a common
system font; and as a last resort Pillow's small bitmap font. Knows nothing of sheets and plots.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Color = tuple[int, int, int]

# Found by name in the font folders of Linux, Windows and macOS; the wide ones cover Chinese, Japanese and Korean.
_SYSTEM_FONTS = (
    "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf",
    "NotoSans-Regular.ttf",
    "segoeui.ttf",
    "arial.ttf",
    "Arial.ttf",
    "Helvetica.ttc",
    "NotoSansCJK-Regular.ttc",
    "msgothic.ttc",
    "msyh.ttc",
    "malgun.ttf",
    "Arial Unicode.ttf",
)


@dataclass(frozen=True)
class TextLine:
    """One line of text with the font it is drawn in."""

    text: str
    """What is drawn: shortened, and without letters that no font has."""
    font: Font
    size: int
    """Nominal font size, pixels."""

    @property
    def width(self) -> int:
        """Pixels from the first letter's start to the last one's end."""
        return text_width(self.font, self.text)

    @property
    def height(self) -> int:
        """Pixels the line takes, equal for all lines of one size."""
        return line_height(self.size)

    def draw(self, draw: ImageDraw.ImageDraw, x: int, y: int, color: Color) -> None:
        """Draw with the upper left corner at (x, y) pixels."""
        if isinstance(self.font, ImageFont.FreeTypeFont):
            # Lines of one size share a baseline even where a foreign letter needs another font.
            draw.text((x, y + _ascent(self.size)), self.text, font=self.font, fill=color, anchor="ls")
        else:
            draw.text((x, y), self.text, font=self.font, fill=color)


def fit_line(text: str, size: int, max_width: int | None = None) -> TextLine:
    """Prepare one line, shortened with an ellipsis if it is too long.

    Args:
        text: Line breaks and runs of spaces become one space.
        size: Font size, pixels.
        max_width: Pixels the line may take; None for as many as it needs.

    Returns:
        A line of at most `max_width` pixels (empty if not even the ellipsis fits).
    """
    text = " ".join(text.split())
    font = _font_for(text, size)
    text = _drawable(text, font)
    if max_width is not None and text_width(font, text) > max_width:
        text = _shortened(text, font, max_width)
    return TextLine(text, font, size)


def wrap_lines(text: str, size: int, max_width: int, max_lines: int = 3) -> list[TextLine]:
    """Break a text at spaces into lines of at most `max_width` pixels; what is too much ends in an ellipsis."""
    words = text.split()
    lines: list[TextLine] = []
    while words and len(lines) < max_lines:
        count = len(words)
        if len(lines) < max_lines - 1:
            while count > 1 and fit_line(" ".join(words[:count]), size).width > max_width:
                count -= 1
        lines.append(fit_line(" ".join(words[:count]), size, max_width))
        words = words[count:]
    return lines


def line_height(size: int) -> int:
    """Pixels from one line of text to the next, for a font size in pixels."""
    font = _base_font(size)
    if isinstance(font, ImageFont.FreeTypeFont):
        ascent, descent = font.getmetrics()
        return ascent + descent
    return math.ceil(font.getbbox("Ag")[3])


def text_width(font: Font, text: str) -> int:
    """Pixels a line of text takes."""
    return math.ceil(font.getlength(text)) if text else 0


def _ascent(size: int) -> int:
    font = _base_font(size)
    return font.getmetrics()[0] if isinstance(font, ImageFont.FreeTypeFont) else 0


@cache
def _base_font(size: int) -> Font:
    return next(_iter_fonts(size))


def _iter_fonts(size: int) -> Iterator[Font]:
    """Yield the fonts there are, best first; the last one always exists."""
    built_in = _built_in_font(size)
    if built_in is not None:
        yield built_in
    for name in _SYSTEM_FONTS:
        font = _system_font(name, size)
        if font is not None:
            yield font
    yield _bitmap_font()


@cache
def _built_in_font(size: int) -> ImageFont.FreeTypeFont | None:
    try:
        font = ImageFont.load_default(size)
    except (TypeError, ImportError):  # Pillow before 10.1 takes no size; some builds have no FreeType.
        return None
    return font if isinstance(font, ImageFont.FreeTypeFont) else None


@cache
def _system_font(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, size)
    except (OSError, ImportError):
        return None


@cache
def _bitmap_font() -> Font:
    return ImageFont.load_default()


@lru_cache(maxsize=4096)
def _font_for(text: str, size: int) -> Font:
    """Pick the first font that has every letter of `text`, else the best font."""
    letters = sorted(set(text) - {" "})
    for font in _iter_fonts(size):
        if all(_has_glyph(font, letter) for letter in letters):
            return font
    return _base_font(size)


@lru_cache(maxsize=4096)
def _has_glyph(font: Font, letter: str) -> bool:
    if not isinstance(font, ImageFont.FreeTypeFont):
        return letter.isascii()
    return _outline(font, letter) != _outline(font, "\uffff")


def _outline(font: ImageFont.FreeTypeFont, letter: str) -> tuple[float, bytes]:
    """Width and pixels of one letter; U+FFFF is no character, so it gives the sign for "letter missing"."""
    cell = Image.new("L", (2 * int(font.size), 2 * int(font.size)))
    ImageDraw.Draw(cell).text((0, 0), letter, font=font, fill=255)
    return font.getlength(letter), cell.tobytes()


def _drawable(text: str, font: Font) -> str:
    """Replace letters the font lacks: by their base letter if that is there, else by a question mark."""
    return "".join(
        letter if letter == " " or _has_glyph(font, letter) else _base_letter(letter, font) for letter in text
    )


def _base_letter(letter: str, font: Font) -> str:
    base = unicodedata.normalize("NFKD", letter)[0]
    return base if base != letter and _has_glyph(font, base) else "?"


def _shortened(text: str, font: Font, max_width: int) -> str:
    """Keep as many leading letters as fit together with the ellipsis."""
    ellipsis = "…" if _has_glyph(font, "…") else "..."
    fitting, too_many = 0, len(text)
    while too_many - fitting > 1:
        middle = (fitting + too_many) // 2
        if text_width(font, text[:middle].rstrip() + ellipsis) <= max_width:
            fitting = middle
        else:
            too_many = middle
    shortened = text[:fitting].rstrip() + ellipsis
    return shortened if text_width(font, shortened) <= max_width else ""
