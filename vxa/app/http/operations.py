"""The requests described as OpenAPI wants them, from the declarations that they are checked by."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw

from vxa.app.http import questions
from vxa.app.http.pictures import MASKS, PICTURE
from vxa.app.http.questions import Question
from vxa.app.http.schema import Schema, by_name, describe_field, describe_fields, needed_of, text
from vxa.app.settings import Field

_PROMPT = "a red circle left of a blue square"
_SIDE = 64
_BASE64 = "base64 of its file, also as a data URL."
_HELP = {
    "needed": "The picture, at best a PNG: ",
    "allowed": "A picture to begin with, at best a PNG; without, one is drawn: ",
}
_MASKS = by_name(
    text(f"A mask: {_BASE64}"),
    "Where each painted word shall look: white, or opaque, on a picture of the same size as the one drawn. "
    "`words` names them in order; left out, it is taken from here.",
)
TOKENS_EXAMPLE = {"prompt": _PROMPT, "tokens": "circle, 1-3"}
ALIGN_EXAMPLE = {"prompt": _PROMPT, "edit": "a green circle left of a blue square"}


def ask(question: Question[Any, Any]) -> Schema:
    """Describe the body of a request that runs a job: as JSON, and as a form unless masks come with it."""
    needed = [name for name in needed_of(question.fields) if name not in question.implied]
    files = {} if question.picture == "none" else {PICTURE: text(_HELP[question.picture] + _BASE64)}
    masks = {MASKS: _MASKS} if question.masks else {}
    first = [*([PICTURE] if question.picture == "needed" else []), *masks]
    content: Schema = {
        "application/json": {
            "schema": describe_fields(question.fields, {**files, **masks}, [*first, *needed]),
            "example": _example(question),
        }
    }
    if not question.masks:
        binary = {name: {**schema, "format": "binary"} for name, schema in files.items()}
        form = describe_fields(question.fields, binary, [*first, *needed])
        content["multipart/form-data"] = {"schema": form}
    return _body(content)


def ask_plainly(fields: Mapping[str, Field], example: Schema) -> Schema:
    """Describe the body of a request that has nothing but these settings."""
    return _body({"application/json": {"schema": describe_fields(fields, {}, needed_of(fields)), "example": example}})


def query(fields: Mapping[str, Field]) -> Schema:
    """Describe a query of these settings."""
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": describe_field(field)}
            for name, field in fields.items()
        ]
    }


def _body(content: Schema) -> Schema:
    return {"requestBody": {"required": True, "content": content}}


def _example(question: Question[Any, Any]) -> Schema:
    """Give a request that runs as it is, and quickly."""
    scene = Image.new("RGB", (_SIDE, _SIDE), "white")
    draw = ImageDraw.Draw(scene)
    draw.ellipse((4, 20, 28, 44), fill="red")
    draw.rectangle((36, 20, 60, 44), fill="blue")
    mask = Image.new("L", (_SIDE, _SIDE))
    ImageDraw.Draw(mask).ellipse((4, 4, 32, 32), fill="white")
    size = {"height": _SIDE, "width": _SIDE}
    examples: dict[str, Schema] = {
        questions.VISUALIZE.job.kind: {PICTURE: _png(scene), "tokens": "circle, blue square", "modes": ["heat"]},
        questions.GENERATE.job.kind: {"tokens": "circle", "modes": ["heat"], "steps": 10, **size},
        questions.EDIT.job.kind: {"edit": ALIGN_EXAMPLE["edit"], "tokens": "circle", "steps": 10, **size},
        questions.INVERT.job.kind: {PICTURE: _png(scene), "steps": 10},
        questions.EXCITE.job.kind: {"words": "circle, square", "steps": 10, **size},
        questions.ADJUST.job.kind: {"adjust": "square=shape not color", "steps": 4},
        questions.WEAKEN.job.kind: {"concept": "color", "counts": [8], "orders": ["most"], "steps": 4},
        questions.PAINT.job.kind: {MASKS: {"circle": _png(mask)}, "steps": 10, **size},
    }
    return {"prompt": _PROMPT, **examples[question.job.kind]}


def _png(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")
