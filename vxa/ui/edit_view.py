"""What the viewer of the Edit tab needs: pictures to compare, words to look for, and how well a picture is drawn again.

All as plain data for the browser.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from PIL import Image

from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.inversion import Inversion
from vxa.app.editing.invert_result import InvertResult
from vxa.app.pixels import Picture
from vxa.ui.viewer import data_url

_MOST_PNG_PIXELS = 512 * 512
_GOOD, _FAIR = 1.0, 4.0
"""Decibels that a picture drawn again may lose against encoder and decoder alone."""


def edit_view(result: EditResult) -> dict[str, Any]:
    """Describe an edit for the viewer.

    Returns:
        `pictures`: the source, the picture drawn again if one was inverted, then the edits, each with `name`, `title`,
        `text` and `url`; `right`: which of them is shown beside the first; `words`: those of any prompt; `again`: how
        well the picture was drawn again, or None; `kinds`: how each edit was made.
    """
    names = result.names
    pictures = [_picture("source", "Source", result.prompts[0], result.source)]
    if result.inversion is not None:
        pictures.append(_again(result.inversion))
    first = len(pictures)
    pictures += [
        _picture(name, name.capitalize(), f"{prompt} ({pairs.kind})", edit)
        for name, prompt, pairs, edit in zip(names[1:], result.prompts[1:], result.pairs, result.edits, strict=True)
    ]
    words = dict.fromkeys(word for table in result.tables for word in table.words if not word.isdecimal())
    inversion = result.inversion
    return {
        "pictures": pictures, "right": first, "words": list(words), "isBefore": result.plan.job.maps_before,
        "again": None if inversion is None else drawn_again(inversion),
    }  # fmt: skip


def invert_view(result: InvertResult) -> dict[str, Any]:
    """Describe an inverted picture for the viewer, as `edit_view` does: the picture beside itself drawn again."""
    found = result.inversion
    pictures = [
        _picture("source", "Source", found.job.prompt, found.picture),
        _again(found),
        _picture("encoded", "Encoded", "encoder and decoder alone", found.encoded),
    ]
    return {"pictures": pictures, "right": 1, "words": [], "isBefore": False, "again": drawn_again(found)}


def maps_view(result: EditResult, word: str, looks: Mapping[str, Any]) -> dict[str, Any]:
    """Draw where a word looks in each picture whose prompt has it: `word`, and `maps` as URLs by picture.

    Args:
        result: An edit whose attention was recorded.
        word: Of any of its prompts.
        looks: Settings of the job that say how maps are drawn, in place of its own.

    Raises:
        SelectionError: If no prompt has the word.
        ConfigError: If a setting is out of range.
    """
    job = dataclasses.replace(result.plan.job, **looks)
    result = dataclasses.replace(result, job=job, plan=dataclasses.replace(result.plan, job=job))
    maps = {name: _url(look.draw(look.words[0], "heat")) for name, look in result.looks(word)}
    return {"word": word, "maps": maps}


def drawn_again(inversion: Inversion) -> dict[str, Any]:
    """Say how well a picture is drawn again: decibels of both, None for infinitely many, and a verdict in words."""
    lost = 0.0 if math.isinf(inversion.error) else inversion.least_error - inversion.error
    if lost <= _GOOD:
        verdict = "as good as this model's encoder allows"
    elif lost <= _FAIR:
        verdict = "close; more steps or the inversion null-text come closer"
    else:
        verdict = (
            "far off: edits will not keep the picture. Check the prompt, or choose the inversion direct or null-text"
        )
    return {"error": _finite(inversion.error), "encoder": _finite(inversion.least_error), "verdict": verdict,
            "isGood": lost <= _GOOD}  # fmt: skip


def _again(inversion: Inversion) -> dict[str, Any]:
    return _picture("again", "Drawn again", f"{inversion.job.inversion} inversion", inversion.reconstruction)


def _picture(name: str, title: str, text: str, picture: Picture) -> dict[str, Any]:
    return {"name": name, "title": title, "text": text, "url": _url(Image.fromarray(picture)),
            "width": picture.shape[1], "height": picture.shape[0]}  # fmt: skip


def _url(image: Image.Image) -> str:
    return data_url(image.convert("RGB"), is_photo=image.width * image.height > _MOST_PNG_PIXELS)


def _finite(decibels: float) -> float | None:
    return None if math.isinf(decibels) else round(decibels, 1)
