"""The HTTP API of a real webui, with and without credentials."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.live.server import PROMPT, Server, encode

pytestmark = pytest.mark.live

ROUTES = ("vxa/v1/health", "vxa/v1/layers")


@pytest.fixture
def picture(drawn: Path) -> Image.Image:
    with Image.open(drawn) as image:
        image.load()
    return image


def test_a_picture_is_answered_with_maps(server: Server, picture: Image.Image) -> None:
    answer = server.look_at(picture, tokens="circle, square")
    assert answer.status == 200
    assert [word["text"] for word in answer.json["words"]] == ["circle", "square"]


def test_a_mistake_is_the_callers_and_says_what_to_do(server: Server, picture: Image.Image) -> None:
    answer = server.look_at(picture, tokens="elephant")
    assert 400 <= answer.status < 500
    assert "elephant" in answer.body.decode() and "circle" in answer.body.decode()


def test_a_picture_beyond_the_settings_is_refused(server: Server) -> None:
    server.set(vxa_megapixels=1)
    try:
        answer = server.look_at(Image.new("RGB", (1200, 1200)))
    finally:
        server.set(vxa_megapixels=16)
    assert 400 <= answer.status < 500 and "1,048,576" in answer.body.decode()


def test_every_route_asks_for_credentials(server: Server, picture: Image.Image) -> None:
    if not server.credentials:
        pytest.skip("VXA_WEBUI_API_AUTH is not set: the webui runs without --api-auth")
    user = server.credentials.split(":")[0]
    for wrong in ("", f"{user}:wrong", "nobody:nothing"):
        statuses = [server.ask(route, credentials=wrong).status for route in ROUTES]
        asked = {"picture": encode(picture), "prompt": PROMPT}
        statuses += [
            server.ask(f"vxa/v1/{route}", asked, credentials=wrong).status for route in ("visualize", "tokens")
        ]
        assert statuses == [401] * 4
    assert all(server.ask(route).status == 200 for route in ROUTES)


def test_settings_of_ours_are_settings_of_the_webui(server: Server) -> None:
    options = server.ask("sdapi/v1/options").json
    assert options["vxa_preset"] == "daam" and options["vxa_timesteps"] == "100, 240"
