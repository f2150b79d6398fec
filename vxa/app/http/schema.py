"""The API described as OpenAPI wants it, from the declarations that requests are checked by."""

from __future__ import annotations

import base64
import dataclasses
import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw

from vxa.app.http.asking import LAYERS_FIELDS, TOKENS_FIELDS, VISUALIZE_FIELDS
from vxa.app.http.reading import PICTURE
from vxa.app.settings import Field

Schema = dict[str, Any]

_TYPES: dict[str, Schema] = {
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "ints": {"type": "array", "items": {"type": "integer"}},
    "choice": {"type": "string"},
    "choices": {"type": "array", "items": {"type": "string"}},
}
_BASE64 = "PNG in base64 that carries its job, as saved files do."
_PICTURE_HELP = "The picture, at best a PNG: "
_PROMPT = "a red circle left of a blue square"


def describe_field(field: Field) -> Schema:
    """Describe one setting as a JSON schema."""
    declared = field.setting
    schema: Schema = {
        name: dict(part) if isinstance(part, dict) else part for name, part in _TYPES[declared.kind].items()
    }
    limits = {"minimum": declared.low, "maximum": declared.high, "enum": list(declared.names)}
    schema.get("items", schema).update({name: limit for name, limit in limits.items() if limit not in (None, [])})
    if declared.optional:
        schema = {"anyOf": [schema, {"type": "null"}]}
    schema |= {"title": declared.label, "description": declared.help}
    if field.default is not dataclasses.MISSING:
        schema["default"] = list(field.default) if isinstance(field.default, tuple) else field.default
    return schema


def describe_fields(fields: Mapping[str, Field], **more: Schema) -> Schema:
    """Describe an object with these settings, and further properties that must be given."""
    required = [name for name, field in fields.items() if field.default is dataclasses.MISSING]
    return {
        "type": "object",
        "required": [*more, *required],
        "properties": {**more, **{name: describe_field(field) for name, field in fields.items()}},
        "additionalProperties": False,
    }


def visualize_operation() -> Schema:
    """Describe the body of a visualize request, as JSON and as a form."""
    text = {"type": "string", "description": f"{_PICTURE_HELP}base64 of its file, also as a data URL."}
    file = {"type": "string", "format": "binary", "description": f"{_PICTURE_HELP}its file."}
    example = {PICTURE: _example_picture(), "prompt": _PROMPT, "tokens": "circle, blue square", "modes": ["heat"]}
    return _body(
        {
            "application/json": {"schema": describe_fields(VISUALIZE_FIELDS, picture=text), "example": example},
            "multipart/form-data": {"schema": describe_fields(VISUALIZE_FIELDS, picture=file)},
        }
    )


def tokens_operation() -> Schema:
    """Describe the body of a tokens request."""
    example = {"prompt": _PROMPT, "tokens": "circle, 1-3"}
    return _body({"application/json": {"schema": describe_fields(TOKENS_FIELDS), "example": example}})


def layers_operation() -> Schema:
    """Describe the query of a layers request."""
    parameters = [
        {"name": name, "in": "query", "required": False, "schema": describe_field(field)}
        for name, field in LAYERS_FIELDS.items()
    ]
    return {"parameters": parameters}


def _body(content: Schema) -> Schema:
    return {"requestBody": {"required": True, "content": content}}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def _list(items: Schema, description: str = "") -> Schema:
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def _number(description: str) -> Schema:
    return {"type": "number", "description": description}


def _text(description: str = "") -> Schema:
    return {"type": "string", **({"description": description} if description else {})}


_WHOLE: Schema = {"type": "integer"}
_COLUMNS = _list(_WHOLE, "Token columns; 0 is BOS.")
_MODEL = _object(name=_text(), hash=_text("Short hash of the weights."), family=_text())
_WORD = _object(
    text=_text(),
    tokens=_COLUMNS,
    peak=_number("Largest value before the map was brought to [0, 1]; with a preset of means, a probability."),
    threshold=_number("Value of the map above which a pixel belongs to the word: the request's, or Otsu's choice."),
    spread=_number("Mean standard deviation between noise draws, in the units of the map."),
    pictures={"type": "object", "additionalProperties": _text(_BASE64), "description": "By mode."},
    map=_list(_list({"type": "number"}), "Rows of numbers in [0, 1], of the picture's size; if `word_maps`."),
)

VISUALIZE_ANSWER = _object(
    status=_text("One line: tokens matched, layers fired, calls, seconds."),
    seconds=_number("Time the model ran; 0 when the recording was kept from before."),
    format=_WHOLE,
    vxa=_text("Version."),
    job={"type": "object", "description": "What was asked, defaults filled in; may be sent again as it is."},
    picture=_object(file=_text(), hash=_text("Hash of the pixels."), height=_WHOLE, width=_WHOLE),
    model=_MODEL,
    recording=_object(keeps_heads={"type": "boolean"}, device=_text()),
    words=_list(_WORD),
    layers=_list(_text(), "Layers the maps are made of."),
    sheet=_text(f"If `sheet`: the picture and all words, a {_BASE64}"),
    layer_sheet=_text(f"If `layer_sheet`: the first word in every layer, a {_BASE64}"),
    raw_maps=_text("If `raw_maps`: the .npz of saved results in base64; `vxa.AttentionMaps.load_npz` reads it."),
)
"""What a visualize request is answered with."""

TOKENS_ANSWER = _object(
    model=_MODEL,
    encoders=_list({"type": "object"}, "Token table of each text encoder, padding left out."),
    words=_list(_object(text=_text(), tokens=_COLUMNS), "What `tokens` names, one map each."),
)
"""What a tokens request is answered with."""

LAYERS_ANSWER = _object(
    model=_MODEL,
    height={**_WHOLE, "description": "Of the picture, padded for the model."},
    width=_WHOLE,
    groups=_list(_text(), "Names for several layers."),
    layers=_list({"type": "object"}, "Cross-attention layers with address, place, heads, map size and other names."),
)
"""What a layers request is answered with."""

HEALTH_ANSWER = _object(
    vxa=_text("Version."), limits={"type": "object", "description": "How much one request may ask for."}
)
"""What a health request is answered with."""

_ERROR = _object(
    error=_object(
        type=_text("Class of the error, such as SelectionError."),
        expected=_text(),
        got={"anyOf": [_text(), {"type": "null"}]},
        remedy=_text("What to do."),
        message=_text("All of it, as the tab shows it."),
    )
)
_ERROR_EXAMPLE = {
    "error": {
        "type": "SelectionError",
        "expected": "a word of the prompt",
        "got": "'circel'",
        "remedy": "Did you mean circle? The prompt's tokens are: a = 1, red = 2, circle = 3; 0 is BOS.",
        "message": "Expected a word of the prompt; got 'circel'. Did you mean circle? "
        "The prompt's tokens are: a = 1, red = 2, circle = 3; 0 is BOS.",
    }
}


def answers(schema: Schema) -> dict[int | str, dict[str, Any]]:
    """Describe what comes back: the answer, or an error."""
    error = {"content": {"application/json": {"schema": _ERROR, "example": _ERROR_EXAMPLE}}}
    return {
        200: {"description": "Done", "content": {"application/json": {"schema": schema}}},
        "4XX": {"description": "Something asked for is wrong, or was interrupted", **error},
        503: {"description": "No model is loaded, or too many jobs wait", **error},
    }


def _example_picture() -> str:
    image = Image.new("RGB", (64, 64), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 20, 28, 44), fill="red")
    draw.rectangle((36, 20, 60, 44), fill="blue")
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")
