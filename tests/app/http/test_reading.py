from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.app.http.test_routes import Serve
from vxa.app.http.limits import Limits

JSON = {"Content-Type": "application/json"}


def told(client: TestClient, **request: object) -> tuple[int, str]:
    answer = client.post("/vxa/v1/tokens", **request)
    return answer.status_code, answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "a body in JSON"),
        (b"{", "a body in JSON"),
        (b"\xff", "a body in JSON"),
        (b"[" * 100_000, "a body in JSON"),
        (b"[]", "a JSON object of fields by name; got list"),
        (b'"prompt"', "a JSON object of fields by name; got str"),
    ],
    ids=["empty", "cut off", "not UTF-8", "too deep", "list", "text"],
)
def test_a_damaged_body_is_a_bad_request(client: TestClient, body: bytes, complaint: str) -> None:
    status, message = told(client, content=body, headers=JSON)
    assert status == 400 and complaint in message


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_what_a_page_may_send_anywhere_unasked_is_not_read(client: TestClient, kind: str) -> None:
    status, message = told(client, content=b'{"prompt": "x"}', headers={"Content-Type": kind})
    assert status == 415 and repr(kind) in message


def test_a_charset_does_no_harm(client: TestClient) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert client.post("/vxa/v1/tokens", content='{"prompt": "é"}'.encode(), headers=headers).status_code == 200


def test_a_body_of_any_length_ends_at_the_limit(serve: Serve) -> None:
    client = serve(limits=lambda: Limits(body_bytes=1000))

    def in_chunks() -> Iterator[bytes]:
        for _ in range(11):
            yield b" " * 100

    assert told(client, content=b" " * 1001, headers=JSON)[0] == 413
    assert told(client, content=in_chunks(), headers=JSON)[0] == 413, "no length was announced"
    assert told(client, files={"picture": b"x" * 2000})[0] == 413
    exact = b'{"prompt": "x"}'.ljust(1000)
    assert client.post("/vxa/v1/tokens", content=exact, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"files": [("picture", b"x"), ("picture", b"y")]}, "at most one file"),
        ({"files": {"prompt": b"a cat"}}, "a file as 'picture' only; got one as 'prompt'"),
        ({"data": {f"field{n}": "x" for n in range(200)}, "files": {"picture": b"x"}}, "a multipart form"),
        ({"content": b"--x", "headers": {"Content-Type": "multipart/form-data"}}, "a multipart form"),
    ],
    ids=["two files", "a file as text", "many fields", "no boundary"],
)
def test_a_form_that_cannot_be_read_is_a_bad_request(client: TestClient, form: dict, complaint: str) -> None:
    status, message = told(client, **form)
    assert status == 400 and complaint in message


def test_a_field_given_again_is_a_list(client: TestClient) -> None:
    parts = [("prompt", (None, "a red circle")), ("tokens", (None, "red")), ("tokens", (None, "circle"))]
    answer = client.post("/vxa/v1/tokens", files=parts)
    assert [word["text"] for word in answer.json()["words"]] == ["red", "circle"]
