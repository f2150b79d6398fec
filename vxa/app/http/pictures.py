"""Pictures and masks of a request, read from bytes or base64. Nothing is fetched and no path is opened."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.app.editing.masks import Mask, read_mask
from vxa.core.errors import ConfigError, PictureError
from vxa.render.picture import decode_picture

PICTURE = "picture"
"""Field that holds the picture."""
MASKS = "masks"
"""Field that holds the masks, by word."""


def read_picture(value: object, max_pixels: int) -> NDArray[np.uint8]:
    """Decode the picture of a request: shape (height, width, 3), uint8.

    Args:
        value: Bytes of a file, or their base64, also as a data URL.
        max_pixels: Height × width allowed.

    Raises:
        PictureError: If there is none, or it cannot be used.
    """
    if is_absent(value):
        raise PictureError("a picture", got="none", remedy=f"Send a file, or its base64, as {PICTURE!r}.")
    return decode_picture(_bytes_of(value), max_pixels=max_pixels)


def read_masks(value: object, max_masks: int, max_pixels: int) -> dict[str, Mask]:
    """Decode the masks of a request by word: shape (height, width) each, uint8.

    Args:
        value: Files by word, each as `read_picture` takes it.
        max_masks: Allowed in all.
        max_pixels: Height × width of each allowed.

    Raises:
        ConfigError: If they are not given by word, or are too many.
        PictureError: If one cannot be used.
    """
    if not isinstance(value, Mapping) or not value:
        got = "none" if is_absent(value) or value == {} else type(value).__name__
        raise ConfigError(
            f"{MASKS} as an object of pictures by word", got=got, remedy=f'Send {{"{MASKS}": {{"word": "<base64>"}}}}.'
        )
    if len(value) > max_masks:
        raise ConfigError(f"at most {max_masks} masks", got=len(value))
    return {str(word): _read_mask(mask, max_pixels) for word, mask in value.items()}


def is_absent(value: object) -> bool:
    """Whether a field for a picture was left out or left empty."""
    return value in (None, "", b"")


def _read_mask(value: object, max_pixels: int) -> Mask:
    data = _bytes_of(value)
    decode_picture(data, max_pixels=max_pixels)  # for its errors: below, it can only succeed
    with Image.open(io.BytesIO(data)) as image:
        return read_mask(image)


def _bytes_of(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise PictureError("a picture as base64", got=type(value).__name__)
    return _from_base64(value)


def _from_base64(text: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        shown = repr(text if len(text) < 40 else f"{text[:40]}…")
        remedy = "Addresses and paths are not opened: send the file itself."
        raise PictureError("a picture as base64", got=f"{shown} ({error})", remedy=remedy) from error
