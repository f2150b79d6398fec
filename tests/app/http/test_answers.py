from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.app.http.conftest import as_text, png_bytes
from tests.app.http.test_handling import EDITED, QUICK
from vxa.app.http import answers
from vxa.app.http.limits import Limits
from vxa.app.http.wanted import Wanted
from vxa.app.settings import iter_fields

MAPS = {"word_maps": True, "raw_maps": True}


def test_answers_hold_what_is_described(
    client: TestClient, with_vectors: TestClient, question: dict[str, Any], picture: Any
) -> None:
    heads = {**QUICK, "vectors": "made.npz"}
    given = {"prompt": QUICK["prompt"], "steps": 2, "picture": as_text(png_bytes(picture))}
    mask = as_text(png_bytes(picture[..., 0]))
    for schema, answer in (
        (answers.VISUALIZE, client.post("/vxa/v1/visualize", json={**question, **MAPS, "layer_sheet": True})),
        (answers.GENERATE, client.post("/vxa/v1/generate", json={**QUICK, **MAPS, "layer_sheet": True})),
        (answers.EDIT, client.post("/vxa/v1/edit", json={**given, **MAPS, "edit": EDITED, "tokens": "circle"})),
        (answers.INVERT, client.post("/vxa/v1/invert", json=given)),
        (answers.PAINT, client.post("/vxa/v1/paint", json={**given, **MAPS, "masks": {"circle": mask}})),
        (answers.ADJUST, with_vectors.post("/vxa/v1/adjust", json={**heads, "adjust": "red=color not shape"})),
        (answers.WEAKEN, with_vectors.post("/vxa/v1/weaken", json={**heads, "concept": "color", "counts": [3]})),
        (answers.ALIGN, client.post("/vxa/v1/align", json={"prompt": "a cat", "edit": "a dog"})),
        (answers.TOKENS, client.post("/vxa/v1/tokens", json={"prompt": "a cat"})),
        (answers.LAYERS, client.get("/vxa/v1/layers")),
        (answers.HEALTH, client.get("/vxa/v1/health")),
    ):
        assert answer.status_code == 200, answer.text[:500]
        check_described(schema, answer.json(), "answer")


def check_described(schema: dict[str, Any], value: Any, place: str) -> None:
    if "anyOf" in schema:
        assert value is None or isinstance(value, (int, float)), place
    elif schema["type"] == "object" and "properties" in schema:
        assert set(value) == set(schema["properties"]), place
        for name, part in schema["properties"].items():
            check_described(part, value[name], f"{place}.{name}")
    elif schema["type"] == "object" and "additionalProperties" in schema:
        assert value, place
        for name, part in value.items():
            check_described(schema["additionalProperties"], part, f"{place}[{name}]")
    elif schema["type"] == "array":
        for part in value[:2]:
            check_described(schema["items"], part, f"{place}[]")
    else:
        kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict}
        assert isinstance(value, kinds[schema["type"]]), place


def test_errors_are_described_beside_each_answer() -> None:
    described = answers.describe(answers.HEALTH)
    assert set(described) == {200, "4XX", 503}
    example = described["4XX"]["content"]["application/json"]["example"]["error"]
    assert set(example) == {"type", "expected", "got", "remedy", "message"}


@pytest.fixture
def guide(root: Path) -> str:
    return (root / "docs" / "http-api.md").read_text(encoding="utf-8")


def test_the_guide_names_every_route_field_and_limit(client: TestClient, guide: str) -> None:
    routes = [path.removeprefix("/vxa/v1") for path in client.get("/vxa/v1/openapi.json").json()["paths"]]
    limits = Limits()
    named = [
        *(f" {route}`" for route in routes),
        *(f"| `{field.name}` | {str(field.default).lower()} |" for field in iter_fields(Wanted)),
        f"{limits.body_bytes >> 20} MB",
        f"{limits.picture_pixels / 1e6:.1f} million",
        f"{limits.drawn_pixels / 1e6:.1f} million",
        f"{limits.edits} edited prompts",
        f"{limits.masks} masks",
        f"{limits.work / 1e9:.1f} billion",
        f"{limits.answer_pixels / 1e6:.0f} million",
        f"{limits.text_length:,} characters",
        f"{limits.waiting} jobs",
    ]
    assert [each for each in named if each not in guide] == []
