"""The Heads tab as its user meets it: a real browser on the real server with the embedded model.

The vectors are drawn at random: nothing here may depend on what the model has learnt. Set VXA_SCREENSHOTS to a folder
to keep the screenshots.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.made_vectors import make_vectors
from tests.ui.chrome import Tab
from tests.ui.edit.test_browser import show
from tests.ui.test_browser import CTRL, LONG, SHIFT, keep, open_page
from vxa.app.heads.files import save_vectors
from vxa.core.head_vectors import HeadVectors
from vxa.hosts.load import load_host

pytestmark = pytest.mark.browser

PROMPT = "a red circle left of a blue square"
STATUS = "document.querySelector('#vxa_heads_tab_status')?.innerText"


@pytest.fixture(scope="module")
def vectors() -> HeadVectors:
    # names that the shipped ones do not have
    return make_vectors(load_host(device="cpu").sites.head_layers, ("hue", "form", "extent"))


@pytest.fixture(scope="module")
def file(vectors: HeadVectors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_vectors(vectors, tmp_path_factory.mktemp("vectors") / "vectors.npz")


@pytest.fixture
def tab(open_browser: Tab, url: str, file: Path) -> Iterator[Tab]:
    """The Heads tab of a fresh page; a test fails if the console complained or anything was asked of elsewhere."""
    open_browser.look(1280, 900)
    open_page(open_browser, url)
    open_browser.wait("window.vxa && document.querySelector('#vxa_status')?.innerText.includes('ready')", LONG)
    show(open_browser, "Heads")
    open_browser.wait(f"{STATUS}.includes('ready')", LONG)
    name_vectors(open_browser, str(file))
    wait_value(open_browser, "see_lens", "hue")
    yield open_browser
    # gradio 3 asks for a script of its own elsewhere; without it the page works all the same
    own = (url, "data:", "blob:", "about:", "https://cdnjs.cloudflare.com/ajax/libs/iframe-resizer/")
    assert not [said for said in open_browser.complaints if own[-1] not in said]
    assert not [asked for asked in open_browser.requests if not asked.startswith(own)]


def field(name: str) -> str:
    return f"#vxa_heads_tab_{name} textarea, #vxa_heads_tab_{name} input"


def value(tab: Tab, name: str) -> str:
    return tab.js(f"document.querySelector('{field(name)}').value")


def wait_value(tab: Tab, name: str, text: str) -> None:
    tab.wait(f"document.querySelector('{field(name)}').value === {json.dumps(text)}")


def name_vectors(tab: Tab, name: str) -> None:
    tab.type(field("vectors"), name)
    tab.js("document.activeElement.blur()")


def cell(vectors: HeadVectors, index: int) -> str:
    address, head = vectors.layers.locate(index)
    return f"#vxa_heads_chart [data-at='{vectors.layers.addresses.index(address)},{head}']"


def picked(tab: Tab) -> int:
    return tab.js("document.querySelectorAll('#vxa_heads_chart [aria-selected=true]').length")


def run(tab: Tab, way: str) -> None:
    tab.click(f"#vxa_heads_tab_{way}")
    wait_end(tab)


def wait_end(tab: Tab) -> None:
    # running from the click on, however soon it ends
    tab.wait("!document.querySelector('#vxa_heads_tab.vxa-running')", LONG)
    assert tab.js("document.querySelector('#vxa_heads_tab_status .vxa-done') !== null"), tab.js(STATUS)


def write(tab: Tab, steps: int = 2) -> None:
    tab.type(field("prompt"), PROMPT)
    tab.js("[...document.querySelectorAll('#vxa_heads_tab .label-wrap')].at(-1).click()")
    tab.wait("document.querySelector('#vxa_heads_tab_steps input[type=number]')?.offsetParent")
    tab.type("#vxa_heads_tab_steps input[type=number]", str(steps))
    tab.js("document.activeElement.blur()")


def pictures(tab: Tab) -> list[str]:
    return tab.js("[...document.querySelectorAll('#vxa_heads_result [data-picture]')].map((e) => e.dataset.picture)")


def show_weak(tab: Tab, **more: Any) -> None:
    """Show a diagnosis with a weak word, whatever the model draws."""
    weak = [{"word": "circle", "peak": 0.2, "area": 0.1, "overlap": 0.3, "other": "red", "isWeak": True}]
    picture = {"name": "picture", "title": "Picture", "beside": "", "url": "data:,", "width": 8, "height": 8}
    view = {"pictures": [picture], "first": "picture", "words": weak, "weak": "circle", **more}
    tab.js(f"window.vxa.heads.show({json.dumps(json.dumps(view))})")


def test_each_head_tells_layer_number_value_and_published_name(tab: Tab, vectors: HeadVectors) -> None:
    for index in (0, 13):
        address, head = vectors.layers.locate(index)
        said = f"{address}, head {head}: {vectors.of('hue')[index]:.2f} "
        tab.js(f"document.querySelector({json.dumps(cell(vectors, index))}).focus()")
        tab.wait(f"document.querySelector('.vxa-heads-said').innerText.startsWith({json.dumps(said)})")
        assert f"“{vectors.layers.names[index]}”" in tab.text(".vxa-heads-said")
    inks = f"[{cell(vectors, 0)!r}, {cell(vectors, 13)!r}].map((e) => document.querySelector(e)"
    heats = tab.js(f"{inks}.style.getPropertyValue('--vxa-heat'))")
    assert [float(heat) for heat in heats] == pytest.approx(
        [vectors.of("hue")[index] / vectors.of("hue").max() for index in (0, 13)], abs=1e-3
    )


def test_heads_are_picked_by_click_range_and_rank(tab: Tab, vectors: HeadVectors) -> None:
    assert value(tab, "see_lens") == "hue", "the concept itself, where nothing is picked"
    tab.click(cell(vectors, 9))
    tab.click(cell(vectors, 12), modifiers=SHIFT)
    tab.click(cell(vectors, 17))
    wait_value(tab, "see_lens", "9-12, 17")
    tab.click(cell(vectors, 10))
    wait_value(tab, "see_lens", "9, 11-12, 17")
    assert picked(tab) == 4 and "4 of 40" in tab.text("#vxa_heads_chart .vxa-picked")
    tab.click("#vxa_heads_chart [data-concept='1']")
    wait_value(tab, "see_lens", "form")
    wait_value(tab, "weaken_concept", "form")
    tab.type("#vxa_heads_chart .vxa-picking input", "1")
    tab.click("#vxa_heads_chart [data-pick=top]")
    wait_value(tab, "see_lens", str(vectors.order("form")[0]))
    tab.type(field("see_lens"), "3-5")
    tab.wait("document.querySelectorAll('#vxa_heads_chart [aria-selected=true]').length === 3")


def test_heads_are_read_and_picked_with_the_keyboard(tab: Tab, vectors: HeadVectors) -> None:
    tab.js(f"document.querySelector({json.dumps(cell(vectors, 0))}).focus()")
    for key in ("ArrowDown", "ArrowRight", " "):
        tab.key(key)
    wait_value(tab, "see_lens", "5")
    tab.key("ArrowRight", modifiers=SHIFT)
    wait_value(tab, "see_lens", "5-6")
    assert tab.js("document.activeElement.dataset.at") == "1,2"
    assert tab.js("document.querySelectorAll('#vxa_heads_chart .vxa-matrix [tabindex=\"0\"]').length") == 1


def test_concepts_and_scales_are_compared(tab: Tab, vectors: HeadVectors) -> None:
    own = tab.text("#vxa_heads_chart [data-concept='1'] .vxa-value")
    tab.click("#vxa_heads_chart [data-part=scale]")
    most = f"{vectors.vectors_nh.max():.2f}" if vectors.vectors_nh.max() < 10 else f"{vectors.vectors_nh.max():.1f}"
    assert own != tab.text("#vxa_heads_chart [data-concept='0'] .vxa-value") == f"max {most}"
    tab.click("#vxa_heads_chart [data-part=concepts]")
    tab.js("document.querySelector(\"#vxa_heads_chart [data-at='0,2']\").focus()")
    cosine = vectors.concept_cosines()[0, 2]
    tab.wait(f"document.querySelector('.vxa-heads-said').innerText === 'hue and extent: cosine {cosine:.3f}'")
    assert tab.js("document.querySelector('#vxa_heads_chart [data-part=steps]').offsetParent") is None, "not known"


def test_a_picture_is_seen_through_heads_that_change_at_once(tab: Tab, vectors: HeadVectors) -> None:
    write(tab)
    show(tab, "See")
    tab.type(field("see_tokens"), "circle")
    run(tab, "see")
    assert pictures(tab) == ["picture", "circle-lens", "circle-all"]
    first = tab.js("document.querySelector('#vxa_heads_result .vxa-right img').src")
    tab.click(cell(vectors, 3))
    tab.wait(f"document.querySelector('#vxa_heads_result .vxa-right img').src !== {json.dumps(first)}", LONG)
    assert "from the cache" in tab.js(STATUS)
    keep(tab, "heads-see")


def test_weak_words_are_mended_with_one_click(tab: Tab) -> None:
    write(tab)
    run(tab, "diagnose")
    rows = "[...document.querySelectorAll('#vxa_heads_words .vxa-strength b')].map((e) => e.innerText)"
    assert tab.js(rows) == ["red", "circle", "blue", "square"]
    keep(tab, "heads-words")
    for how, shown in (("excite", "plain"), ("reweight", "source")):
        show_weak(tab, how=how)
        assert "do not change that picture" not in tab.text("#vxa_heads_words")
        tab.click(f"#vxa_heads_words [data-mend='{how}:circle']")
        wait_end(tab)
        assert shown in pictures(tab)
        assert "before it was mended" in tab.text("#vxa_heads_words")
        assert tab.js("document.querySelector('#vxa_heads_result .vxa-left').offsetParent !== null")
        assert tab.js("document.querySelector('#vxa_heads_words').offsetParent !== null"), "to mend more"
    show(tab, "See")
    tab.key("Enter", modifiers=CTRL)
    wait_end(tab)
    assert tab.js("document.querySelector('#vxa_heads_words').offsetParent === null"), "no diagnosis of this"
    assert tab.js("document.querySelector('#vxa_heads_result .vxa-current').dataset.picture").endswith("-lens")


def test_a_given_picture_is_diagnosed_and_said_not_to_be_what_is_mended(tab: Tab, picture_file: Path) -> None:
    tab.upload("#vxa_heads_tab_picture input[type=file]", picture_file)
    tab.wait("document.querySelector('#vxa_heads_tab_picture img') !== null", LONG)
    tab.type(field("prompt"), PROMPT)
    run(tab, "diagnose")
    assert json.loads(value(tab, "view_data"))["isGiven"]
    show_weak(tab, isGiven=True)
    assert "do not change that picture: they draw the prompt anew" in tab.text("#vxa_heads_words .vxa-heads-note")
    keep(tab, "heads-given")


def test_heads_are_weakened_and_the_run_stopped(tab: Tab) -> None:
    write(tab)
    show(tab, "Weaken")
    wait_value(tab, "weaken_concept", "hue")
    tab.type(field("weaken_counts"), "0, 20")
    run(tab, "weaken")
    assert {"plain", "sheet", "curves-color", "curves-shape"} <= set(pictures(tab))
    before = pictures(tab)
    tab.type(field("weaken_counts"), ", ".join(map(str, range(0, 40, 2))))
    tab.click("#vxa_heads_tab_weaken")
    tab.wait("document.querySelector('#vxa_heads_tab_status .vxa-busy')", LONG)
    tab.key("Escape")
    tab.wait(f"{STATUS}.includes('Interrupted')", LONG)
    assert pictures(tab) == before


def test_where_there_are_no_vectors_it_says_how_they_are_made(tab: Tab, file: Path) -> None:
    name_vectors(tab, "nowhere.npz")
    tab.wait("document.querySelector('#vxa_heads_chart .vxa-heads-none')?.offsetParent", LONG)
    said = tab.text("#vxa_heads_chart .vxa-heads-none")
    assert "vxa heads compute" in said and "nowhere.npz" in said
    keep(tab, "heads-none")
    tab.upload("#vxa_heads_tab_named input[type=file]", file)
    tab.wait("document.querySelector('#vxa_heads_chart.vxa-filled')", LONG)


@pytest.mark.parametrize(("width", "is_dark", "is_phone"), [(1280, True, False), (390, False, True), (390, True, True)])
def test_it_fits_and_nothing_is_cut_off(tab: Tab, width: int, is_dark: bool, is_phone: bool) -> None:
    tab.look(width, 844, is_dark=is_dark, is_phone=is_phone)
    tab.wait(f"window.innerWidth === {width} && document.documentElement.scrollWidth <= {width}")
    keep(tab, f"heads-{width}-{'dark' if is_dark else 'light'}")
