from __future__ import annotations

from typing import Any

import pytest

from vxa.app.http.asking import PictureSize, fields_of, read_fields
from vxa.app.http.limits import Limits
from vxa.core.errors import ConfigError

FIELDS = fields_of(PictureSize)


def test_text_is_read_as_if_typed() -> None:
    assert read_fields(PictureSize, FIELDS, {"height": "64", "width": 32}, Limits()) == PictureSize(height=64, width=32)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"hieght": 64}, "a field of this request; got 'hieght'. Did you mean height"),
        ({"height": "tall"}, "height as a whole number; got 'tall'"),
        ({"height": -1}, "height from 0 to 8192; got -1"),
        ({"height": None}, "height as a whole number; got None"),
        ({"height": "1" * 11}, "height of at most 10 characters; got 11"),
        ({"model": "other"}, "a field of this request; got 'model'"),
    ],
)
def test_a_wrong_field_is_told(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError) as told:
        read_fields(PictureSize, FIELDS, values, Limits(text_length=10))
    assert complaint in str(told.value)
