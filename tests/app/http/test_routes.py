from __future__ import annotations

import base64
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import Depends, HTTPException
from fastapi.testclient import TestClient

from tests.app.http.conftest import PROMPT
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.engine.host import Host
from vxa.engine.seam import count_hooks
from vxa.hosts.load import load_host

Serve = Callable[..., TestClient]


def test_a_picture_and_a_prompt_give_words(client: TestClient, question: dict[str, Any], host: Host) -> None:
    answer = client.post("/vxa/v1/visualize", json=question)
    assert answer.status_code == 200, answer.text[:300]
    told = answer.json()
    assert [(word["text"], word["tokens"]) for word in told["words"]] == [("circle", [3]), ("blue square", [7, 8])]
    assert told["model"] == {"name": host.info.name, "hash": host.info.hash, "family": "random"}
    assert told["status"].startswith("“circle” = token 3, “blue square” = tokens 7, 8 · 6 layers")


def test_a_form_asks_what_json_asks(client: TestClient, question: dict[str, Any]) -> None:
    by_json = client.post("/vxa/v1/visualize", json=question).json()
    typed = {"prompt": PROMPT, "tokens": question["tokens"], "timesteps": "200", "draws": "1", "threshold": "auto"}
    files = {"picture": ("any name.png", base64.b64decode(question["picture"]))}
    by_form = client.post("/vxa/v1/visualize", data={**typed, "modes": ["heat", "mask", "grey"]}, files=files).json()
    assert by_form["words"] == by_json["words"] and by_form["job"] == by_json["job"]
    assert by_form["seconds"] == 0, "the recording of the first was kept"


def test_the_job_of_an_answer_may_be_sent_again(client: TestClient, question: dict[str, Any]) -> None:
    first = client.post("/vxa/v1/visualize", json={**question, "threshold": 0.25}).json()
    again = client.post("/vxa/v1/visualize", json={**first["job"], "picture": question["picture"]}).json()
    assert again["words"] == first["words"] and again["job"] == first["job"]


def test_the_model_is_the_servers_and_no_path_is_opened(
    serve: Serve, host: Host, question: dict[str, Any], tmp_path: Path
) -> None:
    asked: list[str] = []

    def provide(name: str) -> Host:
        asked.append(name)
        return host

    session = Session(provide)
    client = serve(lambda: session, model="the-one")
    for model in (str(tmp_path), "", "../x", None, ["the-one"]):
        refused = client.post("/vxa/v1/visualize", json={**question, "model": model})
        assert refused.status_code == 422 and "model to be 'the-one' here" in refused.json()["error"]["message"]
    assert client.post("/vxa/v1/visualize", json={**question, "model": "the-one"}).status_code == 200
    for body in ({"prompt": "x", "model": "the-one"}, {"prompt": "x", "picture": "x"}):
        assert client.post("/vxa/v1/tokens", json=body).status_code == 422
    assert set(asked) == {"the-one"}


def test_tokens_are_the_models_own(client: TestClient, host: Host) -> None:
    told = client.post("/vxa/v1/tokens", json={"prompt": PROMPT, "tokens": "1-2, blue square"}).json()
    assert told["encoders"] == [host.tokenize(PROMPT)[0].to_json()]
    assert [word["tokens"] for word in told["words"]] == [[1], [2], [7, 8]]


def test_layers_are_those_of_the_model_at_a_size(client: TestClient, host: Host) -> None:
    told = client.get("/vxa/v1/layers").json()
    assert [layer["address"] for layer in told["layers"]] == [site.address for site in host.sites.cross]
    larger = client.get("/vxa/v1/layers?height=50&width=100").json()
    assert (larger["height"], larger["width"]) == (64, 112), "padded to the model's multiple"
    assert larger["layers"][0]["map"] == "8×14" and "8x14" in larger["groups"]


@pytest.mark.parametrize("query", ["height=-1", "height=tall", "width=100000", "hieght=64"])
def test_an_impossible_size_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/vxa/v1/layers?{query}")
    assert answer.status_code == 422 and answer.json()["error"]["type"] == "ConfigError"


def test_health_asks_no_model(serve: Serve) -> None:
    def provide() -> Session:
        pytest.fail("asked for the session")

    told = serve(provide).get("/vxa/v1/health").json()
    assert told["limits"]["body_bytes"] > 0


