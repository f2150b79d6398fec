from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.app.http.conftest import as_text, png_bytes
from vxa.app.http.pictures import read_masks, read_picture
from vxa.core.errors import ConfigError, PictureError


def test_a_picture_comes_as_bytes_as_base64_and_as_a_data_url(picture: np.ndarray) -> None:
    data = png_bytes(picture)
    wrapped = base64.encodebytes(data).decode()
    for value in (data, as_text(data), f"data:image/png;base64,{as_text(data)}", wrapped):
        np.testing.assert_array_equal(read_picture(value, 10**6), picture)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        b"",
        7,
        ["x"],
        "http://127.0.0.1/x.png",
        "file:///etc/passwd",
        "/etc/passwd",
        "photo.png",
        "data:,",
        "é",
    ],
)
def test_what_is_no_picture_is_not_looked_up(value: object) -> None:
    with pytest.raises(PictureError):
        read_picture(value, 10**6)


def test_a_bomb_is_refused_by_its_header() -> None:
    # a PNG of 64 million pixels whose data are missing: decoding would fail otherwise
    bomb = png_bytes(Image.new("L", (8000, 8000)))[:200]
    with pytest.raises(PictureError, match=r"at most 1,000,000 pixels; got 8000 × 8000 = 64,000,000\. Scale it down"):
        read_picture(bomb, 10**6)


def test_formats_that_start_other_programs_are_not_known() -> None:
    postscript = png_bytes(Image.new("RGB", (8, 8)), "EPS")
    with pytest.raises(PictureError, match="something else"):
        read_picture(postscript, 10**6)


def test_masks_are_grey_whatever_they_come_as() -> None:
    grey = Image.new("L", (6, 4))
    grey.paste(255, (0, 0, 3, 4))
    clear = Image.new("RGBA", (6, 4), (9, 9, 9, 0))
    clear.paste((9, 9, 9, 255), (0, 0, 3, 4))
    masks = read_masks({"one": as_text(png_bytes(grey)), "two": png_bytes(clear)}, 2, 100)
    assert list(masks) == ["one", "two"]
    for mask in masks.values():
        assert mask.shape == (4, 6) and mask.dtype == np.uint8
        np.testing.assert_array_equal(mask, np.asarray(grey))


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (None, "masks as an object of pictures by word; got none"),
        ({}, "got none"),
        ("x", "got str"),
        ([["circle", "x"]], "got list"),
        ({"a": "", "b": "", "c": ""}, "at most 2 masks; got 3"),
        ({"a": 5}, "a picture as base64; got int"),
        ({"a": "/etc/passwd"}, "Addresses and paths are not opened"),
        ({"a": as_text(b"nothing")}, "a picture file; got something else"),
        ({"a": as_text(png_bytes(Image.new("L", (20, 20))))}, "at most 100 pixels; got 20 × 20"),
    ],
)
def test_what_are_no_masks_is_told(value: Any, complaint: str) -> None:
    with pytest.raises((ConfigError, PictureError)) as told:
        read_masks(value, 2, 100)
    assert complaint in str(told.value)
