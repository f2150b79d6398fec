from __future__ import annotations

from typing import Any

import pytest

from vxa.app.http.operations import ask, ask_plainly, query
from vxa.app.http.questions import (
    EDIT,
    EXCITE,
    GENERATE,
    INVERT,
    LAYERS_FIELDS,
    PAINT,
    TOKENS_FIELDS,
    VISUALIZE,
    Question,
)


@pytest.mark.parametrize("question", [VISUALIZE, EDIT, INVERT], ids=lambda question: question.job.kind)
def test_a_form_is_described_as_json_is_but_for_the_file(question: Question[Any, Any]) -> None:
    content = ask(question)["requestBody"]["content"]
    by_json, by_form = (content[kind]["schema"] for kind in ("application/json", "multipart/form-data"))
    assert by_form["properties"].pop("picture")["format"] == "binary"
    assert by_json["properties"].pop("picture")["type"] == "string"
    assert by_json == by_form
    assert not {"model", "job"} & set(by_json["properties"])


@pytest.mark.parametrize(
    ("question", "needed", "files"),
    [
        (VISUALIZE, ["picture", "prompt"], {"picture"}),
        (GENERATE, ["prompt"], set()),
        (EDIT, ["prompt"], {"picture"}),
        (INVERT, ["picture", "prompt"], {"picture"}),
        (EXCITE, ["prompt", "words"], set()),
        (PAINT, ["masks", "prompt"], {"picture", "masks"}),
    ],
    ids=lambda value: value.job.kind if isinstance(value, Question) else "",
)
def test_what_must_be_given_is_said(question: Question[Any, Any], needed: list[str], files: set[str]) -> None:
    schema = ask(question)["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == needed
    assert set(schema["properties"]) == {*question.fields, *files}


def test_masks_come_as_json_alone() -> None:
    assert list(ask(PAINT)["requestBody"]["content"]) == ["application/json"]


def test_plain_requests_have_their_own_fields_only() -> None:
    body = ask_plainly(TOKENS_FIELDS, {"prompt": "a"})["requestBody"]["content"]["application/json"]
    assert set(body["schema"]["properties"]) == {"prompt", "tokens"} and body["example"] == {"prompt": "a"}
    assert [each["name"] for each in query(LAYERS_FIELDS)["parameters"]] == ["height", "width"]
