"""The prompt that a picture was made from, if its metadata say so."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from PIL import Image

from vxa.app.provenance import KEY

_INFOTEXT_END = re.compile(r"\n(?:Negative prompt:|Steps: \d)")
_LONGEST = 10_000


@dataclass(frozen=True)
class FoundPrompt:
    """What a picture says of itself."""

    prompt: str
    """Words it was made from, or looked at with."""
    tokens: str = ""
    """Words that were looked at; blank if it does not say."""


def find_prompt(image: Image.Image) -> FoundPrompt | None:
    """Read the prompt from a picture's text chunks: VXA's own, or the webui's "parameters".

    Anyone can write metadata, so whatever is malformed counts as none.

    Args:
        image: As opened from its file.

    Returns:
        The prompt, or None if there is none.
    """
    own = image.info.get(KEY)
    if isinstance(own, str):
        return _own(own)
    infotext = image.info.get("parameters")
    if isinstance(infotext, str):
        prompt = _INFOTEXT_END.split("\n" + infotext, maxsplit=1)[0].strip()
        return FoundPrompt(prompt) if 0 < len(prompt) <= _LONGEST else None
    return None


def _own(text: str) -> FoundPrompt | None:
    try:
        job = json.loads(text)["job"]
        prompt, tokens = job["prompt"], job["tokens"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(prompt, str) or not isinstance(tokens, str) or not 0 < len(prompt) <= _LONGEST:
        return None
    return FoundPrompt(prompt, tokens if len(tokens) <= _LONGEST else "")
