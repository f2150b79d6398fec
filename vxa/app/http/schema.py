"""Schemas of settings and of plain values, as OpenAPI wants them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

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
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}


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


def describe_fields(fields: Mapping[str, Field], more: Mapping[str, Schema], needed: Collection[str]) -> Schema:
    """Describe an object with these settings.

    Args:
        fields: The settings.
        more: Schemas of its further properties.
        needed: Properties that must be given.
    """
    return {
        "type": "object",
        "required": list(needed),
        "properties": {**more, **{name: describe_field(field) for name, field in fields.items()}},
        "additionalProperties": False,
    }


def needed_of(fields: Mapping[str, Field]) -> list[str]:
    """List the settings that have no default."""
    return [name for name, field in fields.items() if field.default is dataclasses.MISSING]


def thing(**properties: Schema) -> Schema:
    """Describe an object with these properties."""
    return {"type": "object", "properties": properties}


def by_name(items: Schema, description: str) -> Schema:
    """Describe an object of any names with values of one kind."""
    return {"type": "object", "additionalProperties": items, "description": description}


def series(items: Schema, description: str = "") -> Schema:
    """Describe a list."""
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def number(description: str) -> Schema:
    """Describe a number."""
    return {"type": "number", "description": description}


def text(description: str = "") -> Schema:
    """Describe a text."""
    return {"type": "string", **({"description": description} if description else {})}


def nullable(schema: Schema) -> Schema:
    """Describe what may be null."""
    return {"anyOf": [schema, {"type": "null"}]}
