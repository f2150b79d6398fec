"""Editing jobs in a real webui over HTTP: every method, what diffusers gives, and a webui that is as before."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.live.server import PATIENCE, PROMPT, Answer, Server, encode
from tests.live.test_neighbours import hooks_of, pixels
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.invert_job import INVERSIONS
from vxa.app.editing.masks import read_mask
from vxa.app.editing.paint_job import PAINT_METHODS, PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.session import Session
from vxa.hosts.load import load_host
from vxa.hosts.schedulers import SCHEDULERS

pytestmark = pytest.mark.live

EDITED = "a green circle left of a blue square"
SIZE = {"height": 128, "width": 128}
LONG = {"prompt": PROMPT, "edit": EDITED, "steps": 900, **SIZE}


@pytest.fixture(scope="module")
def picture(server: Server) -> Image.Image:
    return server.draw().convert("RGB")


@pytest.fixture(scope="module")
def mask() -> Image.Image:
    mask = Image.new("L", (128, 128))
    ImageDraw.Draw(mask).ellipse((8, 40, 56, 88), fill="white")
    return mask


def ask(server: Server, route: str, **values: Any) -> dict[str, Any]:
    answer = server.ask(f"vxa/v1/{route}", {"prompt": PROMPT, **values})
    assert answer.status == 200, answer.body[:500]
    return answer.json


def picture_of(answer: dict[str, Any], name: str) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(answer["pictures"][name]))) as image:
        return np.asarray(image.convert("RGB"), np.int16)


def test_every_way_to_edit_works_and_leaves_the_webui_as_it_was(
    server: Server, picture: Image.Image, mask: Image.Image
) -> None:
    before = server.draw()
    given, quick = {"picture": encode(picture), "steps": 4}, {"steps": 4, **SIZE}
    for scheduler in SCHEDULERS:
        ask(server, "edit", edit=EDITED, scheduler=scheduler, **quick)
    for settings in ({"blend": "circle"}, {"weights": "circle=2"}, {"method": "cac"}, {"edit_kind": "refine"}):
        ask(server, "edit", edit=EDITED, tokens="circle", **settings, **quick)
    for inversion in INVERSIONS:
        found = ask(server, "invert", inversion=inversion, null_steps=2, **given)["reconstruction"]
        assert 5 < found["psnr"] <= found["psnr_encoder"] + 0.1
        method = "cac" if inversion == "refined" else "p2p"
        ask(server, "edit", edit=EDITED, inversion=inversion, null_steps=2, method=method, **given)
    ask(server, "edit", edit=EDITED, inversion="none", **given)
    for method in PAINT_METHODS:
        ask(server, "paint", masks={"circle": encode(mask)}, method=method, **quick)
    ask(server, "paint", masks={"circle": encode(mask)}, compare=True, seeds="circle=3", **given)
    after = server.draw()
    assert pixels(before) == pixels(after)
    assert hooks_of(before) == hooks_of(after)
    assert server.progress["job"] == ""


def test_an_sdxl_checkpoint_is_edited_inverted_and_painted(
    server: Server, picture: Image.Image, mask: Image.Image, sdxl: str
) -> None:
    quick, masks = {"steps": 3, **SIZE}, {"circle": encode(mask)}
    drawn = {
        "plain": ask(server, "edit", edit=EDITED, cross_end=0, self_end=0, tokens="circle", **quick),
        "p2p": ask(server, "edit", edit=EDITED, cross_end=1, blend="circle", **quick),
        "cac": ask(server, "edit", edit=EDITED, method="cac", weights="circle=2", **quick),
    }
    edits = {name: picture_of(answer, "edit") for name, answer in drawn.items()}
    assert {answer["model"]["name"] for answer in drawn.values()} == {sdxl}
    assert (edits["p2p"] != edits["plain"]).any() and (edits["cac"] != edits["plain"]).any()
    found = ask(server, "invert", picture=encode(picture), steps=3)["reconstruction"]
    assert found["psnr"] == pytest.approx(found["psnr_encoder"], abs=0.1)
    for method in ("pww-std", "inject5"):
        painted = ask(server, "paint", masks=masks, method=method, end=1, compare=True, **quick)
        assert (picture_of(painted, "picture") != picture_of(painted, "plain")).any()


def test_pictures_are_those_of_diffusers(server: Server, picture: Image.Image, mask: Image.Image) -> None:
    host = load_host(device="cpu")
    studio = Studio(Session(lambda _: host))
    drawn = {"steps": 5, **SIZE}
    edited = ask(server, "edit", edit=EDITED, **drawn)
    theirs = studio.edit(EditJob(prompt=PROMPT, edit=EDITED, **drawn))
    assert np.abs(picture_of(edited, "edit") - theirs.edits[0]).max() <= 1
    given = ask(server, "edit", edit=EDITED, steps=5, picture=encode(picture))
    theirs = studio.edit(EditJob(prompt=PROMPT, edit=EDITED, steps=5), np.asarray(picture))
    assert np.abs(picture_of(given, "edit") - theirs.edits[0]).max() <= 1
    painted = ask(server, "paint", masks={"circle": encode(mask)}, **drawn)
    result = studio.paint(PaintJob(prompt=PROMPT, words="circle", **drawn), {"circle": read_mask(mask)})
    assert np.abs(picture_of(painted, "picture") - result.main[1]).max() <= 1


def test_words_are_found_where_they_were_typed(server: Server) -> None:
    typed = "a (red:1.3) circle <lora:none:0.5>"
    edit = "a [green] (circle:1.2)"
    told = ask(server, "align", prompt=typed, edit=edit)["alignments"][0]
    assert told["kind"] == "replace"
    assert [typed[token["start"] : token["end"]] for token in told["source"]] == ["a", "red", "circle"]
    assert [edit[token["start"] : token["end"]] for token in told["target"]] == ["a", "green", "circle"]
    assert [token["state"] for token in told["target"]] == ["kept", "swapped", "kept"]
    ask(server, "edit", prompt=typed, edit=edit, weights="green=2", blend="red, green", steps=3, **SIZE)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"edit": "a big green circle", "edit_kind": "replace"}, "Use refine"),
        ({"edit": EDITED, "weights": "star=2"}, "star"),
        ({"edit": EDITED, "cross_start": 0.9}, "cross-attention replacement"),
        ({"edit": EDITED, "height": 8192, "width": 8192}, "pixels"),
        ({"edit": EDITED, "steps": 100000}, "steps from 1 to 1000"),
        ({"edit": EDITED, "model": "other"}, "model"),
    ],
)
def test_a_mistake_is_the_callers_and_changes_nothing(server: Server, values: dict[str, Any], complaint: str) -> None:
    before = pixels(server.draw())
    answer = server.ask("vxa/v1/edit", {"prompt": PROMPT, **values})
    assert 400 <= answer.status < 500 and complaint in answer.json["error"]["message"]
    assert pixels(server.draw()) == before


@pytest.mark.parametrize("settings", [{}, {"inversion": "null-text", "null_steps": 500}], ids=["drawing", "optimising"])
def test_the_webuis_own_interrupt_stops_an_edit(server: Server, picture: Image.Image, settings: dict[str, Any]) -> None:
    before = server.draw()
    route = "invert" if settings else "edit"
    asked = {"prompt": PROMPT, "picture": encode(picture), "steps": 50, **settings} if settings else LONG
    answers: list[Answer] = []
    running = threading.Thread(target=lambda: answers.append(server.ask(f"vxa/v1/{route}", asked)))
    running.start()
    server.wait_for("VXA")
    server.ask("sdapi/v1/interrupt", {})
    running.join(PATIENCE)
    assert answers[0].status == 409 and "interrupt" in answers[0].json["error"]["message"]
    assert server.progress["job"] == "" and not server.progress["interrupted"]
    after = server.draw()
    assert pixels(before) == pixels(after) and hooks_of(before) == hooks_of(after)


def test_a_client_that_goes_away_ends_its_edit(server: Server) -> None:
    if server.credentials:
        pytest.skip("spoken to without credentials")
    parts = urlparse(server.url)
    body = json.dumps(LONG).encode()
    head = "POST /vxa/v1/edit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        server.wait_for("VXA")
    end = time.monotonic() + PATIENCE
    while server.progress["job"]:
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_generation_waits_for_an_edit_and_is_the_same(server: Server) -> None:
    before, order = pixels(server.draw()), []

    def edit() -> None:
        server.ask("vxa/v1/edit", {"prompt": PROMPT, "edit": EDITED, "steps": 20, **SIZE})
        order.append("edit")

    editing = threading.Thread(target=edit)
    editing.start()
    server.wait_for("VXA")
    during = pixels(server.draw())
    order.append("generation")
    editing.join(PATIENCE)
    assert order[0] == "edit" and during == before


def test_saved_pictures_of_an_answer_replay_elsewhere(server: Server, tmp_path: Path) -> None:
    from vxa.app.replay import Substitutes, replay

    told = ask(server, "edit", edit=EDITED, steps=3, **SIZE)
    png = tmp_path / "edit.png"
    png.write_bytes(base64.b64decode(told["pictures"]["edit"]))
    again = replay(png, instead=Substitutes(any_model=True, folder=tmp_path / "again"))
    assert np.abs(np.asarray(Image.open(again.saved.picture), np.int16) - picture_of(told, "edit")).max() <= 1
