"""The bar that says which colour means which value."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from vxa.render.colormaps import color_table
from vxa.render.lettering import fit_line, line_height
from vxa.render.style import BACKGROUND, GAP, MUTED, OUTLINE, SMALL_SIZE
from vxa.render.validation import checked_count


def color_bar(
    colormap: str = "turbo", *, length: int = 160, thickness: int = 12, low: str = "0", high: str = "1"
) -> Image.Image:
    """Draw a horizontal colour bar with a word at either end.

    Args:
        colormap: One of `COLORMAPS`.
        length: Pixels of the coloured part, from left (0) to right (1).
        thickness: Its height, pixels.
        low: Label at the left end.
        high: Label at the right end.

    Returns:
        RGB image just large enough, on the background of sheets.

    Raises:
        ConfigError: If the colour map is unknown or a length below 1.
    """
    thickness, length = checked_count("a thickness in pixels", thickness), checked_count("a length in pixels", length)
    table = color_table(colormap)
    low_line, high_line = fit_line(low, SMALL_SIZE), fit_line(high, SMALL_SIZE)
    gap = GAP // 2
    width = low_line.width + gap + length + 2 + gap + high_line.width
    height = max(thickness + 2, line_height(SMALL_SIZE))
    image = Image.new("RGB", (width, height), BACKGROUND)
    draw = ImageDraw.Draw(image)
    left, top = low_line.width + gap, (height - thickness - 2) // 2
    draw.rectangle((left, top, left + length + 1, top + thickness + 1), outline=OUTLINE)
    indices = np.rint(np.linspace(0, 255, length)).astype(np.uint8)
    stripe = np.repeat(table[indices][None], thickness, axis=0)
    image.paste(Image.fromarray(stripe), (left + 1, top + 1))
    text_top = (height - line_height(SMALL_SIZE)) // 2
    low_line.draw(draw, 0, text_top, MUTED)
    high_line.draw(draw, width - high_line.width, text_top, MUTED)
    return image
