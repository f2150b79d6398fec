"""VXA beside everything else that the webui does: nobody is harmed, and nobody waits for ever."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.live.server import PROMPT, Server
from tests.live.vxa_tab import LONG, VxaTab

pytestmark = [pytest.mark.live, pytest.mark.browser]

MANY_DRAWS = "64"
HOOKS = "Hooks on the model"
SECONDS_TO_START = 10


def pixels(image: Image.Image) -> str:
    return hashlib.sha256(image.tobytes()).hexdigest()


def start_long_run(tab: VxaTab, drawn: Path) -> None:
    tab.drop(drawn)
    tab.choose("circle")
    tab.browser.js("document.querySelector('#vxa_more button, #vxa_more .label-wrap')?.click()")
    tab.type("timesteps", ", ".join(map(str, range(0, 999, 20))))
    tab.browser.type("#vxa_draws input[type=number]", MANY_DRAWS)
    tab.start()


def test_pictures_are_the_same_before_during_and_after(tab: VxaTab, server: Server, drawn: Path) -> None:
    before = server.draw()
    start_long_run(tab, drawn)
    server.wait_for("VXA")
    during: list[Image.Image] = []
    waiting = threading.Thread(target=lambda: during.append(server.draw()))
    waiting.start()
    time.sleep(1)
    assert not during, "it waits its turn"
    tab.browser.click("#vxa_interrupt")
    waiting.join(LONG)
    after = server.draw()
    assert pixels(before) == pixels(during[0]) == pixels(after)
    tab.wait_until_idle()


def test_a_click_waits_for_a_generation_and_harms_neither(tab: VxaTab, server: Server, drawn: Path) -> None:
    asked = {"steps": 60, "width": 256, "height": 256}
    before = pixels(server.draw(**asked))
    tab.drop(drawn)
    tab.choose("circle")
    drawing: list[Image.Image] = []
    other = threading.Thread(target=lambda: drawing.append(server.draw(**asked)))
    other.start()
    server.wait_for("txt2img")
    tab.run()
    other.join(LONG)
    assert pixels(drawing[0]) == before


def test_interrupt_in_the_middle(tab: VxaTab, server: Server, drawn: Path) -> None:
    start_long_run(tab, drawn)
    server.wait_for("VXA")
    tab.browser.click("#vxa_interrupt")
    tab.wait_for_status("Interrupted")
    assert server.progress["job"] == ""
    tab.browser.type("#vxa_draws input[type=number]", "1")
    tab.run()


def test_the_webuis_own_interrupt_stops_us_too(tab: VxaTab, server: Server, drawn: Path) -> None:
    start_long_run(tab, drawn)
    server.wait_for("VXA")
    server.ask("sdapi/v1/interrupt", {})
    tab.wait_for_status("Interrupted")
    assert not server.progress["interrupted"], "the next job begins fresh"


def test_no_hook_stays_in_the_model(tab: VxaTab, server: Server, drawn: Path) -> None:
    counts = [hooks_of(server.draw())]
    start_long_run(tab, drawn)
    server.wait_for("VXA")
    tab.browser.click("#vxa_interrupt")
    tab.wait_for_status("Interrupted")
    counts.append(hooks_of(server.draw()))
    tab.browser.type("#vxa_draws input[type=number]", "1")
    tab.run()
    counts.append(hooks_of(server.draw()))
    assert len(set(counts)) == 1, counts


def hooks_of(image: Image.Image) -> str:
    found = [line for line in image.info["parameters"].replace("\n", ", ").split(", ") if line.startswith(HOOKS)]
    if not found:
        pytest.skip("link tests/live/witness into the webui's extensions folder to have its hooks counted")
    return found[0]


def test_another_checkpoint_answers_at_once(tab: VxaTab, server: Server, drawn: Path) -> None:
    first, second = _checkpoints()
    maps = []
    tab.drop(drawn)
    tab.choose("red")
    for checkpoint in (first, second, first):
        server.choose(checkpoint)
        tab.run()
        maps.append(tab.value("view_data"))
        assert server.ask("vxa/v1/layers").json["model"]["name"] == checkpoint
    server.choose(first)
    assert maps[0] == maps[2]
    assert maps[0] != maps[1], "the second checkpoint sees something else"


def _checkpoints() -> tuple[str, str]:
    names = [name.strip() for name in os.environ.get("VXA_WEBUI_CHECKPOINTS", "").split(",")]
    if len(names) != 2:
        pytest.skip("VXA_WEBUI_CHECKPOINTS names no two checkpoints")
    return names[0], names[1]


def test_an_sdxl_checkpoint_is_seen_and_left_again(tab: VxaTab, server: Server, drawn: Path, sdxl: str) -> None:
    tab.drop(drawn)
    tab.choose("circle")
    tab.run()
    layers = server.ask("vxa/v1/layers").json
    assert layers["model"]["name"] == sdxl and len(layers["layers"]) == 70


def test_reload_ui_brings_the_tab_back(tab: VxaTab, server: Server, drawn: Path) -> None:
    before = pixels(server.draw())
    reload_ui(tab, server)
    tab.drop(drawn)
    tab.choose("circle")
    tab.run()
    assert server.look_at(Image.open(drawn)).status == 200, "the API is there again"
    assert pixels(server.draw()) == before


def test_a_page_left_in_the_middle_does_not_hold_up_reload_ui(tab: VxaTab, server: Server, drawn: Path) -> None:
    start_long_run(tab, drawn)
    server.wait_for("VXA")
    tab.open()
    reload_ui(tab, server)


def reload_ui(tab: VxaTab, server: Server) -> None:
    tab.browser.js("document.querySelector('#settings_restart_gradio').click()")
    wait_until(lambda: not server.is_listening)
    # the webui's page would load itself anew in the middle of ours
    tab.browser.open("about:blank")
    wait_until(lambda: server.is_listening)
    # a request that comes while the webui still adds its own routes makes it end
    time.sleep(SECONDS_TO_START)
    tab.open()


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_two_browsers_see_what_they_asked_for(tab: VxaTab, server: Server, drawn: Path) -> None:
    tab.drop(drawn)
    tab.choose("circle")
    tab.start()
    image = Image.open(drawn)
    answer = server.look_at(image, tokens="square", draws=1)
    tab.wait_until_idle()
    assert "“circle”" in tab.status
    assert [word["text"] for word in answer.json["words"]] == ["square"]


def test_many_clicks_end_well(tab: VxaTab, server: Server, drawn: Path) -> None:
    before = pixels(server.draw())
    tab.drop(drawn)
    tab.choose("circle")
    tab.browser.js("for (let i = 0; i < 30; i++) document.querySelector('#vxa_generate').click()")
    tab.browser.wait("document.querySelector('.vxa-filled')", LONG)
    tab.wait_for_status("“circle”")
    tab.wait_until_idle()
    assert PROMPT == tab.value("prompt") and pixels(server.draw()) == before
