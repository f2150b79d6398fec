"""Any picture a user may hand over becomes uint8 RGB, upright and opaque.

Colour modes, transparency, 16 bits, EXIF rotation, size limits and broken files are dealt with here once, so that
everything behind works on arrays of shape (height, width, 3). Embedded colour profiles are not applied.
"""

from __future__ import annotations

import io
import logging
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from vxa.core.errors import PictureError
from vxa.render.validation import checked_image

logger = logging.getLogger(__name__)

MAX_PIXELS = 4096 * 4096
"""Pixels a picture may have unless the caller says otherwise; checked from the header, before decoding."""

DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow's decoders raise on damaged files; they share no base class."""

# Pillow knows formats that start other programs (EPS runs Ghostscript): nothing for bytes from a network.
_COMMON_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_PREMULTIPLIED = {"La": "LA", "RGBa": "RGBA"}
_WITH_ALPHA = ("LA", "PA", "RGBA")
_OPAQUE = ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV")


def read_picture(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Read a picture file.

    Args:
        path: Any format that Pillow knows; of an animation the first frame is taken.
        max_pixels: Height × width allowed.

    Returns:
        Shape (height, width, 3), uint8, upright, on white.

    Raises:
        PictureError: If the file is missing, no picture, damaged, empty or too large.
    """
    path = Path(path)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no such file"
        raise PictureError("a picture file", got=f"{what}: {path}", remedy="Check the path.")
    return _read(path, str(path), max_pixels, None)


def decode_picture(data: bytes, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Read the bytes of a picture file from who knows where: common formats only.

    Args:
        data: A whole PNG, JPEG, WebP, GIF, BMP or TIFF file; of an animation the first frame is taken.
        max_pixels: Height × width allowed.

    Returns:
        Shape (height, width, 3), uint8, upright, on white.

    Raises:
        PictureError: If it is no picture, damaged, empty or too large.
    """
    return _read(io.BytesIO(data), "the bytes sent", max_pixels, _COMMON_FORMATS)


def _read(source: Path | io.BytesIO, name: str, max_pixels: int, formats: tuple[str, ...] | None) -> NDArray[np.uint8]:
    try:
        with Image.open(source, formats=formats) as image:
            return rgb_array(image, max_pixels=max_pixels)
    except UnidentifiedImageError as exc:
        raise PictureError(
            "a picture file", got=f"something else: {name}", remedy="Use PNG, JPEG, WebP or another common format."
        ) from exc
    except PictureError:
        raise
    except DECODING_ERRORS as exc:
        raise _undecodable(exc, name) from exc


def rgb_array(image: Image.Image, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Convert an opened picture to uint8 RGB.

    EXIF rotation is applied; transparency (alpha channel, palette entry or transparent colour) is laid on white;
    16-bit greys are divided by 257 and rounded. A picture in mode I counts as 16-bit, as Pillow opens 16-bit PNG so.

    Args:
        image: Of any mode that Pillow decodes; loaded if it is not yet, otherwise not modified.
        max_pixels: Height × width allowed.

    Returns:
        Shape (height, width, 3), uint8.

    Raises:
        PictureError: If it is no picture, empty, too large, damaged, or of a mode whose range is unknown.
    """
    _check_pixels(checked_image("to convert", image), max_pixels)
    try:
        image.load()
    except DECODING_ERRORS as exc:
        raise _undecodable(exc, "the picture") from exc
    return np.array(_opaque_rgb(_upright(image)))


def _check_pixels(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        scale = (max_pixels / (width * height)) ** 0.5
        raise PictureError(
            f"a picture of at most {max_pixels:,} pixels",
            got=f"{width} × {height} = {width * height:,}",
            remedy=f"Scale it down, for instance to {max(1, int(width * scale))} × {max(1, int(height * scale))}.",
        )


def _undecodable(exc: BaseException, what: str) -> PictureError:
    reason = str(exc) or type(exc).__name__
    return PictureError(
        "a picture that can be decoded", got=f"{what} ({reason})", remedy="Save it again or download it anew."
    )


def _upright(image: Image.Image) -> Image.Image:
    if image.format == "TIFF":
        # Pillow turns TIFF itself while decoding; before 10.1 it leaves the tag behind.
        return image
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    except DECODING_ERRORS as exc:
        # Viewers show such a picture unrotated, and so do we: the pixels themselves are sound.
        logger.warning("The picture's EXIF data cannot be read (%s); it is taken as upright.", exc)
        return image
    transposition = _UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return image if transposition is None else image.transpose(transposition)


def _opaque_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BIT:
        return _from_sixteen_bit(image)
    if image.mode in _PREMULTIPLIED:
        image = image.convert(_PREMULTIPLIED[image.mode])
    if image.mode in _WITH_ALPHA:
        return _on_white(image.convert("RGBA"))
    if image.mode not in _OPAQUE:
        raise PictureError(
            "a picture with 8 or 16 bits per channel", got=f"Pillow mode {image.mode}", remedy="Save it as PNG or JPEG."
        )
    if image.info.get("transparency") is None:
        return image.convert("RGB")
    if image.mode == "1":
        return _with_transparent_bit(image)
    return _on_white(image.convert("RGBA"))


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _from_sixteen_bit(image: Image.Image) -> Image.Image:
    values_yx = np.asarray(image).astype(np.int64)
    lowest, highest = int(values_yx.min()), int(values_yx.max())
    if lowest < 0 or highest > 65535:
        raise PictureError(
            "16-bit grey values from 0 to 65535", got=f"values from {lowest} to {highest}", remedy="Save it as PNG."
        )
    greys_yx = ((values_yx + 128) // 257).astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        greys_yx[values_yx == transparent] = 255
    return Image.fromarray(greys_yx).convert("RGB")


def _with_transparent_bit(image: Image.Image) -> Image.Image:
    """Black-and-white pictures: Pillow keeps the transparent value as 0 or 1, and as 255 in some releases."""
    bits_yx = np.asarray(image, dtype=bool)
    transparent = bool(image.info["transparency"])
    return Image.fromarray(np.where(bits_yx == transparent, 255, bits_yx * 255).astype(np.uint8)).convert("RGB")
