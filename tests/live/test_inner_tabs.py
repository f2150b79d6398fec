"""The Edit and Paint tabs in a real webui, in a real browser: beside its own tabs, and never in their way."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.live.inner_tabs import InnerTab
from tests.live.server import PROMPT, Server, encode_file
from tests.live.test_neighbours import hooks_of, pixels
from tests.live.vxa_tab import LONG, VxaTab
from tests.ui.paint.test_browser import stroke, word

pytestmark = [pytest.mark.live, pytest.mark.browser]

EDITED = "a green circle left of a blue square"
CTRL = 2


@pytest.fixture
def edit(tab: VxaTab) -> InnerTab:
    """The Edit tab with two prompts in it."""
    shown = InnerTab(tab, "edit")
    shown.write(prompt=PROMPT, edit=EDITED, steps=4)
    return shown


@pytest.fixture
def paint(tab: VxaTab) -> InnerTab:
    """The Paint tab with a word painted."""
    shown = InnerTab(tab, "paint")
    shown.write(prompt=PROMPT, steps=4)
    tab.browser.wait("document.querySelectorAll('#vxa_paint_chips .vxa-chip').length === 8", LONG)
    word(tab.browser, "circle")
    stroke(tab.browser, (0.2, 0.3), (0.35, 0.3), (0.35, 0.5), (0.2, 0.5))
    return shown


def drop(shown: InnerTab, picture: Path) -> None:
    box = f"#{shown.name}_picture"
    shown.browser.wait(f"document.querySelector('{box} input[type=file]') !== null", LONG)
    shown.browser.upload(f"{box} input[type=file]", picture)
    shown.browser.wait(f"document.querySelector('{box} img') !== null", LONG)


def saved_files(shown: InnerTab, box: str) -> dict[str, bytes]:
    """Press Save and fetch the files, by the end of their names."""
    shown.browser.click(f"#{shown.name}_save")
    shown.wait_for("Saved")
    links = shown.browser.wait(f"[...document.querySelectorAll('#{box} a')].map(a => a.href)", LONG)
    return {link.rpartition("-")[2]: shown.tab.fetch(link) for link in links}


def test_an_edit_is_drawn_saved_and_left_without_a_trace(
    edit: InnerTab, server: Server, screenshots: Path | None
) -> None:
    before = server.draw()
    edit.run()
    assert "1 edit (replace)" in edit.status
    if screenshots:
        edit.tab.picture_of_all(screenshots / "webui_edit.png")
    files = saved_files(edit, "vxa_edit_files")
    assert {"source.png", "edit.png", "sheet.png", "job.json"} <= set(files)
    with Image.open(io.BytesIO(files["edit.png"])) as image:
        assert json.loads(image.info["vxa"])["job"]["edit"] == EDITED
    info = server.ask("sdapi/v1/png-info", {"image": encode_file(files["edit.png"])}).json
    assert info["info"].startswith(EDITED + "\n") and "VXA" in info["info"]
    after = server.draw()
    assert pixels(before) == pixels(after) and hooks_of(before) == hooks_of(after)


@pytest.mark.parametrize("name", ["edit", "paint"])
def test_it_fits_a_phone(tab: VxaTab, request: pytest.FixtureRequest, name: str, screenshots: Path | None) -> None:
    shown: InnerTab = request.getfixturevalue(name)
    shown.browser.look(390, 844, is_phone=True)
    try:
        shown.run()
        box = f"document.querySelector('#{shown.name}')"
        assert shown.browser.js(f"{box}.getBoundingClientRect().right <= 390 && {box}.scrollWidth <= {box}.clientWidth")
        if screenshots:
            shown.browser.screenshot(screenshots / f"webui_{name}_phone.png")
    finally:
        shown.browser.look(1280, 1100)


def test_a_given_picture_is_inverted_once(edit: InnerTab, drawn: Path, server: Server) -> None:
    drop(edit, drawn)
    edit.wait_for("carries its prompt")
    edit.write(edit=EDITED)
    edit.run()
    assert "direct inversion: drawn again at" in edit.status
    edit.write(edit="a yellow circle left of a blue square")
    edit.start()
    server.wait_for("VXA")
    assert "inverting" not in edit.status
    edit.wait_until_done()


def test_null_text_optimisation_runs_in_the_webui(edit: InnerTab, drawn: Path, server: Server) -> None:
    before = server.draw()
    drop(edit, drawn)
    edit.wait_for("carries its prompt")
    edit.browser.js("[...document.querySelectorAll('#vxa_edit_more button, #vxa_edit_more .label-wrap')][0]?.click()")
    edit.write(steps=2, edit=EDITED, null_steps=2)
    edit.choose("inversion", "null-text")
    edit.run()
    assert "null-text inversion: drawn again at" in edit.status
    after = server.draw()
    assert pixels(before) == pixels(after) and hooks_of(before) == hooks_of(after)


@pytest.mark.parametrize("by", ["its own button", "the webui's"])
def test_an_edit_is_interrupted(edit: InnerTab, server: Server, by: str) -> None:
    before = server.draw()
    edit.write(steps=900)
    edit.start()
    server.wait_for("VXA")
    if by == "the webui's":
        server.ask("sdapi/v1/interrupt", {})
    else:
        edit.browser.click("#vxa_edit_interrupt")
    edit.wait_for("Interrupted")
    edit.wait_until_idle()
    assert server.progress["job"] == "" and not server.progress["interrupted"]
    after = server.draw()
    assert pixels(before) == pixels(after) and hooks_of(before) == hooks_of(after)


def test_a_generation_waits_for_an_edit_and_is_the_same(edit: InnerTab, server: Server) -> None:
    before = pixels(server.draw())
    edit.write(steps=20)
    edit.start()
    server.wait_for("VXA")
    during: list[str] = []
    other = threading.Thread(target=lambda: during.append(pixels(server.draw())))
    other.start()
    edit.wait_until_done()
    other.join(LONG)
    assert during == [before]


def test_a_mistake_says_what_to_do_and_loses_nothing(edit: InnerTab) -> None:
    edit.write(weights="elephant=2")
    edit.start()
    edit.wait_until_idle()
    assert "elephant" in edit.status and "circle" in edit.status, edit.status
    assert edit.value("edit") == EDITED
    edit.write(weights="circle=1.5")
    edit.run()


def test_ctrl_enter_runs_the_tab_that_is_shown(edit: InnerTab) -> None:
    edit.browser.click("#vxa_edit_edit textarea")
    edit.browser.key("Enter", modifiers=CTRL)
    edit.wait_for("1 edit")
    assert "“" not in edit.tab.status, "Visualize was not run"


def test_an_edit_goes_to_other_tabs(edit: InnerTab) -> None:
    edit.run()
    edited = np.asarray(edit.tab.picture_in("vxa_edit_viewer .vxa-right").convert("RGB"))
    for route, box in (("img2img", "img2img_image"), ("inpaint", "img2maskimg"), ("extras", "extras_image")):
        edit.browser.click(f"#vxa_edit_to_{route}")
        sent = edit.tab.picture_in(box)
        assert edit.tab.is_seen(f"#{box}") and np.array_equal(np.asarray(sent.convert("RGB")), edited)
        edit.tab.show()
    assert edit.browser.js("document.querySelector('#img2img_prompt textarea').value") == EDITED
    assert edit.browser.js("document.querySelector('#img2img_width input').value") == "128"


def test_png_info_shows_an_edit_in_its_tab(edit: InnerTab, tmp_path: Path) -> None:
    edit.write(blend="circle", seed=3)
    edit.run()
    path = tmp_path / "edit.png"
    path.write_bytes(saved_files(edit, "vxa_edit_files")["edit.png"])
    settings = {"prompt": PROMPT, "edit": EDITED, "steps": "4", "blend": "circle", "seed": "3"}
    edit.take_from_png_info(path, settings)
    edit.run()


def test_a_word_is_painted_and_the_picture_goes_on(paint: InnerTab, server: Server, screenshots: Path | None) -> None:
    before = server.draw()
    paint.run()
    assert "“circle” looks" in paint.status and "inside" in paint.status
    if screenshots:
        paint.tab.picture_of_all(screenshots / "webui_paint.png")
    files = saved_files(paint, "vxa_paint_saved")
    assert {"circle.png", "picture.png", "job.json"} <= set(files), set(files)
    with Image.open(io.BytesIO(files["picture.png"])) as image:
        carried, drawn = json.loads(image.info["vxa"]), np.asarray(image.convert("RGB"))
    assert carried["job"]["words"] == "circle" and carried["given"][0]["as"] == "mask-circle.png"
    paint.browser.click("#vxa_paint_to_inpaint")
    assert np.array_equal(np.asarray(paint.tab.picture_in("img2maskimg").convert("RGB")), drawn)
    after = server.draw()
    assert pixels(before) == pixels(after) and hooks_of(before) == hooks_of(after)


def test_a_painting_is_interrupted(paint: InnerTab, server: Server) -> None:
    paint.write(steps=900)
    paint.start()
    server.wait_for("VXA")
    paint.browser.click("#vxa_paint_interrupt")
    paint.wait_for("Interrupted")
    paint.wait_until_idle()
    paint.write(steps=3)
    paint.run()


def test_without_a_result_there_is_nothing_to_send(edit: InnerTab) -> None:
    edit.browser.click("#vxa_edit_to_img2img")
    edit.wait_for("Press Edit first")
    assert edit.is_shown
