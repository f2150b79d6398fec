from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vxa.app.http.asking import VISUALIZE_FIELDS, Wanted
from vxa.app.http.limits import Limits
from vxa.app.http.schema import (
    HEALTH_ANSWER,
    LAYERS_ANSWER,
    TOKENS_ANSWER,
    VISUALIZE_ANSWER,
    describe_field,
    visualize_operation,
)
from vxa.app.jobs import MODES
from vxa.app.settings import iter_fields


@pytest.mark.parametrize("name", VISUALIZE_FIELDS)
def test_every_setting_is_described_by_its_declaration(name: str) -> None:
    field = VISUALIZE_FIELDS[name]
    described = describe_field(field)
    assert described["title"] == field.setting.label and described["description"] == field.setting.help
    assert ("default" in described) is (field.default is not dataclasses.MISSING)
    inner = described.get("items", described.get("anyOf", [described])[0] if "anyOf" in described else described)
    assert inner.get("minimum") == field.setting.low and inner.get("maximum") == field.setting.high
    assert inner.get("enum", []) == list(field.setting.names)


def test_kinds_become_types() -> None:
    described = {name: describe_field(field) for name, field in VISUALIZE_FIELDS.items()}
    assert described["timesteps"]["items"] == {"type": "integer", "minimum": 0, "maximum": 999}
    assert described["modes"]["items"] == {"type": "string", "enum": list(MODES)}
    assert described["threshold"]["anyOf"] == [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]
    assert described["noise"]["type"] == "boolean" and described["noise"]["default"] is True


def test_a_form_is_described_as_json_is_but_for_the_file() -> None:
    content = visualize_operation()["requestBody"]["content"]
    by_json, by_form = (content[kind]["schema"] for kind in ("application/json", "multipart/form-data"))
    assert by_json["required"] == by_form["required"] == ["picture", "prompt"]
    assert by_form["properties"].pop("picture")["format"] == "binary"
    assert by_json["properties"].pop("picture")["type"] == "string"
    assert by_json == by_form
    assert "model" not in by_json["properties"]


def test_answers_hold_what_is_described(client: TestClient, question: dict[str, Any]) -> None:
    full = {**question, "layer_sheet": True, "word_maps": True, "raw_maps": True}
    for schema, answer in (
        (VISUALIZE_ANSWER, client.post("/vxa/v1/visualize", json=full)),
        (TOKENS_ANSWER, client.post("/vxa/v1/tokens", json={"prompt": "a cat"})),
        (LAYERS_ANSWER, client.get("/vxa/v1/layers")),
        (HEALTH_ANSWER, client.get("/vxa/v1/health")),
    ):
        check_described(schema, answer.json(), "answer")


def check_described(schema: dict[str, Any], value: Any, place: str) -> None:
    if schema["type"] == "object" and "properties" in schema:
        assert set(value) == set(schema["properties"]), place
        for name, part in schema["properties"].items():
            check_described(part, value[name], f"{place}.{name}")
    elif schema["type"] == "array":
        for part in value[:2]:
            check_described(schema["items"], part, f"{place}[]")
    else:
        kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict}
        assert isinstance(value, kinds[schema["type"]]), place


def test_the_guide_names_every_route_field_and_limit(client: TestClient, root: Path) -> None:
    guide = (root / "docs" / "http-api.md").read_text(encoding="utf-8")
    routes = [path.removeprefix("/vxa/v1") for path in client.get("/vxa/v1/openapi.json").json()["paths"]]
    limits = Limits()
    named = [
        *(f" {route}`" for route in routes),
        *(f"| `{field.name}` | {str(field.default).lower()} |" for field in iter_fields(Wanted)),
        f"{limits.body_bytes >> 20} MB",
        f"{limits.picture_pixels / 1e6:.1f} million",
        f"{limits.answer_pixels / 1e6:.0f} million",
        f"{limits.text_length:,} characters",
        f"{limits.waiting} jobs",
    ]
    assert [each for each in named if each not in guide] == []
