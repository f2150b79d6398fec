from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vxa.core.errors import ConfigError, PictureError, ShapeError
from vxa.render import sheet
from vxa.render.lettering import TextLine
from vxa.render.overlay import grey, heat, masked
from vxa.render.sheet import default_cell_px, labelled_sheet, token_sheet
from vxa.render.style import BACKGROUND, GAP

Box = tuple[int, int, int, int]


def flat(color: tuple[int, int, int], height: int = 32, width: int = 32) -> Image.Image:
    return Image.new("RGB", (width, height), color)


def color_of(index: int) -> tuple[int, int, int]:
    """Give each cell a colour that occurs nowhere else."""
    return (255, 10 + index, 77)


def box_of(page: np.ndarray, color: tuple[int, int, int]) -> Box:
    """Find (top, bottom, left, right) of a colour; the box must be filled with it."""
    red, green, blue = color
    rows, columns = np.nonzero((page[:, :, 1] == green) & (page[:, :, 0] == red) & (page[:, :, 2] == blue))
    box = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    assert (page[box[0] : box[1], box[2] : box[3]] == color).all()
    return tuple(int(side) for side in box)  # type: ignore[return-value]


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]


@pytest.fixture
def text_boxes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Box]]:
    """Note where every line of text is drawn, and draw it."""
    boxes: list[tuple[str, Box]] = []
    draw_line = TextLine.draw

    def noting(self: TextLine, draw: ImageDraw.ImageDraw, x: int, y: int, color: tuple[int, int, int]) -> None:
        boxes.append((self.text, (y, y + self.height, x, x + self.width)))
        draw_line(self, draw, x, y, color)

    monkeypatch.setattr(TextLine, "draw", noting)
    return boxes


@pytest.mark.parametrize("num_cells", [1, 2, 3, 7, 17, 31, 80])
@pytest.mark.parametrize("label", ["dog", "supercalifragilisticexpialidocious and more"])
def test_nothing_overlaps_and_everything_is_on_the_page(
    num_cells: int, label: str, text_boxes: list[tuple[str, Box]]
) -> None:
    cells = [(f"{index} {label}", flat(color_of(index))) for index in range(num_cells)]
    image = labelled_sheet(cells, title=f"{label} " * 5)
    page = np.asarray(image)
    pictures = [box_of(page, color_of(index)) for index in range(num_cells)]
    labels = [box for text, box in text_boxes if text[0].isdigit()]
    assert len(labels) == num_cells
    everything = pictures + [box for _, box in text_boxes]
    for index, box in enumerate(everything):
        assert box[0] >= 0
        assert box[1] <= image.height
        assert box[2] >= 0
        assert box[3] <= image.width
        assert not any(overlap(box, other) for other in everything[index + 1 :])
    for picture, text in zip(pictures, labels, strict=True):
        assert 0 < text[0] - picture[1] < 10
        assert abs((text[2] + text[3]) - (picture[2] + picture[3])) <= 2


def test_long_labels_are_wrapped_where_there_is_room(text_boxes: list[tuple[str, Box]]) -> None:
    label = "a small striped purple triangle to the left of a large dotted yellow diamond"
    cells = [(label, flat(color_of(index))) for index in range(4)]
    page = np.asarray(labelled_sheet(cells, 2, cell_px=200, label_lines=4))
    said = " ".join(text for text, _ in text_boxes)
    assert said == " ".join([label] * 4)
    boxes = [box for _, box in text_boxes] + [box_of(page, color_of(index)) for index in range(4)]
    assert not any(overlap(box, other) for index, box in enumerate(boxes) for other in boxes[index + 1 :])
    with pytest.raises(ConfigError, match="lines of a label"):
        labelled_sheet(cells, label_lines=0)


