"""What the viewer in the browser needs: picture and maps as separate layers, and the colour tables."""

from __future__ import annotations

import base64
import io
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.app.result import Result
from vxa.app.word_maps import WordMap, otsu_of
from vxa.render.colormaps import COLORMAPS, color_table

_MOST_SIDE = 1024
_MOST_PIXELS = 8_000_000
_MOST_PNG_PIXELS = 512 * 512


def viewer_data(result: Result) -> dict[str, Any]:
    """Describe a result for the viewer.

    Args:
        result: A finished job.

    Returns:
        `picture` and each word's `map` as data URLs of one size, at most 1024 pixels a side and less with many words;
        map level 255 stands for 1. A word's `threshold` is Otsu's, whatever the job says, since the slider decides.
        `full_width` is the picture's own. Where there are several draws, each word has a `spread_map`, possibly
        smaller, whose level 255 stands for `spread_top`.
    """
    words = result.words
    height, width = _shown_size(result.picture.shape[0], result.picture.shape[1], len(words))
    picture = Image.fromarray(result.picture)
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    spread_top = max((float(word.spread_yx.max()) for word in words if word.spread_yx is not None), default=0.0)
    return {
        "width": width,
        "height": height,
        "full_width": result.picture.shape[1],
        "picture": data_url(picture, is_photo=width * height > _MOST_PNG_PIXELS),
        "words": [{**_word(word, height, width), "spread_map": _spread_map(word, spread_top)} for word in words],
        "spread_top": round(spread_top, 4),
        "prompt": result.job.prompt,
    }


def _word(word: WordMap, height: int, width: int) -> dict[str, Any]:
    shown = Image.fromarray(_levels(word.map_yx))
    if shown.size != (width, height):
        shown = shown.resize((width, height), Image.Resampling.BILINEAR)
    return {
        "text": word.word.text,
        "indices": list(word.word.indices),
        "map": data_url(shown),
        "threshold": round(otsu_of(word.map_yx), 4),
        "peak": round(word.peak, 5),
        "spread": round(word.spread, 4),
    }


def _spread_map(word: WordMap, top: float) -> str:
    if word.spread_yx is None:
        return ""
    return data_url(Image.fromarray(_levels(word.spread_yx / max(top, 1e-12))))


def _levels(map_yx: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(map_yx * 255).astype(np.uint8)


def _shown_size(height: int, width: int, num_words: int) -> tuple[int, int]:
    shrink = min(1.0, _MOST_SIDE / max(height, width), math.sqrt(_MOST_PIXELS / (num_words * height * width)))
    return max(1, round(height * shrink)), max(1, round(width * shrink))


def data_url(image: Image.Image, *, is_photo: bool = False) -> str:
    """Write a picture as a URL that holds it: PNG, or JPEG where loss does not matter."""
    buffer = io.BytesIO()
    if is_photo:
        image.save(buffer, "JPEG", quality=92)
    else:
        image.save(buffer, "PNG", compress_level=3)
    kind = "jpeg" if is_photo else "png"
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def shown(image: Image.Image) -> str:
    """Write a picture as a data URL, at most 1024 pixels a side."""
    shrink = min(1.0, _MOST_SIDE / max(image.size))
    if shrink < 1:
        width, height = (max(1, round(side * shrink)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    return data_url(image, is_photo=shrink < 1 and image.mode == "RGB")


def color_tables() -> str:
    """Write every colour map as JSON: name to base64 of 256 RGB triples."""
    return json.dumps({name: base64.b64encode(color_table(name).tobytes()).decode("ascii") for name in COLORMAPS})
