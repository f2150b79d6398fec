"""The Edit tab as its user meets it: a real browser on the real server with the embedded model.

Set VXA_SCREENSHOTS to a folder to keep the screenshots.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.chrome import Tab
from tests.ui.test_browser import CTRL, LONG, SHIFT, open_page

pytestmark = pytest.mark.browser

PROMPT = "a red circle left of a blue square"
EDIT = "a red star left of a blue square"
ROW = "[...document.querySelectorAll('#vxa_edit_columns .vxa-chip[data-key^=%s]')]"
ENDED = "!document.querySelector('#vxa_edit').classList.contains('vxa-running')"
WHERE = """(element) => {
  for (const name of ["chip", "handle", "slider"]) if (element.classList.contains("vxa-" + name)) return name;
  return element.closest("[id^=vxa_edit_]")?.id.slice(9);
}"""


def open_edit(tab: Tab, url: str) -> None:
    open_page(tab, url)
    tab.wait("window.vxa && document.querySelector('#vxa_status')?.innerText.includes('ready')", LONG)
    show(tab, "Edit")
    tab.wait("document.querySelector('#vxa_edit_status')?.innerText.includes('ready')", LONG)


def show(tab: Tab, name: str) -> None:
    buttons = "[...document.querySelectorAll('#vxa_tabs [role=tab], #vxa_tabs > .tab-nav > button')]"
    tab.js(f"{buttons}.find((one) => one.innerText.trim() === '{name}').click()")


@pytest.fixture
def tab(open_browser: Tab, url: str) -> Iterator[Tab]:
    """The Edit tab of a fresh page; a test fails if the console complained or anything was asked of elsewhere."""
    open_browser.look(1280, 900)
    open_edit(open_browser, url)
    yield open_browser
    # gradio 3 asks for a script of its own elsewhere; without it the page works all the same
    own = (url, "data:", "blob:", "about:", "https://cdnjs.cloudflare.com/ajax/libs/iframe-resizer/")
    assert not [said for said in open_browser.complaints if own[-1] not in said]
    assert not [asked for asked in open_browser.requests if not asked.startswith(own)]


def write(tab: Tab, prompt: str = PROMPT, edit: str = EDIT, steps: int = 3) -> None:
    tab.type("#vxa_edit_prompt textarea", prompt)
    tab.type("#vxa_edit_edit textarea", edit)
    tab.wait(f"{row('source')}.length === {len(prompt.split())}", LONG)
    if edit:
        tab.wait(f"{row('target')}.map((one) => one.firstChild.innerText).join(' ') === "
                 f"{json.dumps(edit.splitlines()[0])}", LONG)  # fmt: skip
    tab.type("#vxa_edit_steps input[type=number]", str(steps))
    tab.js("document.activeElement.blur()")


def row(side: str) -> str:
    return ROW % side


def chip(tab: Tab, side: str, text: str) -> str:
    key = tab.js(f"{row(side)}.find((one) => one.firstChild.innerText === {json.dumps(text)}).dataset.key")
    return f"#vxa_edit_columns [data-key='{key}']"


def states(tab: Tab) -> list[str]:
    columns = "[...document.querySelectorAll('#vxa_edit_columns .vxa-gloss')].slice(1)"
    known = "['kept', 'swapped', 'added', 'removed']"
    return tab.js(f"{columns}.map((one) => {known}.find((state) => one.classList.contains('vxa-' + state)))")


def field(tab: Tab, name: str) -> str:
    return tab.js(f"document.querySelector('#vxa_edit_{name} textarea, #vxa_edit_{name} input').value")


def wait_field(tab: Tab, name: str, value: str) -> None:
    tab.wait(f"document.querySelector('#vxa_edit_{name} textarea, #vxa_edit_{name} input').value === '{value}'")


def number(tab: Tab, name: str) -> float:
    return float(tab.js(f"document.querySelector('#vxa_edit_{name} input[type=number]').value"))


def choose(tab: Tab, name: str, value: str) -> None:
    """Choose from a drop-down with the mouse: with Enter at once, gradio may not have found the option yet."""
    tab.click(f"#vxa_edit_{name} input")
    tab.click(f"#vxa_edit_{name} [data-testid=dropdown-option][aria-label={value}]")
    tab.js("document.activeElement.blur()")
    wait_field(tab, name, value)


def slide(tab: Tab, selector: str, value: float) -> None:
    """Press a slider where a value lies."""
    tab.click(selector)
    x, y, width = tab.js(
        f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
        " return [b.x, b.y + b.height / 2, b.width]; })()"
    )
    at = x + 9 + (width - 18) * value
    for kind in ("mousePressed", "mouseReleased"):
        tab.mouse(kind, at, y, button="left", clickCount=1)


def wait_end(tab: Tab) -> None:
    tab.wait(f"document.querySelector('#vxa_edit .vxa-done, #vxa_edit .vxa-error') && {ENDED}", LONG)
    assert "vxa-done" in tab.js("document.querySelector('#vxa_edit_status .vxa-status').className"), tab.text(
        "#vxa_edit_status"
    )


def run(tab: Tab, button: str = "generate") -> None:
    # the tab runs from the click on, however soon it ends; what it said before is marked
    tab.js("document.querySelector('#vxa_edit_status .vxa-status')?.setAttribute('data-before', '')")
    tab.click(f"#vxa_edit_{button}")
    tab.wait("document.querySelector('#vxa_edit_status .vxa-status:not([data-before])')", LONG)
    wait_end(tab)


def drop(tab: Tab, file: Path) -> None:
    tab.upload("#vxa_edit_picture input[type=file]", file)
    tab.wait("document.querySelector('#vxa_edit_picture img') !== null", LONG)
    tab.wait("document.querySelector('#vxa_edit_invert')?.offsetParent", LONG)


def shown(tab: Tab) -> str:
    return tab.js("document.querySelector('#vxa_edit .vxa-right b').innerText")


def wipe(tab: Tab) -> float:
    return float(tab.js("document.querySelector('#vxa_edit .vxa-compared').dataset.at"))


def frame(tab: Tab) -> list[float]:
    """Where the pictures are: x, y, width, height."""
    return tab.js(
        "(() => { const f = document.querySelector('#vxa_edit .vxa-compared'); f.scrollIntoView({block: 'center'});"
        " const b = f.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })()"
    )


def keep(tab: Tab, name: str) -> None:
    place = os.environ.get("VXA_SCREENSHOTS")
    if place:
        name += "" if tab.js("!window.gradio_config.version.startsWith('3.')") else "-gradio3"
        Path(place).mkdir(parents=True, exist_ok=True)
        tab.js("document.activeElement.blur(); window.scrollTo(0, 0)")
        tab.screenshot(Path(place) / f"edit-{name}.png")


def test_the_difference_of_the_prompts_is_seen_while_they_are_written(tab: Tab) -> None:
    write(tab)
    assert states(tab) == ["kept", "kept", "swapped", *["kept"] * 5]
    assert "suggested: words are swapped" in tab.text("#vxa_edit .vxa-edit-kind")
    write(tab, edit="a large red circle left of a striped square")
    assert states(tab) == ["kept", "added", *["kept"] * 5, "removed", "added", "kept"]
    assert "Refine" in tab.text("#vxa_edit .vxa-edit-kind")
    write(tab, edit="")
    tab.wait("document.querySelector('#vxa_edit_hint').innerText.includes('click a word')", LONG)


def test_impossible_replacement_offers_refine(tab: Tab) -> None:
    write(tab, edit="a large red star left of a blue square")
    choose(tab, "edit_kind", "replace")
    tab.wait("document.querySelector('#vxa_edit .vxa-edit-kind .vxa-wrong')?.innerText.includes('got 9 and 8')", LONG)
    tab.click("#vxa_edit .vxa-refine")
    wait_field(tab, "edit_kind", "refine")
    tab.wait("document.querySelector('#vxa_edit .vxa-edit-kind .vxa-wrong') === null", LONG)
    run(tab)
    assert "1 edit (refine)" in tab.text("#vxa_edit_status")


def test_a_weight_is_a_slider_and_a_text(tab: Tab) -> None:
    write(tab)
    tab.click(chip(tab, "target", "star"))
    slide(tab, "#vxa_edit_slider", (3 + 2) / 6)
    assert field(tab, "weights").startswith("star=") and float(field(tab, "weights")[5:]) == pytest.approx(3, abs=0.1)
    tab.type("#vxa_edit_weights textarea, #vxa_edit_weights input", "star=-1, blue square=0.5")
    badge = "[...document.querySelectorAll('#vxa_edit_columns .vxa-chip-weight')].map((one) => one.innerText).join()"
    tab.wait(f"{badge} === '×-1,×0.5,×0.5'", LONG)
    tab.wait("document.querySelector('#vxa_edit_slider').value === '-1'")
    tab.js("document.querySelector('#vxa_edit_slider').focus()")
    tab.key("ArrowRight")
    wait_field(tab, "weights", "star=-0.95, blue square=0.5")
    tab.click("#vxa_edit .vxa-word-reset")
    wait_field(tab, "weights", "blue square=0.5")
    tab.wait(f"{badge} === '×0.5,×0.5'")


def test_words_are_chosen_and_weighed_with_the_keyboard(tab: Tab) -> None:
    write(tab)
    tab.js(f"document.querySelector({json.dumps(chip(tab, 'source', 'red'))}).focus()")
    tab.key("ArrowRight")
    tab.key("ArrowDown")
    assert tab.js("document.activeElement.firstChild.innerText") == "star"
    tab.key("+")
    wait_field(tab, "weights", "star=1.25")
    tab.key("-")
    wait_field(tab, "weights", "")
    assert tab.js("document.activeElement.firstChild.innerText") == "star", "the keyboard stays where it was"
    for _ in range(3):
        tab.key("Tab")
    tab.wait("document.activeElement.closest('#vxa_edit_word')")


def test_places_to_change_are_chosen_by_clicking_words(tab: Tab) -> None:
    write(tab)
    tab.click(chip(tab, "target", "star"))
    tab.click("#vxa_edit_word [data-list=blend]")
    tab.wait("document.querySelector('#vxa_edit_hint').innerText.includes('every prompt')", LONG)
    tab.click(chip(tab, "source", "circle"))
    tab.click("#vxa_edit_word [data-list=blend]")
    tab.click(chip(tab, "source", "square"))
    tab.click("#vxa_edit_word [data-list=subtract]")
    assert (field(tab, "blend"), field(tab, "subtract")) == ("star, circle", "square")
    tab.wait("document.querySelector('#vxa_edit_hint').innerText === ''", LONG)
    marks = "[...document.querySelectorAll('#vxa_edit_columns .vxa-chip-mark')].map((one) => one.innerText).join('')"
    assert tab.js(marks) == "◎◎⊘⊘", "a word that both prompts have is marked in both"
    run(tab)
    tab.click("#vxa_edit_word [data-list=subtract]")
    wait_field(tab, "subtract", "")


def test_what_cannot_be_read_is_kept_when_a_word_is_clicked(tab: Tab) -> None:
    write(tab)
    tab.type("#vxa_edit_weights textarea, #vxa_edit_weights input", "star")
    tab.wait("document.querySelector('#vxa_edit_hint').innerText.includes('word=2')", LONG)
    tab.click(chip(tab, "target", "blue"))
    tab.js("document.querySelector('#vxa_edit_slider').focus()")
    tab.key("ArrowRight")
    wait_field(tab, "weights", "star, blue=1.05")


def test_a_window_is_one_control_with_two_ends(tab: Tab) -> None:
    said = "document.querySelector('#vxa_edit [data-window=cross] output').innerText"
    tab.wait(f"{said} === '0–80 % auto'")
    tab.js("document.querySelector('#vxa_edit [data-window=cross] [data-end=end]').focus()")
    tab.key("ArrowLeft")
    tab.wait(f"{said} === '0–79 %'")
    assert number(tab, "cross_end") == 0.79
    assert tab.js("document.querySelector('#vxa_edit_cross_end_auto input').checked") is False
    tab.js("document.querySelector('#vxa_edit [data-window=cross] [data-end=start]').focus()")
    for _ in range(3):
        tab.key("ArrowRight")
    tab.wait(f"{said} === '3–79 %'")
    assert number(tab, "cross_start") == 0.03
    tab.click("#vxa_edit .vxa-numbers")
    tab.type("#vxa_edit_cross_end input[type=number]", "0.5")
    tab.key("Tab")
    tab.wait(f"{said} === '3–50 %'")
    tab.click("#vxa_edit [data-auto=cross]")
    tab.wait(f"{said} === '3–80 % auto'")
    choose(tab, "method", "cac")
    tab.wait(f"{said} === '3–100 % auto'")
    tab.wait("document.querySelector('#vxa_edit [data-window=self] output').innerText === '0–100 % auto'")


def test_a_word_has_a_window_of_its_own(tab: Tab) -> None:
    write(tab)
    tab.click(chip(tab, "target", "star"))
    tab.js("document.querySelector('#vxa_edit [data-window=word] [data-end=end]').focus()")
    tab.key("ArrowLeft")
    wait_field(tab, "word_windows", "star=0-0.79")
    tab.click("#vxa_edit [data-auto=word]")
    wait_field(tab, "word_windows", "")
    choose(tab, "method", "cac")
    tab.wait("document.querySelector('#vxa_edit [data-window=word]').offsetParent === null", LONG)
    assert tab.js("document.querySelector('#vxa_edit_slider').offsetParent !== null"), "it knows weights"


def test_source_and_edit_are_compared_by_a_line_to_drag(tab: Tab) -> None:
    write(tab)
    run(tab)
    assert shown(tab) == "Edit" and wipe(tab) == 0.5
    x, y, width, height = frame(tab)
    tab.mouse("mousePressed", x + width / 2, y + height / 2, button="left", buttons=1, clickCount=1)
    tab.mouse("mouseMoved", x + width * 0.25, y + height / 2, button="left", buttons=1)
    tab.mouse("mouseReleased", x + width * 0.25, y + height / 2, button="left", clickCount=1)
    assert wipe(tab) == pytest.approx(0.25, abs=0.01)
    tab.mouse("mouseMoved", x + width * 0.7, y + height / 2)
    assert wipe(tab) == pytest.approx(0.25, abs=0.01), "let go"
    tab.key("ArrowRight")
    tab.key("ArrowRight", modifiers=SHIFT)
    assert wipe(tab) == pytest.approx(0.37, abs=0.01)
    assert tab.js("document.querySelector('#vxa_edit .vxa-handle').ariaValueNow") == "37"
    tab.command("Emulation.setTouchEmulationEnabled", enabled=True)
    for kind, places in (("touchStart", [0.4]), ("touchMove", [0.6]), ("touchMove", [0.8]), ("touchEnd", [])):
        points = [{"x": x + width * at, "y": y + height / 2} for at in places]
        tab.command("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    tab.command("Emulation.setTouchEmulationEnabled", enabled=False)
    assert wipe(tab) == pytest.approx(0.8, abs=0.01)
    tab.click("#vxa_edit [data-way=beside]")
    left, right = tab.js(
        "[...document.querySelectorAll('#vxa_edit .vxa-compared img')].map((one) => one.getBoundingClientRect().x)"
    )
    assert left < right
    tab.click("#vxa_edit [data-way=difference]")
    assert tab.js("getComputedStyle(document.querySelector('#vxa_edit .vxa-right')).mixBlendMode") == "difference"


def test_several_edits_and_the_maps_of_a_word_in_each(tab: Tab) -> None:
    write(tab, edit=f"{EDIT}\na green circle left of a blue square")
    tab.click("#vxa_edit .vxa-edit-number:last-child")
    assert "green" in tab.js(f"{row('target')}.map((one) => one.firstChild.innerText)")
    run(tab)
    assert "2 edits" in tab.text("#vxa_edit_status") and shown(tab) == "Edit 1"
    source = "document.querySelector('#vxa_edit .vxa-left img').src"
    plain = tab.js(source)
    tab.click("#vxa_edit .vxa-asked-words [data-word=star]")
    tab.wait("document.querySelector('#vxa_edit .vxa-right img').alt.includes('where “star” looks')", LONG)
    assert tab.js(source) == plain, "its prompt has no star"
    assert "no “star” here" in tab.text("#vxa_edit .vxa-left")
    tab.click("#vxa_edit .vxa-pictures [data-place='2']")
    assert shown(tab) == "Edit 2" and "no “star” here" in tab.text("#vxa_edit .vxa-right")
    tab.click("#vxa_edit .vxa-asked-words [data-word=circle]")
    tab.wait(f"{source} !== {json.dumps(plain)}", LONG)
    tab.wait("document.querySelector('#vxa_edit .vxa-right img').alt.includes('where “circle” looks')", LONG)
    keep(tab, "maps")
    tab.click("#vxa_edit .vxa-asked-words [data-word=circle]")
    assert tab.js(source) == plain
    tab.click("#vxa_edit_maps_before input")
    tab.wait("document.querySelector('#vxa_edit_status').innerText.includes('Press Edit to record')", LONG)


def test_a_picture_is_inverted_seen_again_and_then_edited(tab: Tab, picture_file: Path) -> None:
    drop(tab, picture_file)
    write(tab, edit="")
    run(tab, "invert")
    assert tab.text("#vxa_edit .vxa-again").count("dB") == 2 and shown(tab) == "Drawn again"
    assert tab.js("document.querySelector('#vxa_edit .vxa-left img').naturalHeight") == 128
    keep(tab, "inverted")
    write(tab)
    run(tab)
    assert shown(tab) == "Edit" and "drawn again at" in tab.text("#vxa_edit_status")
    tab.click("#vxa_edit_further")
    wait_field(tab, "prompt", EDIT)
    tab.wait("document.querySelector('#vxa_edit_status').innerText.includes('128×160')", LONG)


def test_a_saved_edit_fills_the_tab_when_it_is_dropped(tab: Tab, folder: Path) -> None:
    write(tab)
    tab.type("#vxa_edit_weights textarea, #vxa_edit_weights input", "star=2")
    run(tab)
    tab.click("#vxa_edit_save")
    tab.wait("document.querySelector('#vxa_edit .vxa-done')?.innerText.includes('Saved')", LONG)
    tab.wait("document.querySelectorAll('#vxa_edit_files a').length >= 4", LONG)
    saved = max((folder / "vxa-output").rglob("edit.png"), key=lambda path: path.stat().st_mtime)
    copy = folder / "edit-dropped.png"
    shutil.copy(saved, copy)
    tab.type("#vxa_edit_edit textarea", "a dog")
    tab.type("#vxa_edit_weights textarea, #vxa_edit_weights input", "")
    tab.upload("#vxa_edit_picture input[type=file]", copy)
    tab.wait("document.querySelector('#vxa_edit_status').innerText.includes('carries an edit')", LONG)
    wait_field(tab, "edit", EDIT)
    wait_field(tab, "weights", "star=2")
    tab.wait("document.querySelector('#vxa_edit_picture img') === null", LONG)
    run(tab)


def test_keys_run_and_interrupt_the_tab_that_is_shown(tab: Tab) -> None:
    write(tab, steps=900)
    tab.key("Enter", modifiers=CTRL)
    tab.wait("document.querySelector('#vxa_edit_status').innerText.includes('of 900')", LONG)
    assert tab.js("document.querySelector('#vxa').classList.contains('vxa-running')") is False
    tab.key("Escape")
    tab.wait(f"document.querySelector('#vxa_edit_status').innerText.includes('Interrupted') && {ENDED}", LONG)
    show(tab, "Visualize")
    tab.key("Enter", modifiers=CTRL)
    tab.wait("document.querySelector('#vxa_status .vxa-error')?.innerText.includes('a prompt')", LONG)
    assert "Interrupted" in tab.js("document.querySelector('#vxa_edit_status').textContent")


def test_a_mistake_says_what_to_do_and_the_next_run_works(tab: Tab) -> None:
    write(tab)
    tab.type("#vxa_edit_blend textarea, #vxa_edit_blend input", "dog")
    tab.click("#vxa_edit_generate")
    tab.wait("document.querySelector('#vxa_edit .vxa-error')?.innerText.includes('dog')", LONG)
    tab.wait(ENDED, LONG)
    tab.type("#vxa_edit_blend textarea, #vxa_edit_blend input", "")
    run(tab)
    assert tab.js("document.querySelector('#vxa_edit .vxa-error')") is None


def test_the_example_is_a_click_away(tab: Tab) -> None:
    tab.click("#vxa_edit_example")
    tab.wait(f"{row('target')}.length > 4", LONG)
    assert "swapped" in states(tab)


def test_markup_in_a_prompt_stays_text(tab: Tab) -> None:
    tab.type("#vxa_edit_prompt textarea", "<img src=x onerror=alert(1)> circle")
    tab.type("#vxa_edit_edit textarea", "<img src=x onerror=alert(1)> ${alert(2)} square")
    tab.type("#vxa_edit_steps input[type=number]", "2")
    tab.wait(f"{row('target')}.length > 4", LONG)
    run(tab)
    assert tab.js("document.querySelectorAll('#vxa_edit_pairs img, #vxa_edit_status img').length") == 0
    assert tab.js("document.querySelectorAll('#vxa_edit_viewer img').length") == 2


def test_everything_can_be_reached_with_tab(tab: Tab) -> None:
    write(tab, edit=f"{EDIT}\na green circle left of a blue square")
    tab.click(chip(tab, "target", "star"))
    run(tab)
    tab.js("document.querySelector('#vxa_edit_prompt textarea').focus()")
    seen = []
    for _ in range(70):
        tab.key("Tab")
        seen.append(tab.js(f"({WHERE})(document.activeElement)"))
        if seen[-1] == "further":
            break
    wanted = ["edit", "chip", "word", "generate", "slider", "weights", "blend", "subtract", "method", "edit_kind"]
    wanted += ["steps", "seed", "guidance", "viewer", "handle", "tokens", "maps_before", "save", "further"]
    assert set(wanted) <= set(seen), seen
    places = [seen.index(name) for name in ("edit", "chip", "generate", "weights", "handle", "save")]
    assert places == sorted(places)


@pytest.mark.parametrize(("name", "width", "height"), [("light", 1280, 900), ("dark", 1280, 900), ("phone", 390, 844)])
def test_it_fits_the_screen_in_light_and_dark(
    tab: Tab, url: str, picture_file: Path, name: str, width: int, height: int
) -> None:
    tab.look(width, height, is_dark=name == "dark", is_phone=name == "phone")
    open_edit(tab, url)
    drop(tab, picture_file)
    write(tab, edit="a red star left of a large blue square")
    tab.click(chip(tab, "target", "star"))
    run(tab)
    assert tab.js("document.documentElement.scrollWidth <= window.innerWidth && window.innerWidth") == width
    keep(tab, name)
