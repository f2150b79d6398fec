from __future__ import annotations

import pytest
from PIL import Image

from vxa.core.errors import PictureError
from vxa.ui.dropped import readable


def test_what_was_dropped_is_a_picture_or_says_why_not() -> None:
    picture = Image.new("RGB", (2, 2))
    assert readable(picture) is picture
    broken = PictureError("a picture", got="half a file")
    with pytest.raises(PictureError, match="half a file"):
        readable(broken)
    with pytest.raises(PictureError, match="got none"):
        readable(None)
