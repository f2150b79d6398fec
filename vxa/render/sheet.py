"""Contact sheets: many small pictures with a label each, on one page.

Lays out whatever pictures it is given; `token_sheet` makes them from a picture and its maps. Knows nothing of tokens or
layers beyond their labels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vxa.core.errors import ConfigError, ShapeError, did_you_mean
from vxa.render.colorbar import color_bar
from vxa.render.lettering import TextLine, line_height, wrap_lines
from vxa.render.overlay import grey, heat, masked
from vxa.render.style import BACKGROUND, GAP, INK, LABEL_SIZE, MARGIN, OUTLINE, SMALL_SIZE, TITLE_SIZE
from vxa.render.validation import checked_count, checked_image, checked_picture

SHEET_STYLES = ("heat", "masked", "grey")
"""How the cells of a token sheet show their map."""

_WIDE_PAGE = 1.5  # Width : height that the automatic number of columns aims at.
_MIN_PAGE_WIDTH = 360  # So that a title and a colour bar have room over a single small picture.
_LABEL_GAP = 5


@dataclass(frozen=True)
class _Layout:
    """Where everything is, in pixels."""

    columns: int
    rows: int
    cell_height: int
    cell_width: int
    label_size: int
    label_lines: int
    title_lines: tuple[TextLine, ...]
    bar: Image.Image | None

    @property
    def grid_width(self) -> int:
        return self.columns * (self.cell_width + GAP) - GAP

    @property
    def page_width(self) -> int:
        return max(self.grid_width + 2 * MARGIN, _MIN_PAGE_WIDTH if self.title_lines or self.bar else 0)

    @property
    def grid_top(self) -> int:
        title_height = sum(line.height for line in self.title_lines)
        return MARGIN + (title_height + GAP if title_height else 0)

    @property
    def row_height(self) -> int:
        return self.cell_height + _LABEL_GAP + self.label_lines * line_height(self.label_size)

    @property
    def grid_bottom(self) -> int:
        return self.grid_top + self.rows * (self.row_height + GAP) - GAP

    @property
    def page_height(self) -> int:
        return self.grid_bottom + (GAP + self.bar.height if self.bar else 0) + MARGIN

    def corner(self, index: int) -> tuple[int, int]:
        """Give (top, left) of a cell, counted row by row."""
        row, column = divmod(index, self.columns)
        left = (self.page_width - self.grid_width) // 2 + column * (self.cell_width + GAP)
        return self.grid_top + row * (self.row_height + GAP), left


def labelled_sheet(
    cells: Sequence[tuple[str, Image.Image]],
    columns: int | None = None,
    title: str = "",
    *,
    cell_px: int | None = None,
    colormap: str | None = None,
    label_lines: int = 1,
) -> Image.Image:
    """Arrange labelled pictures on one page.

    Every label stays under its own picture: one that is too long ends in an ellipsis.

    Args:
        cells: Label and picture of each cell, row by row; pictures may differ in size and mode.
        columns: Pictures per row; None finds a number that fills a wide page.
        title: Over the pictures, up to three lines; "" for none.
        cell_px: Longer side of the largest picture, pixels; None suits the number of cells.
        colormap: Adds the colour bar of this map under the pictures.
        label_lines: Lines that there is room for under each picture, at least 1.

    Returns:
        RGB image.

    Raises:
        ConfigError: If there are no cells, or a count is below 1, or the colour map is unknown.
        PictureError: If a cell holds no picture.
    """
    for label, image in cells:
        checked_image(f"in cell {label!r}", image)
    cell_px = default_cell_px(len(cells)) if cell_px is None else checked_count("a cell size in pixels", cell_px)
    sizes = [_scaled_size(image, cell_px) for _, image in cells]
    layout = _plan(sizes, columns, title, colormap, checked_count("lines of a label", label_lines))
    page = Image.new("RGB", (layout.page_width, layout.page_height), BACKGROUND)
    draw = ImageDraw.Draw(page)
    top = MARGIN
    for line in layout.title_lines:
        line.draw(draw, layout.corner(0)[1], top, INK)
        top += line.height
    for index, ((label, image), size) in enumerate(zip(cells, sizes, strict=True)):
        _draw_cell(page, layout, index, _shown(image, size))
        _draw_label(draw, layout, index, label)
    if layout.bar is not None:
        right = layout.corner(0)[1] + layout.grid_width
        left = max(MARGIN, right - layout.bar.width)
        page.paste(layout.bar, (left, layout.grid_bottom + GAP))
    return page


def token_sheet(
    picture: NDArray[np.uint8],
    maps: Sequence[tuple[str, NDArray[np.floating]]],
    *,
    style: str = "heat",
    colormap: str = "turbo",
    opacity: float = 0.6,
    mode: str | None = None,
    columns: int | None = None,
    title: str = "",
    with_picture: bool = True,
) -> Image.Image:
    """Show several maps of one picture side by side: its tokens, layers, heads or steps.

    Overlays are rendered at the size they are shown in, so that small pictures keep sharp cells and smooth colours.

    Args:
        picture: Shape (height, width, 3), uint8.
        maps: Label and map of each cell; maps of shape (y, x), float, in [0, 1], of any size.
        style: "heat", "masked" or "grey".
        colormap: One of `COLORMAPS`, for "heat".
        opacity: In [0, 1], for "heat".
        mode: How maps are scaled; None takes what the style takes alone: bicubic for heat, else nearest.
        columns: Cells per row; None finds a good number.
        title: Over the pictures; "" for none.
        with_picture: Put the bare picture into the first cell.

    Returns:
        RGB image, with a colour bar for "heat".

    Raises:
        ConfigError: If there are no maps, or a setting or a map value is out of range.
        ShapeError: If a map does not have two axes.
        PictureError: If the picture is not uint8 of shape (height, width, 3).
    """
    if style not in SHEET_STYLES:
        raise ConfigError("a known sheet style", got=repr(style), remedy=did_you_mean(str(style), SHEET_STYLES))
    if not maps:
        raise ConfigError("at least one map for a sheet", got="none")
    scale_mode = mode or ("bicubic" if style == "heat" else "nearest")
    whole = Image.fromarray(checked_picture(picture))
    cell_px = default_cell_px(len(maps) + with_picture)
    shown = _shown(whole, _scaled_size(whole, cell_px))
    pixels = np.asarray(shown)

    def overlay(map_yx: NDArray[np.floating]) -> Image.Image:
        if style == "masked":
            return masked(pixels, map_yx, mode=scale_mode)
        if style == "grey":
            return grey(map_yx, pixels.shape[:2], mode=scale_mode)
        return heat(pixels, map_yx, colormap=colormap, opacity=opacity, mode=scale_mode)

    cells = [("picture", shown)] if with_picture else []
    for label, map_yx in maps:
        try:
            cells.append((label, overlay(map_yx)))
        except ShapeError as exc:
            raise ShapeError(f"{exc.expected} for {label!r}", got=exc.got, remedy=exc.remedy) from exc
        except ConfigError as exc:
            raise ConfigError(f"{exc.expected} for {label!r}", got=exc.got, remedy=exc.remedy) from exc
    bar = colormap if style == "heat" else None
    return labelled_sheet(cells, columns, title, cell_px=cell_px, colormap=bar)


def default_cell_px(num_cells: int) -> int:
    """Give the longer side of a picture that suits a sheet of so many cells, pixels."""
    for most, cell_px in ((2, 384), (6, 288), (12, 224), (30, 176)):
        if num_cells <= most:
            return cell_px
    return 144


def _plan(
    sizes: Sequence[tuple[int, int]], columns: int | None, title: str, colormap: str | None, label_lines: int
) -> _Layout:
    if not sizes:
        raise ConfigError("at least one cell for a sheet", got="none")
    cell_height, cell_width = max(size[0] for size in sizes), max(size[1] for size in sizes)
    label_size = LABEL_SIZE if cell_width >= 170 else SMALL_SIZE
    row_height = cell_height + _LABEL_GAP + label_lines * line_height(label_size) + GAP
    if columns is None:
        columns = _best_columns(len(sizes), (cell_width + GAP) / row_height)
    columns = min(checked_count("columns", columns), len(sizes))
    rows = math.ceil(len(sizes) / columns)
    bar = None if colormap is None else color_bar(colormap)
    untitled = _Layout(columns, rows, cell_height, cell_width, label_size, label_lines, (), bar)
    if not title.strip():
        return untitled
    title_width = max(untitled.page_width, _MIN_PAGE_WIDTH) - 2 * MARGIN
    title_lines = tuple(wrap_lines(title, TITLE_SIZE, title_width))
    return replace(untitled, title_lines=title_lines)


def _best_columns(num_cells: int, cell_aspect: float) -> int:
    """Weigh a wide page against empty places in the last row."""

    def cost(columns: int) -> float:
        rows = math.ceil(num_cells / columns)
        empty = rows * columns - num_cells
        return abs(math.log(columns * cell_aspect / rows / _WIDE_PAGE)) + 1.5 * empty / num_cells

    return min(range(1, num_cells + 1), key=cost)


def _scaled_size(image: Image.Image, cell_px: int) -> tuple[int, int]:
    """Give (height, width) with the longer side `cell_px` and the proportions kept."""
    width, height = image.size
    scale = cell_px / max(width, height)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _shown(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Convert to RGB (transparency on the page) and resize to (height, width)."""
    height, width = size
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, BACKGROUND)
        image = Image.alpha_composite(ground, image.convert("RGBA"))
    image = image.convert("RGB")
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.BICUBIC)


def _draw_cell(page: Image.Image, layout: _Layout, index: int, image: Image.Image) -> None:
    """Centre a picture in its cell, with a hairline around so that a white picture has an edge."""
    top, left = layout.corner(index)
    top += (layout.cell_height - image.height) // 2
    left += (layout.cell_width - image.width) // 2
    outline = (left - 1, top - 1, left + image.width, top + image.height)
    ImageDraw.Draw(page).rectangle(outline, outline=OUTLINE)
    page.paste(image, (left, top))


def _draw_label(draw: ImageDraw.ImageDraw, layout: _Layout, index: int, label: str) -> None:
    top, left = layout.corner(index)
    top += layout.cell_height + _LABEL_GAP
    for line in wrap_lines(label, layout.label_size, layout.cell_width, layout.label_lines):
        line.draw(draw, left + (layout.cell_width - line.width) // 2, top, INK)
        top += line.height
