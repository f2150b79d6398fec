"""What a user does in the tab of a real webui, from dropping a picture to painting over a word."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.live.server import PROMPT, Server, encode_file
from tests.live.vxa_tab import VxaTab

pytestmark = [pytest.mark.live, pytest.mark.browser]

CTRL = 2


@pytest.fixture
def seen(tab: VxaTab, drawn: Path) -> VxaTab:
    """The tab with a result in it."""
    tab.drop(drawn)
    tab.choose("circle", "square")
    tab.run()
    return tab


def test_a_generated_picture_brings_its_prompt(tab: VxaTab, drawn: Path) -> None:
    tab.drop(drawn)
    tab.wait_for_chip("circle")
    assert tab.value("prompt") == PROMPT


def test_a_picture_becomes_maps(seen: VxaTab, screenshots: Path | None) -> None:
    assert "“circle” = token 3" in seen.status and "9 layers" in seen.status
    assert seen.value("tokens") == "circle, square"
    if screenshots:
        seen.picture_of_all(screenshots / "webui_tab.png")


def test_opacity_changes_at_once_without_the_model(seen: VxaTab, server: Server) -> None:
    before, told = seen.viewer(), server.progress["job_timestamp"]
    seen.browser.type("#vxa_opacity input[type=number]", "0")
    seen.browser.key("Enter")
    seen.browser.wait("document.querySelector('#vxa_opacity input[type=range]').value === '0'")
    seen.browser.wait("new Promise(done => setTimeout(() => done(true), 500))")
    assert np.abs(seen.viewer().astype(int) - before).max() > 20
    assert server.progress["job_timestamp"] == told, "no job was begun"


def test_ctrl_enter_runs(tab: VxaTab, drawn: Path) -> None:
    tab.drop(drawn)
    tab.choose("circle")
    tab.browser.click("#vxa_prompt textarea")
    tab.browser.key("Enter", modifiers=CTRL)
    tab.browser.wait("document.querySelector('.vxa-filled')", 60)


def test_the_prompt_of_txt2img_is_taken_over(tab: VxaTab) -> None:
    tab.browser.js("switch_to_txt2img()")
    tab.browser.type("#txt2img_prompt textarea", "a green star")
    tab.show()
    tab.browser.click("#vxa_from_txt2img_prompt")
    tab.wait_for_chip("star")
    assert tab.value("prompt") == "a green star"


def test_saved_files_carry_the_job(seen: VxaTab, server: Server, tmp_path: Path) -> None:
    seen.browser.click("#vxa_save")
    seen.wait_for_status("Saved")
    links = seen.browser.js("[...document.querySelectorAll('#vxa_files a')].map(a => a.href)")
    assert any(link.endswith("maps.npz") for link in links), links
    heat = next(link for link in links if link.endswith("circle-heat.png"))
    data = seen.fetch(heat)
    image = Image.open(io.BytesIO(data))
    assert json.loads(image.info["vxa"])["job"]["tokens"] == "circle, square"
    info = server.ask("sdapi/v1/png-info", {"image": encode_file(data)}).json
    assert info["info"].startswith(PROMPT + "\n") and "vxa" in info["items"]
    number = heat.rpartition("/")[2].split("-")[0]
    assert all(link.rpartition("/")[2].startswith(number) for link in links), "what was saved together stands together"


def test_png_info_gives_the_whole_job_back(seen: VxaTab, tmp_path: Path) -> None:
    seen.type("timesteps", "50, 100")
    seen.run()
    seen.browser.click("#vxa_save")
    seen.wait_for_status("Saved")
    links = seen.browser.js("[...document.querySelectorAll('#vxa_files a')].map(a => a.href)")
    saved = tmp_path / "saved.png"
    saved.write_bytes(seen.fetch(next(link for link in links if link.endswith("circle-heat.png"))))
    seen.open()
    seen.browser.js("document.querySelectorAll('#tabs > div > button')[3].click()")
    seen.browser.upload("#pnginfo_image input[type=file]", saved)
    seen.browser.wait("document.querySelector('#tab_pnginfo').innerText.includes('VXA version')", 60)
    seen.browser.click("#vxa_from_pnginfo")
    seen.browser.wait("document.querySelector('#vxa').offsetParent !== null", 60)
    seen.wait_for_chip("circle")
    seen.browser.wait(
        "document.querySelector('#vxa_tokens textarea, #vxa_tokens input').value === 'circle, square'", 60
    )
    assert seen.value("prompt") == PROMPT and seen.value("timesteps") == "50, 100"


def test_a_word_becomes_an_inpaint_mask(seen: VxaTab, drawn: Path, screenshots: Path | None) -> None:
    seen.browser.click("#vxa_to_inpaint")
    mask = seen.picture_in("img_inpaint_mask")
    assert seen.is_seen("#img_inpaint_mask"), "the webui's own tab for a mask ready made is shown"
    share = np.asarray(mask.convert("L")).mean() / 255
    assert mask.size == (128, 128) and 0.01 < share < 0.9
    with Image.open(drawn) as picture:
        base = np.asarray(seen.picture_in("img_inpaint_base").convert("RGB"))
        assert np.array_equal(base, np.asarray(picture.convert("RGB")))
    assert seen.browser.js("document.querySelector('#img2img_prompt textarea').value") == PROMPT
    assert seen.browser.js("document.querySelector('#img2img_width input').value") == "128"
    if screenshots:
        seen.picture_of_all(screenshots / "webui_inpaint.png")


def test_the_mask_paints_the_word_anew(seen: VxaTab, drawn: Path) -> None:
    seen.browser.click("#vxa_to_inpaint")
    mask = np.asarray(seen.picture_in("img_inpaint_mask").convert("L")) > 127
    seen.browser.click("#img2img_generate")
    # until then it shows previews
    seen.browser.wait("document.querySelector('#img2img_gallery img')?.src.includes('/file=')", 120)
    painted = np.asarray(seen.picture_in("img2img_gallery").convert("RGB")).astype(int)
    with Image.open(drawn) as picture:
        change = np.abs(painted - np.asarray(picture.convert("RGB"))).mean(2)
    assert change[mask].mean() > 4 * change[~mask].mean()


@pytest.mark.parametrize(("route", "box"), [("img2img", "img2img_image"), ("extras", "extras_image")])
def test_pictures_go_to_other_tabs(seen: VxaTab, route: str, box: str) -> None:
    seen.browser.click(f"#vxa_to_{route}")
    assert seen.picture_in(box).size == (128, 128)
    assert seen.is_seen(f"#{box}")


def test_the_prompt_goes_to_txt2img(seen: VxaTab) -> None:
    seen.browser.click("#vxa_to_txt2img")
    seen.browser.wait(f"document.querySelector('#txt2img_prompt textarea').value === {json.dumps(PROMPT)}", 60)
    assert seen.is_seen("#txt2img_prompt")


def test_a_picture_comes_from_txt2img(tab: VxaTab) -> None:
    tab.browser.js("switch_to_txt2img()")
    tab.browser.type("#txt2img_prompt textarea", "a red star")
    for name, value in (("steps", "4"), ("width", "128"), ("height", "128")):
        tab.browser.type(f"#txt2img_{name} input[type=number]", value)
    tab.browser.click("#txt2img_generate")
    tab.browser.wait("document.querySelector('#txt2img_gallery img')?.src.includes('/file=')", 120)
    # the webui's page complains of its own width and height, with or without us
    tab.browser.complaints.clear()
    tab.browser.click("#vxa_from_txt2img")
    tab.wait_for_chip("star")
    assert tab.picture_in("vxa_picture").size == (128, 128)


def test_a_mistake_says_what_to_do_and_loses_nothing(seen: VxaTab, screenshots: Path | None) -> None:
    before = seen.viewer()
    seen.type("tokens", "elephant")
    seen.start()
    seen.wait_until_idle()
    assert "elephant" in seen.status and "circle" in seen.status, seen.status
    assert np.array_equal(seen.viewer(), before)
    if screenshots:
        seen.picture_of_all(screenshots / "webui_error.png")
    seen.type("tokens", "circle")
    seen.run()


def test_without_a_result_there_is_nothing_to_send(tab: VxaTab) -> None:
    tab.browser.click("#vxa_to_img2img")
    tab.wait_for_status("Visualize first")
    assert tab.is_seen("#vxa")
