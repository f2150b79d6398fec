from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.app.http.test_routes import Serve
from vxa.app.http.limits import Limits


@pytest.mark.parametrize(
    ("limits", "status", "complaint"),
    [
        (Limits(body_bytes=100), 413, "a request of at most 100 bytes"),
        (Limits(picture_pixels=100), 422, "a picture of at most 100 pixels; got 58 × 41"),
        (Limits(answer_pixels=6 * 41 * 58 - 1), 422, "an answer of at most 14,267 pixels; got 14,268 in 6 pictures"),
        (Limits(text_length=33), 422, "prompt of at most 33 characters"),
        (Limits(waiting=0), 503, "at most 0 jobs at a time"),
    ],
)
def test_each_limit_is_kept_and_may_change_from_one_request_to_the_next(
    serve: Serve, question: dict[str, Any], limits: Limits, status: int, complaint: str
) -> None:
    now = [limits, Limits()]
    client: TestClient = serve(limits=lambda: now.pop(0))
    refused = client.post("/vxa/v1/visualize", json=question)
    assert refused.status_code == status and complaint in refused.json()["error"]["message"]
    assert client.post("/vxa/v1/visualize", json=question).status_code == 200
