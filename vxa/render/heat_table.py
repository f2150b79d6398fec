"""Tables of numbers as coloured cells: layers by heads, concepts by concepts, steps by steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vxa.core.errors import ConfigError, ShapeError
from vxa.render.colorbar import color_bar
from vxa.render.colormaps import colorize
from vxa.render.lettering import TextLine, fit_line, wrap_lines
from vxa.render.style import BACKGROUND, GAP, INK, MARGIN, OUTLINE, SMALL_SIZE, TITLE_SIZE

_LABEL_GAP = 5


def heat_cells(
    values_yx: NDArray[np.floating],
    cell: tuple[int, int] = (16, 16),
    span: tuple[float, float] | None = None,
    *,
    colormap: str = "blues",
) -> Image.Image:
    """Draw a table of numbers as coloured cells, nothing else.

    Args:
        values_yx: Shape (row, column), float; NaN leaves a cell blank.
        cell: (height, width) of a cell, pixels.
        span: Values with the first and the last colour; None takes 0 and the largest.
        colormap: One of `COLORMAPS`.

    Returns:
        RGB image of rows · height and columns · width pixels.

    Raises:
        ShapeError: If the table does not have two axes, or is empty.
        ConfigError: If the colour map is unknown, or a value infinite.
    """
    if values_yx.ndim != 2 or not values_yx.size:
        raise ShapeError("a table of numbers with two axes", got=values_yx.shape)
    if np.isinf(values_yx).any():
        raise ConfigError("finite numbers in a table", got="infinity")
    low, high = span or find_span(values_yx)
    is_blank_yx = np.isnan(values_yx)
    share_yx = ((np.where(is_blank_yx, low, values_yx) - low) / (high - low)).clip(0, 1)
    pixels_yxc = colorize(share_yx.astype(np.float32), colormap)
    pixels_yxc[is_blank_yx] = BACKGROUND
    return Image.fromarray(pixels_yxc.repeat(cell[0], axis=0).repeat(cell[1], axis=1))


def heat_table(
    values_yx: NDArray[np.floating],
    rows: Sequence[str],
    columns: Sequence[str],
    title: str = "",
    *,
    cell: tuple[int, int] = (18, 18),
    span: tuple[float, float] | None = None,
    colormap: str = "blues",
) -> Image.Image:
    """Draw a table of numbers as coloured cells with the names of rows and columns, and a bar of colours.

    Args:
        values_yx: See `heat_cells`.
        rows: A name each; "" for none.
        columns: The same; written upwards, under the cells.
        title: Over the table; "" for none.
        cell: See `heat_cells`.
        span: See there.
        colormap: See there.

    Raises:
        ShapeError: If there is not one name a row and a column.
        ConfigError: See `heat_cells`.
    """
    if values_yx.shape != (len(rows), len(columns)):
        raise ShapeError(f"a table of {len(rows)} rows and {len(columns)} columns", got=values_yx.shape)
    span = span or find_span(values_yx)
    cells = heat_cells(values_yx, cell, span, colormap=colormap)
    row_lines, column_lines = ([fit_line(name, SMALL_SIZE) for name in names] for names in (rows, columns))
    bar = color_bar(colormap, low=f"{span[0]:.3g}", high=f"{span[1]:.3g}")
    left = MARGIN + _longest(row_lines)
    below = _longest(column_lines)
    width = max(left + cells.width, 2 * MARGIN + bar.width, 360) + MARGIN
    titles = wrap_lines(title, TITLE_SIZE, width - 2 * MARGIN)
    top = MARGIN + sum(line.height for line in titles) + (GAP if titles else 0)
    page = Image.new("RGB", (width, top + cells.height + below + GAP + bar.height + MARGIN), BACKGROUND)
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(titles):
        line.draw(draw, MARGIN, MARGIN + number * line.height, INK)
    draw.rectangle((left - 1, top - 1, left + cells.width, top + cells.height), outline=OUTLINE)
    page.paste(cells, (left, top))
    for number, line in enumerate(row_lines):
        line.draw(draw, left - _LABEL_GAP - line.width, top + _centred(number, cell[0], line.height), INK)
    for number, line in enumerate(column_lines):
        upright = _upright(line)
        page.paste(
            upright, (left + _centred(number, cell[1], upright.width), top + cells.height + _LABEL_GAP)
        )  # fmt: skip
    page.paste(bar, (width - MARGIN - bar.width, page.height - MARGIN - bar.height))
    return page


def find_span(values_yx: NDArray[np.floating]) -> tuple[float, float]:
    """Give 0 and the largest value, for a scale from the first to the last colour; 0 and 1 where nothing is above 0."""
    largest = float(np.nanmax(values_yx, initial=0))
    return 0.0, largest if largest > 0 else 1.0


def _longest(lines: Sequence[TextLine]) -> int:
    longest = max(line.width for line in lines)
    return longest + _LABEL_GAP if longest else 0


def _centred(number: int, cell: int, size: int) -> int:
    return number * cell + (cell - size) // 2


def _upright(line: TextLine) -> Image.Image:
    strip = Image.new("RGB", (max(1, line.width), line.height), BACKGROUND)
    line.draw(ImageDraw.Draw(strip), 0, 0, INK)
    return strip.transpose(Image.Transpose.ROTATE_90)
