from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from vxa.app.http.routes import mount
from vxa.app.http.waiting import Places
from vxa.app.session import Session
from vxa.core.errors import HostError
from vxa.engine.host import Host
from vxa.engine.seam import count_hooks


def test_places_are_given_back_whatever_happens() -> None:
    places = Places()
    with places.take(2), places.take(2), pytest.raises(HostError, match="at most 2 jobs at a time; got one more"):
        places.take(2).__enter__()
    with pytest.raises(ZeroDivisionError), places.take(1):
        raise ZeroDivisionError
    with places.take(1):
        pass


@pytest.fixture(params=["bare", "behind middleware"])
def port(request: pytest.FixtureRequest, session: Session) -> Iterator[int]:
    """A real server; the webui has middleware of this kind, which hides a client's leaving from a glance."""
    app = FastAPI()

    async def pass_on(request: Request, call_next: Any) -> Response:
        return await call_next(request)

    if request.param != "bare":
        app.middleware("http")(pass_on)
    mount(app, lambda: session)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def test_a_run_ends_when_its_client_goes_away(port: int, host: Host, question: dict[str, Any], caplog: Any) -> None:
    # about a minute, were it to run to its end
    body = json.dumps({**question, "timesteps": list(range(40)), "draws": 64}).encode()
    head = (
        f"POST /vxa/v1/visualize HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    began = threading.Event()
    predict = host._predict

    def note(*arguments: Any) -> Any:
        began.set()
        return predict(*arguments)

    host._predict = note  # type: ignore[method-assign]
    try:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(f"{head}\r\n\r\n".encode() + body)
            assert began.wait(30), "the run never began"
        left = time.monotonic()
        with host.running():
            waited = time.monotonic() - left
    finally:
        del host._predict
    assert waited < 10
    assert count_hooks(host.unet) == 0
