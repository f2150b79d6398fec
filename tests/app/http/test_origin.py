from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.app.http.test_routes import Serve
from vxa.app.http.origin import guards, is_local


@pytest.fixture
def local(serve: Serve) -> TestClient:
    return TestClient(serve(dependencies=guards("127.0.0.1")).app, base_url="http://localhost:7860")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST:7860", True),
        ("127.0.0.1:80", True),
        ("127.1.2.3", True),
        ("[::1]:7860", True),
        ("", False),
        ("127.0.0.1.example.org", False),
        ("localhost.example.org:7860", False),
        ("192.168.1.5", False),
        ("0.0.0.0", False),
        ("[::1", False),
        ("evil@127.0.0.1.nip.io", False),
    ],
)
def test_local_names_are_told_apart(host: str, expected: bool) -> None:
    assert is_local(host) is expected


def test_programs_and_pages_of_the_server_are_let_in(local: TestClient) -> None:
    assert local.get("/vxa/v1/health").status_code == 200
    for host in ("localhost:7860", "127.0.0.1:7860", "[::1]:7860"):
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert local.get("/vxa/v1/health", headers=headers).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9999", "https://localhost", ""])
def test_pages_of_other_sites_are_refused(local: TestClient, origin: str) -> None:
    answer = local.post("/vxa/v1/tokens", json={"prompt": "x"}, headers={"Origin": origin})
    assert answer.status_code == 403


def test_a_foreign_name_for_this_machine_is_refused(local: TestClient) -> None:
    headers = {"Host": "evil.example:7860", "Origin": "http://evil.example:7860"}
    answer = local.get("/vxa/v1/health", headers=headers)
    assert answer.status_code == 403 and "'evil.example:7860'" in answer.json()["error"]["got"]


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::"])
def test_a_server_open_to_others_goes_by_any_name(serve: Serve, address: str) -> None:
    client = serve(dependencies=guards(address))
    assert client.get("/vxa/v1/health", headers={"Host": "my.server"}).status_code == 200
    assert client.get("/vxa/v1/health", headers={"Origin": "http://evil.example"}).status_code == 403


def test_a_form_from_elsewhere_is_refused_even_without_guards(client: TestClient) -> None:
    form = {"data": {"prompt": "x"}, "files": {"picture": b"x"}}
    headers = {"Origin": "http://evil.example"}
    assert client.post("/vxa/v1/visualize", **form, headers=headers).status_code == 403
    assert client.post("/vxa/v1/tokens", json={"prompt": "x"}, headers=headers).status_code == 200