def test_cells_run_row_by_row_with_even_gaps() -> None:
    page = np.asarray(labelled_sheet([(str(i), flat(color_of(i))) for i in range(6)], 3, cell_px=40))
    boxes = [box_of(page, color_of(index)) for index in range(6)]
    assert all(box[1] - box[0] == box[3] - box[2] == 40 for box in boxes)
    assert [box[0] for box in boxes[:3]] == [boxes[0][0]] * 3
    assert boxes[3][0] > boxes[0][1]
    assert [after[2] - before[3] for before, after in pairwise(boxes[:3])] == [GAP, GAP]
    assert boxes[0][2] == page.shape[1] - boxes[2][3]


@pytest.mark.parametrize(
    ("columns", "num_cells", "expected"), [(None, 1, 1), (1, 4, 1), (2, 4, 2), (4, 4, 4), (9, 4, 4)]
)
def test_columns_are_obeyed(columns: int | None, num_cells: int, expected: int) -> None:
    page = np.asarray(labelled_sheet([("", flat(color_of(i))) for i in range(num_cells)], columns))
    lefts = {box_of(page, color_of(index))[2] for index in range(num_cells)}
    assert len(lefts) == expected


@pytest.mark.parametrize("num_cells", [4, 9, 17, 40, 80])
def test_the_page_is_neither_a_ribbon_nor_mostly_empty(num_cells: int) -> None:
    image = labelled_sheet([("word", flat(color_of(i))) for i in range(num_cells)])
    assert 0.7 < image.width / image.height < 2.8
    covered = num_cells * default_cell_px(num_cells) ** 2 / (image.width * image.height)
    assert covered > 0.5


def test_pictures_keep_their_proportions_and_are_centred() -> None:
    cells = [("wide", flat(color_of(0), 10, 40)), ("high", flat(color_of(1), 40, 10))]
    page = np.asarray(labelled_sheet(cells, 2, cell_px=80))
    wide, high = box_of(page, color_of(0)), box_of(page, color_of(1))
    assert (wide[1] - wide[0], wide[3] - wide[2]) == (20, 80)
    assert (high[1] - high[0], high[3] - high[2]) == (80, 20)
    assert wide[0] + wide[1] == high[0] + high[1]


def test_a_sliver_keeps_a_pixel() -> None:
    page = np.asarray(labelled_sheet([("thin", flat((255, 0, 0), 1, 4000))], cell_px=100))
    assert box_of(page, (255, 0, 0))[3] > 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_any_mode_can_be_a_cell(mode: str) -> None:
    assert labelled_sheet([(mode, Image.new(mode, (20, 20)))]).mode == "RGB"


def test_transparency_shows_the_page() -> None:
    page = np.asarray(labelled_sheet([("", Image.new("RGBA", (50, 50), (255, 0, 0, 0)))], cell_px=50))
    assert not (page == (255, 0, 0)).all(axis=2).any()
    assert (page[45, 45] == BACKGROUND).all()


def test_title_and_bar_add_height_only_where_wanted() -> None:
    cells = [("word", flat((1, 2, 3))) for _ in range(4)]
    plain = labelled_sheet(cells)
    titled = labelled_sheet(cells, title="a title")
    with_bar = labelled_sheet(cells, colormap="turbo")
    assert titled.width == plain.width == with_bar.width
    assert titled.height > plain.height
    assert with_bar.height > plain.height
    assert labelled_sheet(cells, title="  ").height == plain.height


def test_a_small_page_grows_for_its_bar() -> None:
    image = labelled_sheet([("w", flat((1, 2, 3)))], cell_px=20, colormap="magma", title="title")
    assert image.width >= 300


def test_sheets_are_the_same_every_time() -> None:
    cells = [("word", flat((1, 2, 3))), ("other", flat((3, 2, 1)))]
    assert labelled_sheet(cells, title="t").tobytes() == labelled_sheet(cells, title="t").tobytes()


