"""What a drop zone gives."""

from __future__ import annotations

from PIL import Image

from vxa.core.errors import PictureError

Dropped = Image.Image | PictureError | None
"""A picture, why it cannot be read, or nothing."""


def readable(picture: Dropped) -> Image.Image:
    """Give the picture that was dropped.

    Raises:
        PictureError: If there is none, or it cannot be read.
    """
    if picture is None:
        raise PictureError("a picture", got="none", remedy="Drop one, paste one, or take the example.")
    if isinstance(picture, PictureError):
        raise picture
    return picture
