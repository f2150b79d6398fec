"""The Heads tab in a real webui, in a real browser and over HTTP: beside its own tabs, and never in their way."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.live.inner_tabs import HeadsTab
from tests.live.server import PATIENCE, PROMPT, Answer, Server, encode_file
from tests.live.test_editing_http import SIZE, ask, picture_of
from tests.live.test_inner_tabs import saved_files
from tests.live.test_neighbours import hooks_of, pixels
from tests.live.vxa_tab import LONG, VxaTab
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.studio import Studio
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.session import Session
from vxa.hosts.load import load_host

pytestmark = [pytest.mark.live, pytest.mark.browser]

ADJUSTED = "circle=shape not color"
EXCITED = {"words": "circle, square", "refinements": 1, "compare": True, **SIZE}
LONG_RUN = {"words": "circle, square", "steps": 900, "refinements": 0, "end": 1, **SIZE}


@pytest.fixture
def heads(tab: VxaTab) -> HeadsTab:
    """The Heads tab with a prompt in it, and the vectors of the embedded model."""
    shown = HeadsTab(tab)
    shown.unfold("more")
    shown.write(prompt=PROMPT, steps=4)
    tab.browser.wait("document.querySelectorAll('#vxa_heads_chart .vxa-mini').length > 0", LONG)
    return shown


def keep(heads: HeadsTab, folder: Path | None, name: str) -> None:
    if folder:
        heads.tab.picture_of_all(folder / f"webui_heads_{name}.png")


def test_words_are_diagnosed_and_a_word_is_excited(heads: HeadsTab, server: Server, screenshots: Path | None) -> None:
    before = server.draw()
    heads.run()
    bars = heads.browser.js("document.querySelectorAll('#vxa_heads_words .vxa-strength').length")
    assert bars == 4 and heads.pictures[0] == "picture", "one for each content word"
    keep(heads, screenshots, "words")
    heads.go("excite")
    heads.unfold("excite_more")
    heads.write(excite_words="circle", excite_steps=4, excite_refinements=1)
    heads.run()
    assert "looks" in heads.status and {"picture", "circle-heat", "peaks", "sheet"} <= set(heads.pictures)
    keep(heads, screenshots, "excite")
    files = saved_files(heads, "vxa_heads_tab_files")
    assert {"picture.png", "peaks.png", "job.json"} <= set(files), set(files)
    with Image.open(io.BytesIO(files["picture.png"])) as image:
        assert json.loads(image.info["vxa"])["job"]["words"] == "circle"
    info = server.ask("sdapi/v1/png-info", {"image": encode_file(files["picture.png"])}).json
    assert info["info"].startswith(PROMPT + "\n") and "VXA" in info["info"]
    after = server.draw()
    assert pixels(before) == pixels(after) and hooks_of(before) == hooks_of(after)


def test_a_picture_is_seen_through_the_heads_that_are_clicked(heads: HeadsTab, screenshots: Path | None) -> None:
    browser = heads.browser
    browser.js("document.querySelector('#vxa_heads_chart [data-at=\"0,0\"]').click()")
    box = "document.querySelector('#vxa_heads_tab_see_lens textarea, #vxa_heads_tab_see_lens input')"
    browser.wait(f"{box}.value === '0'", LONG)
    heads.go("see")
    heads.write(see_tokens="circle")
    heads.run()
    assert heads.pictures == ["picture", "circle-lens", "circle-all"]
    keep(heads, screenshots, "see")


def test_a_word_is_adjusted_and_goes_to_img2img(heads: HeadsTab, screenshots: Path | None) -> None:
    heads.go("adjust")
    heads.write(adjust_adjust=ADJUSTED)
    heads.run()
    assert "as shape, not color" in heads.status and heads.pictures[:2] == ["picture", "plain"]
    keep(heads, screenshots, "adjust")
    drawn = heads.tab.picture_in("vxa_heads_result .vxa-right").convert("RGB")
    heads.browser.click("#vxa_heads_tab_to_img2img")
    sent = heads.tab.picture_in("img2img_image").convert("RGB")
    assert np.array_equal(np.asarray(sent), np.asarray(drawn))


def test_heads_are_weakened(heads: HeadsTab, screenshots: Path | None) -> None:
    heads.go("weaken")
    heads.write(weaken_concept="color", weaken_counts="0, 8")
    heads.run()
    assert "up to 8 heads of color" in heads.status and {"sheet", "curves-color"} <= set(heads.pictures)
    keep(heads, screenshots, "weaken")
    assert "weaken.csv" in saved_files(heads, "vxa_heads_tab_files")


@pytest.mark.parametrize("way", ["words", "excite"])
def test_an_interrupt_leaves_no_hook_and_the_next_run_is_whole(heads: HeadsTab, server: Server, way: str) -> None:
    before = server.draw()
    heads.go(way)
    if way == "excite":
        heads.unfold("excite_more")
        heads.write(excite_words="circle", excite_steps=900, excite_refinements=1)
    else:
        heads.write(steps=900)
    heads.start()
    server.wait_for("VXA")
    heads.browser.click("#vxa_heads_tab_interrupt")
    heads.wait_for("Interrupted")
    heads.wait_until_idle()
    after = server.draw()
    assert pixels(before) == pixels(after) and hooks_of(before) == hooks_of(after)
    assert server.progress["job"] == ""
    heads.write(**{"excite_steps" if way == "excite" else "steps": 3})
    heads.run()


def test_png_info_shows_a_picture_of_the_tab_there(heads: HeadsTab, tmp_path: Path, screenshots: Path | None) -> None:
    heads.go("weaken")
    heads.write(weaken_concept="shape", weaken_counts="0, 8", weaken_factor=-1, seed=3)
    heads.run()
    path = tmp_path / "sheet.png"
    path.write_bytes(saved_files(heads, "vxa_heads_tab_files")["sheet.png"])
    asked = {"concept": "shape", "counts": "0, 8", "factor": "-1"}
    settings = {"prompt": PROMPT, "seed": "3", "steps": "4", **{f"weaken_{name}": each for name, each in asked.items()}}
    heads.take_from_png_info(path, settings, shown="_use_weaken")
    assert heads.value("weaken_concept") == "shape", "what the vectors begin with does not take its place"
    keep(heads, screenshots, "restored")
    heads.run()


def test_it_fits_a_phone(heads: HeadsTab, screenshots: Path | None) -> None:
    heads.browser.look(390, 844, is_phone=True)
    try:
        heads.run()
        box = "document.querySelector('#vxa_heads_tab')"
        assert heads.browser.js(f"{box}.getBoundingClientRect().right <= 390 && {box}.scrollWidth <= {box}.clientWidth")
        if screenshots:
            heads.browser.screenshot(screenshots / "webui_heads_phone.png")
    finally:
        heads.browser.look(1280, 1100)


@pytest.mark.parametrize("name", ["/etc/passwd", "/no/such/file.npz"])
def test_the_page_reads_no_path(heads: HeadsTab, name: str) -> None:
    heads.write(vectors=name)
    why = "document.querySelector('#vxa_heads_chart .vxa-heads-why').innerText"
    told = heads.browser.wait(f"{why}.includes({json.dumps(name)}) && {why}", LONG)
    assert "head vectors by name" in told and "auto, embedded" in told
    heads.go("adjust")
    heads.write(adjust_adjust=ADJUSTED)
    heads.start()
    heads.wait_until_idle()
    assert "head vectors by name" in heads.status


def test_an_uploaded_file_of_vectors_is_used(heads: HeadsTab, tmp_path: Path) -> None:
    from tests.made_vectors import make_vectors
    from vxa.app.heads.files import save_vectors

    made = make_vectors(load_host(device="cpu").sites.head_layers, ("hue", "form"))
    heads.browser.upload("#vxa_heads_tab_named input[type=file]", save_vectors(made, tmp_path / "made.npz"))
    first = "document.querySelector('#vxa_heads_chart [data-concept=\"0\"]')"
    heads.browser.wait(f"{first}.innerText.includes('hue')", LONG)
    heads.go("adjust")
    heads.write(adjust_adjust="circle=hue not form")
    heads.run()


def test_jobs_are_those_of_diffusers_and_leave_the_webui_as_it_was(server: Server) -> None:
    before, host = server.draw(), load_host(device="cpu")
    studio = Studio(Session(lambda _: host))
    adjusted = ask(server, "adjust", adjust=ADJUSTED, steps=4, **SIZE)
    theirs = studio.adjust(AdjustJob(prompt=PROMPT, adjust=ADJUSTED, steps=4, **SIZE))
    assert np.abs(picture_of(adjusted, "picture") - theirs.adjusted).max() <= 1
    excited = ask(server, "excite", steps=4, **EXCITED)
    theirs = studio.excite(ExciteJob(prompt=PROMPT, steps=4, **EXCITED))
    assert theirs.plain is not None
    assert np.abs(picture_of(excited, "plain") - theirs.plain.pictures[0]).max() <= 1
    assert excited["looks"][0]["loss"] == pytest.approx(theirs.figures["looks"][0]["loss"], abs=1e-3)
    weakened = ask(server, "weaken", concept="color", counts=[0, 8], steps=4, vectors="embedded", **SIZE)
    assert weakened["counts"] == [0, 8] and "curves-color" in weakened["pictures"]
    after = server.draw()
    assert pixels(before) == pixels(after) and hooks_of(before) == hooks_of(after)
    assert server.progress["job"] == ""


@pytest.mark.parametrize(
    ("route", "values", "complaint"),
    [
        ("adjust", {"adjust": ADJUSTED, "vectors": "/etc/passwd"}, "head vectors by name"),
        ("adjust", {"adjust": ADJUSTED, "vectors": "nowhere.npz"}, "head vectors by name"),
        ("weaken", {"concept": "taste"}, "There are"),
        ("weaken", {"concept": "color", "clip": "openai/clip-vit-base-patch32"}, "a CLIP model by name"),
        ("weaken", {"concept": "color", "num_seeds": 1000, "steps": 1000}, "fewer steps"),
        ("excite", {"words": "star"}, "star"),
        ("excite", {"words": "circle", "concepts": "circle=shape", "vectors": "../x"}, "head vectors by name"),
    ],
)
def test_a_mistake_is_the_callers_and_changes_nothing(
    server: Server, route: str, values: dict[str, Any], complaint: str
) -> None:
    before = pixels(server.draw())
    answer = server.ask(f"vxa/v1/{route}", {"prompt": PROMPT, **SIZE, **values})
    assert 400 <= answer.status < 500 and complaint in answer.json["error"]["message"], answer.body
    assert pixels(server.draw()) == before


def test_the_webuis_own_interrupt_stops_an_excitement(server: Server) -> None:
    before = server.draw()
    answers: list[Answer] = []
    asked = {"prompt": PROMPT, **LONG_RUN}
    running = threading.Thread(target=lambda: answers.append(server.ask("vxa/v1/excite", asked)))
    running.start()
    server.wait_for("VXA")
    server.ask("sdapi/v1/interrupt", {})
    running.join(PATIENCE)
    assert answers[0].status == 409 and "interrupt" in answers[0].json["error"]["message"]
    after = server.draw()
    assert pixels(before) == pixels(after) and hooks_of(before) == hooks_of(after)


def test_an_sdxl_checkpoint_is_excited_and_has_no_vectors(server: Server, sdxl: str) -> None:
    told = ask(server, "excite", words="circle", steps=3, refinements=1, compare=True, **SIZE)
    assert told["model"]["name"] == sdxl and told["looks"]
    asked = {"prompt": PROMPT, "adjust": ADJUSTED, **SIZE}
    answer = server.ask("vxa/v1/adjust", asked)
    assert answer.status == 422 and "heads, which this one has; got none" in answer.json["error"]["message"]
