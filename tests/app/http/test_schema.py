from __future__ import annotations

import dataclasses

import pytest

from vxa.app.http.questions import EDIT, PAINT, VISUALIZE
from vxa.app.http.schema import describe_field, describe_fields, needed_of
from vxa.app.jobs import MODES

FIELDS = {**VISUALIZE.fields, **EDIT.fields, **PAINT.fields}


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_is_described_by_its_declaration(name: str) -> None:
    field = FIELDS[name]
    described = describe_field(field)
    assert described["title"] == field.setting.label and described["description"] == field.setting.help
    assert ("default" in described) is (field.default is not dataclasses.MISSING)
    inner = described.get("items", described.get("anyOf", [described])[0] if "anyOf" in described else described)
    assert inner.get("minimum") == field.setting.low and inner.get("maximum") == field.setting.high
    assert inner.get("enum", []) == list(field.setting.names)


def test_kinds_become_types() -> None:
    described = {name: describe_field(field) for name, field in VISUALIZE.fields.items()}
    assert described["timesteps"]["items"] == {"type": "integer", "minimum": 0, "maximum": 999}
    assert described["modes"]["items"] == {"type": "string", "enum": list(MODES)}
    assert described["threshold"]["anyOf"] == [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]
    assert described["noise"]["type"] == "boolean" and described["noise"]["default"] is True


def test_settings_without_a_default_are_needed() -> None:
    assert needed_of(VISUALIZE.fields) == ["prompt"] and set(needed_of(PAINT.fields)) == {"prompt", "words"}
    described = describe_fields(VISUALIZE.fields, {"more": {"type": "string"}}, ["prompt"])
    assert described["required"] == ["prompt"] and described["properties"]["more"] == {"type": "string"}
    assert described["additionalProperties"] is False
