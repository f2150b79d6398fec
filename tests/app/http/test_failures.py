from __future__ import annotations

import json

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient

from vxa.app.http.failures import RequestError, TellingRoute, tell
from vxa.core import errors

STATUS = {
    "VxaError": 422,
    "ConfigError": 422,
    "SelectionError": 422,
    "PictureError": 422,
    "ShapeError": 422,
    "AlignmentError": 422,
    "OutputError": 422,
    "LayerNotFoundError": 422,
    "CaptureError": 409,
    "NoMapsError": 409,
    "UnsupportedModelError": 409,
    "StaleHostError": 409,
    "HostError": 503,
    "InterruptedRunError": 409,
}


def all_kinds(kind: type) -> set[type]:
    return {kind}.union(*(all_kinds(below) for below in kind.__subclasses__() if below.__module__ == errors.__name__))


@pytest.mark.parametrize("kind", sorted(all_kinds(errors.VxaError), key=str), ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_and_its_whole_text(kind: type[errors.VxaError]) -> None:
    error = kind() if kind is errors.InterruptedRunError else kind("a hat", got=3, remedy="Buy one.")
    answer = tell(error)
    assert answer.status_code == STATUS[kind.__name__]
    told = json.loads(answer.body)["error"]
    assert told["message"] == str(error) and told["type"] == kind.__name__
    assert told["message"] == f"Expected {told['expected']}; got {told['got']}. {told['remedy']}"


def test_nothing_that_came_is_null() -> None:
    assert json.loads(tell(RequestError(415, "a hat")).body)["error"]["got"] is None


def test_a_route_tells_of_what_its_dependencies_raise_too() -> None:
    def refuse() -> None:
        raise RequestError(418, "coffee")

    def fail() -> None:
        raise errors.HostError("a model")

    def break_down() -> None:
        raise ZeroDivisionError

    app, router = FastAPI(), APIRouter(route_class=TellingRoute)
    router.add_api_route("/refused", fail, dependencies=[Depends(refuse)])
    router.add_api_route("/failed", fail)
    router.add_api_route("/broken", break_down)
    app.include_router(router)
    client = TestClient(app, raise_server_exceptions=False)
    assert client.get("/refused").status_code == 418
    assert client.get("/failed").json()["error"]["message"] == "Expected a model."
    assert client.get("/broken").status_code == 500, "our own mistakes are not dressed up as the client's"