def test_sheet_errors() -> None:
    with pytest.raises(ConfigError, match="at least one cell"):
        labelled_sheet([])
    with pytest.raises(PictureError, match="in cell 'dog'; got nothing"):
        labelled_sheet([("dog", None)])  # type: ignore[list-item]
    with pytest.raises(PictureError, match="in cell 'dog'"):
        labelled_sheet([("dog", Image.new("RGB", (0, 3)))])
    with pytest.raises(ConfigError, match="columns"):
        labelled_sheet([("dog", flat((0, 0, 0)))], 0)
    with pytest.raises(ConfigError, match="cell size"):
        labelled_sheet([("dog", flat((0, 0, 0)))], cell_px=0)
    with pytest.raises(ConfigError, match="colour map"):
        labelled_sheet([("dog", flat((0, 0, 0)))], colormap="magmma")


PICTURE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
MAPS = [(word, np.random.default_rng(i).random((6, 8)).astype(np.float32)) for i, word in enumerate("abc")]


def is_within(page: Image.Image, cell: Image.Image) -> bool:
    """Whether the page shows exactly these pixels somewhere."""
    whole, part = np.asarray(page.convert("RGB")), np.asarray(cell.convert("RGB"))
    height, width, _ = part.shape
    first_row = np.lib.stride_tricks.sliding_window_view(whole, (1, width, 3))[:, :, 0, 0]
    for top, left in zip(*np.nonzero((first_row == part[0]).all(axis=(2, 3))), strict=True):
        if np.array_equal(whole[top : top + height, left : left + width], part):
            return True
    return False


def test_token_sheets_hold_the_overlays_at_the_shown_size() -> None:
    shown = Image.fromarray(PICTURE).resize((288, 216), Image.Resampling.BICUBIC)
    pixels = np.asarray(shown)
    page = token_sheet(PICTURE, MAPS, colormap="magma", opacity=0.4)
    assert is_within(page, shown)
    for _, map_yx in MAPS:
        assert is_within(page, heat(pixels, map_yx, colormap="magma", opacity=0.4))
    assert is_within(token_sheet(PICTURE, MAPS, style="masked"), masked(pixels, MAPS[1][1]))
    assert is_within(token_sheet(PICTURE, MAPS, style="grey"), grey(MAPS[1][1], (216, 288)))
    assert is_within(
        token_sheet(PICTURE, MAPS, style="grey", mode="bicubic"), grey(MAPS[1][1], (216, 288), mode="bicubic")
    )


def test_the_bare_picture_can_be_left_out(text_boxes: list[tuple[str, Box]]) -> None:
    token_sheet(PICTURE, MAPS, with_picture=False, title="the title")
    assert {text for text, _ in text_boxes} == {"the title", "0", "1", "a", "b", "c"}
    token_sheet(PICTURE, MAPS)
    assert "picture" in {text for text, _ in text_boxes}


def test_token_sheet_errors_name_the_cell() -> None:
    with pytest.raises(ConfigError, match="at least one map"):
        token_sheet(PICTURE, [])
    with pytest.raises(ConfigError, match=r"sheet style; got 'mask'\. Did you mean masked"):
        token_sheet(PICTURE, MAPS, style="mask")
    with pytest.raises(ConfigError, match=r"finite values in \[0, 1\] for 'dog'"):
        token_sheet(PICTURE, [*MAPS, ("dog", np.full((2, 2), np.nan, np.float32))])
    with pytest.raises(ShapeError, match="for 'dog'"):
        token_sheet(PICTURE, [("dog", np.zeros(4, np.float32))])
    with pytest.raises(PictureError):
        token_sheet(PICTURE[0], MAPS)


def test_columns_are_the_cheapest_of_all() -> None:
    """By hand, square cells: 6 = 3 × 2 fills a 1.5 : 1 page without a gap; 16 = 4 × 4 beats 5 × 4 with four empty."""
    assert sheet._best_columns(6, 1.0) == 3
    assert sheet._best_columns(24, 1.0) == 6
    assert sheet._best_columns(1, 1.0) == 1
