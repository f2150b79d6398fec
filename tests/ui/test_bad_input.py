"""Whatever a user gets wrong is one clear line in the tab, and nothing shown before is lost."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from tests.ui.desk import PROMPT, Desk, redraw, run, small_picture
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.core.errors import HostError, PictureError
from vxa.engine.host import Host
from vxa.hosts.memory import RandomHost
from vxa.ui.actions import UNCHANGED, Actions
from vxa.ui.form import JobForm
from vxa.ui.place import StandalonePlace

TOKENS = {
    "99": "a token index from 0 to 76",
    "a1": "a word of the prompt",
    "-1": "non-negative token index",
    "1,,2": "",
    "3-1": "range",
    "1.5": "",
    "1 3": "",
    ",": "",
    "dog": "circle = 3",
    "red square": "red = 2",
}


def refused(status: str) -> str:
    assert "vxa-error" in status and "Expected " in status and "Traceback" not in status
    return status


@pytest.mark.parametrize("tokens", TOKENS)
def test_tokens_that_the_prompt_does_not_have(tab: Desk, picture: Image.Image, tokens: str) -> None:
    before, _ = run(tab, picture)
    if tokens == "1,,2":
        view, _ = run(tab, picture, tokens=tokens)
        assert [word["indices"] for word in json.loads(view)["words"]] == [[1], [2]], "an empty piece is no mistake"
        return
    for act in (lambda: run(tab, picture, tokens=tokens), lambda: redraw(tab, tokens=tokens)):
        view, status = act()
        assert view == UNCHANGED
        assert TOKENS[tokens] in refused(status)
    chips = json.loads(tab.actions.read_tokens(PROMPT, tokens))
    assert TOKENS[tokens] in chips["error"] and chips["chips"]
    assert run(tab, picture)[0] == before, "the page still works"


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"prompt": ""}, "a prompt"), ({"prompt": " \n"}, "a prompt"),
     ({"timesteps": "abc"}, "timesteps as whole numbers"),
     ({"timesteps": "5000"}, "timesteps from 0 to 999; got 5000"), ({"timesteps": ""}, "at least one timestep"),
     ({"timesteps": "nan"}, "timesteps as whole numbers"), ({"draws": None}, "draws"), ({"draws": 1000}, "draws"),
     ({"layers": "midle"}, "Did you mean middle"), ({"heads": "9"}, "heads from 0")],
)  # fmt: skip
def test_settings_that_make_no_sense(tab: Desk, picture: Image.Image, changes: dict[str, Any], said: str) -> None:
    run(tab, picture)
    shown = tab.actions._pages["page"].result
    view, status = run(tab, picture, **changes)
    assert view == UNCHANGED and said in refused(status)
    assert tab.actions._pages["page"].result is shown


def test_no_picture_and_one_that_cannot_be_read(tab: Desk) -> None:
    assert "a picture; got none" in refused(run(tab, None)[1])
    broken = PictureError("a picture", got="a damaged file", remedy="Use PNG.")
    assert "a damaged file" in refused(run(tab, broken)[1])
    assert "a damaged file" in refused(tab.actions.take_picture(broken)[3])


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "PA", "L", "1", "I;16", "CMYK"])
def test_every_kind_of_picture_will_do(tab: Desk, mode: str) -> None:
    view, _ = run(tab, small_picture(mode))
    assert (json.loads(view)["width"], json.loads(view)["height"]) == (37, 21)


@pytest.mark.parametrize("size", [(1, 1), (500, 300), (2, 700)])
def test_every_size_will_do(tab: Desk, size: tuple[int, int]) -> None:
    view, _ = run(tab, small_picture(size=size))
    assert (json.loads(view)["width"], json.loads(view)["height"]) == size


def test_a_picture_that_is_far_too_large_says_how_large_it_may_be(tab: Desk) -> None:
    status = refused(run(tab, small_picture("L", (8000, 8000)))[1])
    assert "8000 × 8000" in status and "Scale it down, for instance to 4096 × 4096" in status


def test_of_an_animation_the_first_picture_counts(tab: Desk, tmp_path: Path) -> None:
    path = tmp_path / "moving.gif"
    first, second = (small_picture(size=(8, 8)).point(lambda _, level=level: level) for level in (10, 200))
    first.save(path, save_all=True, append_images=[second])
    with Image.open(path) as moving:
        view, _ = run(tab, moving)
    assert view != UNCHANGED
    result = tab.actions._pages["page"].result
    assert result is not None and (result.picture == 10).all()


def test_a_layer_that_is_gone_after_another_checkpoint_was_loaded(
    form: JobForm[VisualizeJob], picture: Image.Image, tmp_path: Path
) -> None:
    loaded: list[Host] = [RandomHost(widths=(32, 32, 64))]
    session = Session(lambda _: loaded[-1], keeps_everything=True)
    tab = Desk(Actions(StandalonePlace(lambda: session, tmp_path), form), form)
    smaller = RandomHost(widths=(32, 64))
    kept = {site.address for site in smaller.sites.cross}
    gone = next(site.address for site in loaded[0].sites.cross if site.address not in kept)
    before, _ = run(tab, picture, layers=gone)
    loaded.append(smaller)
    status = refused(run(tab, picture, layers=gone)[1])
    assert gone in status and "all, middle" in status
    lines = tab.actions.refresh(picture, PROMPT, "")[1]["choices"]
    assert not any(str(line).startswith(gone) for line in lines)
    assert run(tab, picture, layers="middle")[0] not in (before, UNCHANGED)


def test_what_is_shown_stays_at_hand_when_another_checkpoint_was_loaded(
    form: JobForm[VisualizeJob], picture: Image.Image, tmp_path: Path
) -> None:
    loaded: list[Host] = [RandomHost(0)]
    session = Session(lambda _: loaded[-1], keeps_everything=True)
    tab = Desk(Actions(StandalonePlace(lambda: session, tmp_path), form), form)
    run(tab, picture)
    loaded.append(RandomHost(1))
    view, status = redraw(tab, tokens="square")
    assert [word["text"] for word in json.loads(view)["words"]] == ["square"] and "from the cache" in status
    result = tab.actions._pages["page"].result
    assert result is not None and result.recording.model.hash == loaded[0].info.hash


def test_a_model_that_is_not_loaded(form: JobForm[VisualizeJob], picture: Image.Image, tmp_path: Path) -> None:
    def absent(model: str) -> Host:
        raise HostError("a checkpoint", got="none", remedy="Choose one at the top of the page.")

    tab = Desk(Actions(StandalonePlace(lambda: Session(absent), tmp_path), form), form)
    assert "Choose one" in refused(run(tab, picture)[1])
    assert "Choose one" in refused(tab.actions.wake(picture, PROMPT, "")[2])
    assert "Choose one" in refused(tab.actions.take_picture(picture)[3])
    assert "Choose one" in json.loads(tab.actions.refresh(picture, PROMPT, "")[0])["error"]


def test_two_browsers_at_once_each_get_their_own(tab: Desk) -> None:
    shown: dict[str, tuple[Any, Any]] = {}

    def use(page: str, width: int, tokens: str) -> None:
        shown[page] = run(tab, small_picture(size=(width, 24)), page, tokens=tokens)

    both = [threading.Thread(target=use, args=each) for each in (("one", 24, "circle"), ("other", 40, "square, red"))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(60)
    one, other = (json.loads(shown[page][0]) for page in ("one", "other"))
    assert (one["width"], [word["text"] for word in one["words"]]) == (24, ["circle"])
    assert (other["width"], [word["text"] for word in other["words"]]) == (40, ["square", "red"])
    assert "“circle”" in redraw(tab, "one", opacity=0.1)[1] and "“square”" in redraw(tab, "other", tokens="square")[1]


def test_thirty_quick_clicks_are_thirty_answers(tab: Desk, picture: Image.Image) -> None:
    answers: list[Any] = []
    clicks = [threading.Thread(target=lambda: answers.append(run(tab, picture))) for _ in range(30)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join(60)
    assert len(answers) == 30 and all("vxa-done" in status for _, status in answers)
    assert sum("from the cache" not in status for _, status in answers) == 1, "the model ran once"
    assert not tab.actions._pages["page"].runs


@pytest.mark.parametrize(
    "look", ["{", '{"word": 7}', '{"word": -1}', '{"mode": "x"}', '{"threshold": 7}', '{"feather": 1e9}', '{"a": 1}']
)
def test_a_viewer_that_says_nonsense_hands_nothing_over(tab: Desk, picture: Image.Image, look: str) -> None:
    run(tab, picture)
    assert "vxa-error" in tab.actions.save("page", look)[1]
    steps = tab.actions.prepare("page", look)
    *filled, status = next(steps)
    assert filled == [UNCHANGED] * 6 and refused(status)
    with pytest.raises(gr.Error, match="Expected"):
        next(steps)
