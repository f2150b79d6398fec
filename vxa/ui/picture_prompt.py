"""The prompt or the edit that a picture was made from, if its metadata say so."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from PIL import Image

from vxa.app.api import load_picture
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.typed import read_prompts
from vxa.app.jobs import job_from_json
from vxa.app.provenance import KEY
from vxa.app.recording import picture_hash
from vxa.app.result import file_stems
from vxa.core.errors import VxaError

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
        found = json.loads(text)
        job = found["job"]
        prompt, tokens = job["prompt"], job.get("tokens", "")
        if job.get("job") == EditJob.kind:
            edits = read_prompts(job["edit"])
            of_files = dict(zip(file_stems(["edit"] * len(edits)), edits, strict=True))
            prompt = of_files.get(found["shows"]["mode"], prompt)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(prompt, str) or not isinstance(tokens, str) or not 0 < len(prompt) <= _LONGEST:
        return None
    return FoundPrompt(prompt, tokens if len(tokens) <= _LONGEST else "")


@dataclass(frozen=True)
class FoundEdit:
    """An edit that a picture carries."""

    job: EditJob
    """What was done."""
    has_source: bool
    """Whether a picture was given to it, rather than drawn."""
    is_source: bool
    """Whether that is this picture."""


def find_edit(image: Image.Image) -> FoundEdit | None:
    """Read the edit that a picture comes from or was given to; whatever is malformed counts as none."""
    try:
        found = json.loads(image.info[KEY])
        job = job_from_json(found["job"])
        given = {str(each["hash"]) for each in found.get("given", ())}
        if not isinstance(job, EditJob):
            return None
        return FoundEdit(job, bool(given), picture_hash(load_picture(image)) in given)
    except (VxaError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
