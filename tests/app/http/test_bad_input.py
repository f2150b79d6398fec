"""Whatever a program gets wrong is one clear error in JSON, below 500, and the model is as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.app.http.conftest import as_text, png_bytes
from tests.app.http.test_routes import Serve
from vxa.app.session import Session
from vxa.core.errors import HostError, InterruptedRunError, UnsupportedModelError, VxaError
from vxa.engine.host import Host
from vxa.engine.seam import count_hooks


@pytest.fixture
def untouched(host: Host, counting_calls: Callable[[Host], AbstractContextManager[list[int]]]) -> Iterator[None]:
    """The UNet is not run and stays as it was."""
    with counting_calls(host) as calls:
        yield
    assert calls == []
    assert count_hooks(host.unet) == 0 and not host.unet.training


def refused(client: TestClient, body: dict[str, Any], status: int = 422) -> str:
    answer = client.post("/vxa/v1/visualize", json=body)
    assert answer.status_code == status, answer.text[:300]
    told = answer.json()["error"]
    assert set(told) == {"type", "expected", "got", "remedy", "message"}
    return told["message"]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"tokens": "99"}, "a token index from 0 to 76; got 99"),
        ({"tokens": "a, xyz"}, "a word of the prompt; got 'xyz'"),
        ({"tokens": "-1"}, "a whole, non-negative token index; got '-1'"),
        ({"tokens": "3-1"}, "a range that ascends; got '3-1'. Write 1-3."),
        ({"tokens": "triangle"}, "The prompt's tokens are: a = 1, red = 2"),
        ({"tokens": [1, 2]}, "tokens as text"),
        ({"prompt": ""}, "a prompt; got an empty one"),
        ({"prompt": " \n"}, "a prompt; got an empty one"),
        ({"timesteps": "abc"}, "timesteps as whole numbers separated by commas; got 'abc'"),
        ({"timesteps": 5000}, "timesteps as a list; got 5000"),
        ({"timesteps": [5000]}, "timesteps from 0 to 999; got 5000"),
        ({"timesteps": "5000"}, "timesteps from 0 to 999; got 5000"),
        ({"timesteps": []}, "at least one timestep"),
        ({"timesteps": list(range(1000)) * 300, "draws": 64}, "maps of at most 1024 MiB"),
        ({"layers": "mid.9.9.cross"}, "the name of a cross-attention layer, or a group; got 'mid.9.9.cross'"),
        ({"layers": "midle"}, "Did you mean middle"),
        ({"preset": "dam"}, "Did you mean daam"),
        ({"modes": []}, "at least one mode"),
        ({"draws": 0}, "draws from 1 to 64"),
        ({"picture": None}, "a picture; got none"),
        ({"picture": as_text(b"GIF89a")}, "a picture"),
        ({"picture": as_text(b"plain text")}, "a picture file; got something else"),
    ],
    ids=lambda value: json.dumps(value)[:40] if isinstance(value, dict) else "",
)
def test_a_wrong_field(client: TestClient, question: dict[str, Any], change: dict[str, Any], complaint: str) -> None:
    assert complaint in refused(client, {**question, **change})


def test_a_single_letter_is_a_word_and_empty_parts_are_passed_over(
    client: TestClient, question: dict[str, Any]
) -> None:
    for tokens, columns in (("a", [[1, 6]]), ("1,,2", [[1], [2]])):
        words = client.post("/vxa/v1/visualize", json={**question, "tokens": tokens}).json()["words"]
        assert [word["tokens"] for word in words] == columns


@pytest.mark.usefixtures("untouched")
def test_no_picture_at_all(client: TestClient, question: dict[str, Any]) -> None:
    del question["picture"]
    assert "a picture; got none. Send a file, or its base64, as 'picture'." in refused(client, question)


@pytest.mark.usefixtures("untouched")
def test_a_picture_of_64_million_pixels(client: TestClient, question: dict[str, Any]) -> None:
    huge = as_text(png_bytes(Image.new("1", (8000, 8000))))
    assert "got 8000 × 8000 = 64,000,000. Scale it down" in refused(client, {**question, "picture": huge})


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGBA", (40, 24), (200, 0, 0, 100)),
        Image.new("L", (40, 24), 128),
        Image.new("P", (40, 24), 3),
        Image.new("RGB", (1, 1), "red"),
        Image.new("RGB", (500, 300), "red"),
    ],
    ids=lambda image: f"{image.mode} {image.width}x{image.height}",
)
def test_any_picture_is_looked_at(client: TestClient, question: dict[str, Any], image: Image.Image) -> None:
    answer = client.post("/vxa/v1/visualize", json={**question, "picture": as_text(png_bytes(image))})
    assert answer.status_code == 200, answer.text[:300]
    assert (answer.json()["picture"]["width"], answer.json()["picture"]["height"]) == image.size


def test_of_an_animation_the_first_frame_is_looked_at(client: TestClient, question: dict[str, Any]) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue", "lime")]
    moving = png_bytes(frames[0], "GIF", save_all=True, append_images=frames[1:])
    hashes = [
        client.post("/vxa/v1/visualize", json={**question, "picture": as_text(data)}).json()["picture"]["hash"]
        for data in (moving, png_bytes(frames[0]))
    ]
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (HostError("a checkpoint", got="none", remedy="Choose one."), 503),
        (UnsupportedModelError("cross-attention", got="SD3"), 409),
        (InterruptedRunError(), 409),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_model_that_is_not_there(serve: Serve, question: dict[str, Any], error: VxaError, status: int) -> None:
    def provide(name: str) -> Host:
        raise error

    session = Session(provide)
    client = serve(lambda: session)
    assert refused(client, question, status) == str(error)
    assert client.get("/vxa/v1/layers").status_code == status
    assert client.post("/vxa/v1/tokens", json={"prompt": "x"}).status_code == status


def test_an_interrupt_amid_the_run(client: TestClient, question: dict[str, Any], host: Host) -> None:
    def interrupt(*arguments: Any) -> Any:
        assert count_hooks(host.unet) > 0, "the run has begun"
        raise InterruptedRunError

    host._predict = interrupt  # type: ignore[method-assign]
    try:
        assert "the run to finish; got an interrupt" in refused(client, question, 409)
    finally:
        del host._predict
    assert count_hooks(host.unet) == 0
    assert client.post("/vxa/v1/visualize", json=question).status_code == 200


def test_a_head_that_the_layers_lack(client: TestClient, question: dict[str, Any]) -> None:
    assert "heads from 0 to 3" in refused(client, {**question, "heads": [99]})


def test_a_layer_gone_after_another_model_was_loaded(serve: Serve, question: dict[str, Any], host: Host) -> None:
    from vxa.hosts.memory import RandomHost

    models = [host, RandomHost(widths=(32,))]
    session = Session(lambda _: models[0])
    client = serve(lambda: session)
    layer = {**question, "layers": host.sites.cross[-1].address}
    assert client.post("/vxa/v1/visualize", json=layer).status_code == 200
    models.reverse()
    message = refused(client, layer)
    assert f"got {layer['layers']!r}" in message and "Groups are all, middle, down, up" in message
    assert client.post("/vxa/v1/visualize", json=question).json()["model"]["hash"] == models[0].info.hash