def test_what_is_checked_first_guards_every_route(serve: Serve) -> None:
    def refuse() -> None:
        raise HTTPException(401)

    client = serve(dependencies=[Depends(refuse)])
    for path in ("health", "layers", "docs", "openapi.json"):
        assert client.get(f"/vxa/v1/{path}").status_code == 401
    for path in ("visualize", "generate", "edit", "invert", "paint", "excite", "adjust", "weaken", "align", "tokens"):
        assert client.post(f"/vxa/v1/{path}", content=b"no JSON").status_code == 401, "nothing was read before"


def test_the_routes_are_listed_by_themselves_and_by_the_application(client: TestClient) -> None:
    own, whole = client.get("/vxa/v1/openapi.json").json(), client.get("/openapi.json").json()
    jobs, plain = (
        ("visualize", "generate", "edit", "invert", "paint", "excite", "adjust", "weaken"),
        ("align", "tokens", "layers", "health"),
    )
    assert list(own["paths"]) == [f"/vxa/v1/{name}" for name in (*jobs, *plain)]
    assert own["paths"] == whole["paths"]
    assert 'url: "openapi.json"' in client.get("/vxa/v1/docs").text.replace("'", '"')


def test_docs_know_the_path_the_application_stands_at(serve: Serve) -> None:
    client = TestClient(serve().app, root_path="/below")
    assert client.get("/vxa/v1/openapi.json").json()["servers"] == [{"url": "/below"}]


def test_the_examples_of_the_docs_run(client: TestClient, serve: Serve) -> None:
    embedded = load_host(device="cpu")
    of_embedded = serve(lambda: Session(lambda _: embedded))
    paths = client.get("/vxa/v1/openapi.json").json()["paths"]
    for name in (name.rpartition("/")[2] for name, route in paths.items() if "post" in route):
        body = paths[f"/vxa/v1/{name}"]["post"]["requestBody"]["content"]["application/json"]["example"]
        # its own head vectors are the ones there are
        answer = (of_embedded if name in ("adjust", "weaken") else client).post(f"/vxa/v1/{name}", json=body)
        assert answer.status_code == 200, answer.text[:300]


def test_thirty_quick_requests_from_several_clients_are_all_answered(
    client: TestClient,
    question: dict[str, Any],
    host: Host,
    counting_calls: Callable[[Host], AbstractContextManager[list[int]]],
) -> None:
    questions = [{**question, "seed": number % 2, "tokens": str(1 + number % 8)} for number in range(30)]
    with counting_calls(host) as calls, ThreadPoolExecutor(30) as clients:
        answers = list(clients.map(lambda body: client.post("/vxa/v1/visualize", json=body), questions))
    assert [answer.status_code for answer in answers] == [200] * 30
    assert [answer.json()["words"][0]["tokens"] for answer in answers] == [[1 + n % 8] for n in range(30)]
    assert calls == [1, 1], "one run a seed; words cost none"
    assert count_hooks(host.unet) == 0


@pytest.mark.slow
def test_the_standalone_server_answers_programs(
    tmp_path: Path, environment: dict[str, str], picture: np.ndarray, question: dict[str, Any]
) -> None:
    pytest.importorskip("gradio")
    command = [sys.executable, "-m", "vxa", "app", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as server:
        try:
            assert server.stdout is not None
            told = "".join(iter(server.stdout.readline, "}\n")) + "}"
            base = json.loads(told)["url"] + "vxa/v1/"

            def ask(name: str, body: dict[str, Any] | None = None, **headers: str) -> tuple[int, dict[str, Any]]:
                data = None if body is None else json.dumps(body).encode()
                headers = {"Content-Type": "application/json", **headers}
                try:
                    with urllib.request.urlopen(
                        urllib.request.Request(base + name, data, headers), timeout=60
                    ) as answer:
                        return answer.status, json.load(answer)
                except urllib.error.HTTPError as error:
                    with error:
                        return error.code, json.load(error)

            assert ask("health")[0] == 200
            status, answer = ask("visualize", question)
            assert status == 200 and [word["text"] for word in answer["words"]] == ["circle", "blue square"]
            assert ask("visualize", {**question, "tokens": "triangle"})[0] == 422
            assert ask("tokens", {"prompt": "x"}, Origin="http://elsewhere.example")[0] == 403
            assert ask("health", Host="elsewhere.example")[0] == 403, "a name pointed here by somebody else"
            assert ask("openapi.json")[1]["info"]["title"] == "VXA"
        finally:
            server.terminate()
            server.communicate(timeout=30)
    assert not list(tmp_path.iterdir()), "nothing is written"
    assert VisualizeJob(prompt=PROMPT).to_json().keys() == answer["job"].keys()
