from __future__ import annotations

import base64
import importlib
import io
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from tests.webui.standin.replay import Webui
from vxa.app.editing.studio import Studio
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.app.settings import iter_fields
from vxa.core.errors import ConfigError


@pytest.fixture(scope="module")
def session() -> Session:
    from vxa.hosts.memory import RandomHost

    host = RandomHost()
    return Session(lambda _: host)


@pytest.fixture
def question() -> dict[str, Any]:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(buffer, format="PNG")
    picture = base64.b64encode(buffer.getvalue()).decode()
    return {"picture": picture, "prompt": "a red circle", "tokens": "circle", "timesteps": [100], "draws": 1}


@pytest.fixture
def client(webui: Webui, session: Session) -> TestClient:
    """The webui with --api, on a small random model."""
    webui.shared.cmd_opts.api = True
    return mounted(session)


def mounted(session: Session) -> TestClient:
    app = FastAPI()
    importlib.import_module("vxa.webui.api").mount_api(app, lambda: session, lambda: Studio(session))
    return TestClient(app)


@pytest.mark.parametrize(
    ("flags", "setting", "expected"),
    [
        ({}, True, 404),
        ({"api": True}, True, 200),
        ({"nowebui": True}, True, 200),
        ({"api": True}, False, 404),
        ({"nowebui": True}, False, 404),
    ],
)
def test_it_is_there_with_the_webuis_own_api_unless_switched_off(
    webui: Webui, flags: dict[str, bool], setting: bool, expected: int
) -> None:
    webui.load()
    vars(webui.shared.cmd_opts).update(flags)
    if "nowebui" not in flags:
        webui.build()
        webui.shared.opts.vxa_api = setting
    else:
        webui.shared.opts.data["vxa_api"] = setting
    for _ in range(2):
        assert TestClient(webui.start()).get("/vxa/v1/health").status_code == expected
        webui.reload()
    assert not webui.failures
    assert webui.sd_models.model_data.sd_model is None, "nothing asked for the model"


def test_it_answers_on_the_model_that_is_loaded(client: TestClient, question: dict[str, Any]) -> None:
    told = client.post("/vxa/v1/visualize", json=question).json()
    assert told["words"][0]["tokens"] == [3] and told["job"]["model"] == ""
    assert client.post("/vxa/v1/visualize", json={**question, "model": "/etc"}).status_code == 422


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, 401),
        (("ann", "secret"), 200),
        (("bob", "with:colon"), 200),
        (("cäcilie", "größe"), 401),
        (("ann", "with:colon"), 401),
        (("ann", ""), 401),
        (("", ""), 401),
        (("ann", "Secret"), 401),
    ],
)
def test_api_auth_stands_before_every_route(
    webui: Webui, session: Session, given: tuple[str, str] | None, expected: int
) -> None:
    webui.shared.cmd_opts.api = True
    webui.shared.cmd_opts.api_auth = "ann:secret,bob:with:colon"
    client = mounted(session)
    for path in ("health", "layers", "docs", "openapi.json"):
        answer = client.get(f"/vxa/v1/{path}", auth=given)
        assert answer.status_code == expected
        assert expected == 200 or answer.headers["WWW-Authenticate"].startswith("Basic")
    body = {"prompt": "a cat", "tokens": "cat"}
    assert client.post("/vxa/v1/tokens", json=body, auth=given).status_code == expected
    assert client.post("/vxa/v1/visualize", json={}, auth=given).status_code == (422 if expected == 200 else 401)


def test_docs_know_of_the_password(webui: Webui, session: Session) -> None:
    webui.shared.cmd_opts.api = True
    webui.shared.cmd_opts.api_auth = "ann:secret"
    paths = mounted(session).get("/openapi.json").json()["paths"]
    assert all(operation["security"] for path in paths.values() for operation in path.values())


def test_a_malformed_password_opens_nothing(webui: Webui) -> None:
    webui.load()
    webui.shared.cmd_opts.api = True
    webui.shared.cmd_opts.api_auth = "ann"
    assert TestClient(webui.start()).get("/vxa/v1/health").status_code == 404
    assert len(webui.failures) == 1


def test_the_largest_picture_is_the_settings_now(webui: Webui, client: TestClient, question: dict[str, Any]) -> None:
    limits = [client.get("/vxa/v1/health").json()["limits"]]
    webui.shared.opts.data["vxa_megapixels"] = 1
    limits.append(client.get("/vxa/v1/health").json()["limits"])
    assert [each["picture_pixels"] for each in limits] == [16 << 20, 1 << 20]
    assert [each["drawn_pixels"] for each in limits] == [4 << 20, 1 << 20]
    buffer = io.BytesIO()
    Image.new("1", (2000, 1000)).save(buffer, format="PNG")
    large = {**question, "picture": base64.b64encode(buffer.getvalue()).decode()}
    refused = client.post("/vxa/v1/visualize", json=large)
    assert refused.status_code == 422 and "a picture of at most 1,048,576 pixels" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    "wrong",
    [{"timesteps": "abc"}, {"timesteps": "5000"}, {"draws": 99}, {"heads": "-1"}, {"prompt": " "}],
)
def test_an_error_reads_as_in_the_tab(client: TestClient, question: dict[str, Any], wrong: dict[str, Any]) -> None:
    from vxa.ui.form import read_value

    fields = {field.name: field for field in iter_fields(VisualizeJob)}
    with pytest.raises(ConfigError) as in_tab:
        VisualizeJob(**{"prompt": "x", **{name: read_value(fields[name], value) for name, value in wrong.items()}})
    refused = client.post("/vxa/v1/visualize", json={**question, **wrong})
    assert refused.json()["error"]["message"] == str(in_tab.value)


def test_head_vectors_are_named_from_a_folder_beside_the_models(webui: Webui, client: TestClient) -> None:
    folder = Path("models", "VXA", "head-vectors")
    folder.mkdir(parents=True)
    (folder / "sd14.npz").touch()
    asked = {"prompt": "a cat", "adjust": "cat=a not b"}
    refused = client.post("/vxa/v1/adjust", json={**asked, "vectors": str(folder.absolute() / "sd14.npz")})
    assert refused.status_code == 422 and f"in {folder}: auto, embedded, sd14.npz" in refused.json()["error"]["message"]
    damaged = client.post("/vxa/v1/adjust", json={**asked, "vectors": "sd14.npz"})
    assert damaged.status_code == 422 and "saved by VXA" in damaged.json()["error"]["message"], "it was opened"
