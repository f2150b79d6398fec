from __future__ import annotations

import dataclasses
import json
import threading
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from tests.ui.desk import PROMPT, QUICK, Desk, redraw, run
from vxa.app.hand_over import HandOver
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.core.errors import HostError
from vxa.engine.host import Host
from vxa.ui.actions import UNCHANGED, Actions
from vxa.ui.form import AUTO, JobForm
from vxa.ui.place import StandalonePlace


@pytest.fixture
def actions(tab: Desk) -> Actions:
    return tab.actions


def count_calls(host: Host, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    predict = host._predict

    def counted(*arguments: Any) -> Any:
        calls.append(1)
        return predict(*arguments)

    monkeypatch.setattr(host, "_predict", counted)
    return calls


def test_a_run_shows_the_words_and_says_what_was_used(tab: Desk, picture: Image.Image) -> None:
    view, status = run(tab, picture)
    assert [word["text"] for word in json.loads(view)["words"]] == ["circle"]
    assert "“circle” = token 3" in status and "1 draw" in status
    names = [name for _, name in tab.actions.draw_gallery("page")]
    assert names == ["circle-heat", "circle-mask", "circle-grey", "sheet"]
    assert tab.actions.draw_gallery("page") == UNCHANGED, "drawn once"


def test_progress_is_told_on_the_way(tab: Desk, picture: Image.Image) -> None:
    told = [status for _, status in tab.actions.run("page", picture, *tab.form.values(**{**QUICK, "draws": 6}))]
    assert any("6 of 6" in status for status in told)
    assert "vxa-busy" in told[0] and "vxa-done" in told[-1]


@pytest.mark.parametrize(
    "changes",
    [{"tokens": "square, red"}, {"tokens": ""}, {"layers": "middle · 1 layer"}, {"layers": "all"}, {"preset": "vxa"},
     {"heads": "0"}, {"tokens": "1-3", "combine": True}],
)  # fmt: skip
def test_other_tokens_layers_and_heads_show_at_once_without_the_model(
    tab: Desk, picture: Image.Image, host: Host, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    before, _ = run(tab, picture)
    calls = count_calls(host, monkeypatch)
    view, status = redraw(tab, **changes)
    assert not calls
    assert "from the cache" in status
    assert json.loads(view)["words"] != json.loads(before)["words"]


@pytest.mark.parametrize(
    "changes",
    [{"colormap": "magma"}, {"opacity": 0.1}, {"threshold": 0.2, "threshold" + AUTO: False}, {"modes": ["threshold"]}],
)
def test_other_looks_redraw_the_pictures_and_leave_the_viewer_to_the_browser(
    tab: Desk, picture: Image.Image, changes: dict[str, Any]
) -> None:
    run(tab, picture, modes=["heat", "threshold"])
    before = tab.actions.draw_gallery("page")
    view, status = redraw(tab, **{"modes": ["heat", "threshold"], **changes})
    assert view == UNCHANGED
    assert "from the cache" in status
    after = tab.actions.draw_gallery("page")
    assert [name for _, name in before] != [name for _, name in after] or any(
        one.tobytes() != other.tobytes() for (one, _), (other, _) in zip(before, after, strict=True)
    )


def test_what_needs_the_model_waits_for_the_button(
    tab: Desk, picture: Image.Image, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tab, picture)
    calls = count_calls(host, monkeypatch)
    view, status = redraw(tab, draws=2)
    assert view == UNCHANGED and "press Visualize" in status and not calls
    assert redraw(tab, page="another page") == (UNCHANGED, UNCHANGED)


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"tokens": "dog"}, "a word of the prompt"), ({"tokens": "99"}, "a token index"), ({"prompt": ""}, "a prompt"),
     ({"timesteps": "abc"}, "timesteps"), ({"layers": "midle"}, "middle"), ({"heads": "77"}, "head"),
     ({"modes": []}, "mode")],
)  # fmt: skip
def test_a_mistake_is_said_in_the_status_line(
    tab: Desk, picture: Image.Image, changes: dict[str, Any], said: str
) -> None:
    view, status = run(tab, picture, **changes)
    assert view == UNCHANGED
    assert "vxa-error" in status and said in status


def test_no_picture_is_said(tab: Desk) -> None:
    _, status = run(tab, None)
    assert "a picture; got none" in status


def test_a_model_that_is_gone_is_said(form: JobForm[VisualizeJob], tmp_path: Path) -> None:
    def load(model: str) -> Host:
        raise HostError("a model", got="nothing")

    actions = Actions(StandalonePlace(lambda: Session(load), tmp_path), form)
    assert "got nothing" in actions.wake(None, "", "")[2]
    assert "got nothing" in actions.take_picture(Image.new("RGB", (8, 8)))[3]
    answer = json.loads(actions.read_tokens("a", "b"))
    assert "got nothing" in answer["error"] and answer["typed"] == ["a", "b"]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_any_picture_will_do(tab: Desk, mode: str) -> None:
    view, _ = run(tab, Image.new(mode, (37, 21)))
    assert (json.loads(view)["width"], json.loads(view)["height"]) == (37, 21)


def test_waking_fills_chips_and_layers(actions: Actions, host: Host, picture: Image.Image) -> None:
    chips, layers, status = actions.wake(picture, PROMPT, "circle")
    assert json.loads(chips)["parts"] == [{"text": "circle", "indices": [3]}]
    assert len([line for line in layers["choices"] if ".cross" in str(line)]) == len(host.sites.cross)
    assert host.info.name in status


def test_a_dropped_result_brings_its_prompt(tab: Desk, picture: Image.Image, tmp_path: Path) -> None:
    run(tab, picture)
    tab.actions.save("page", "")
    saved = next((tmp_path / "out").rglob("source.png"))
    with Image.open(saved) as image:
        prompt, tokens, _, status = tab.actions.take_picture(image)
    assert (prompt, tokens) == (PROMPT, "circle")
    assert "carries its prompt" in status and "48×64" in status


def test_a_plain_picture_leaves_the_prompt_alone(actions: Actions, picture: Image.Image) -> None:
    prompt, tokens, layers, status = actions.take_picture(picture)
    assert prompt == tokens == UNCHANGED
    assert "48×64" in status
    assert any("3×4" in str(line) or "6×8" in str(line) for line in layers["choices"])
    assert "Drop a picture" in actions.take_picture(None)[3]


def test_saving_writes_what_is_shown(tab: Desk, picture: Image.Image) -> None:
    run(tab, picture)
    redraw(tab, tokens="square")
    files, status = tab.actions.save("page", "")
    names = {Path(path).name for path in files["value"]}
    assert {"square-heat.png", "sheet.png", "source.png", "job.json", "maps.npz", "square-inpaint.png"} <= names
    assert str(Path(files["value"][0]).parent) in status


def test_saving_nothing_is_said(actions: Actions) -> None:
    files, status = actions.save("page", "")
    assert files == UNCHANGED and "Press Visualize first" in status


def test_saving_where_nothing_can_be_written_is_said(
    session: Session, form: JobForm[VisualizeJob], picture: Image.Image, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    tab = Desk(Actions(StandalonePlace(lambda: session, in_the_way), form), form)
    run(tab, picture)
    _, status = tab.actions.save("page", "")
    assert "vxa-error" in status


def test_interrupt_stops_the_run_of_its_page_alone(tab: Desk, picture: Image.Image, host: Host, monkeypatch) -> None:
    is_called, may_go_on = threading.Event(), threading.Event()
    predict = host._predict

    def slow(*arguments: Any) -> Any:
        is_called.set()
        assert may_go_on.wait(20)
        return predict(*arguments)

    monkeypatch.setattr(host, "_predict", slow)
    steps = tab.actions.run("page", picture, *tab.form.values(**{**QUICK, "draws": 64}))
    assert "vxa-busy" in next(steps)[1]
    rest: list[Any] = []
    follower = threading.Thread(target=lambda: rest.extend(steps))
    follower.start()
    assert is_called.wait(20)
    tab.actions.interrupt("another page")
    tab.actions.interrupt("page")
    may_go_on.set()
    follower.join(20)
    assert "Stopping" in rest[-2][1] and "Interrupted" in rest[-1][1]
    assert not any("64 of 64" in status for _, status in rest)
    tab.actions.interrupt("page")
    monkeypatch.undo()
    assert "vxa-done" in run(tab, picture)[1], "the next run works"


def test_a_page_that_goes_away_stops_its_run(tab: Desk, picture: Image.Image) -> None:
    steps = tab.actions.run("page", picture, *tab.form.values(**{**QUICK, "draws": 64}))
    next(steps)
    next(steps)
    (work,) = tab.actions._pages["page"].runs
    steps.close()
    assert not tab.actions._pages["page"].runs
    assert work._is_stopped


def test_old_pages_are_forgotten(actions: Actions) -> None:
    for number in range(100):
        actions.interrupt(f"page {number}")
    assert len(actions._pages) <= 8


def test_what_is_handed_over_is_what_the_viewer_shows(tab: Desk, picture: Image.Image) -> None:
    run(tab, picture, tokens="circle, blue square")
    look = HandOver(word=1, mode="grey", threshold=0.5, feather=2, invert=True)
    (step,) = tab.actions.prepare("page", json.dumps(dataclasses.asdict(look)))
    source, overlay, mask, prompt, tokens, name, status = step
    result = tab.actions._pages["page"].result
    assert result is not None and source.size == overlay.size == mask.size == picture.size
    assert overlay.tobytes() == look.overlay(result).tobytes() and mask.tobytes() == look.mask(result).tobytes()
    assert (prompt, tokens, name, status) == (PROMPT, "circle, blue square", "blue_square", UNCHANGED)


def test_handing_over_nothing_is_said_and_stops_what_follows(actions: Actions) -> None:
    steps = actions.prepare("page", "")
    assert "Press Visualize first" in next(steps)[-1]
    with pytest.raises(gr.Error, match="Press Visualize first"):
        next(steps)


def test_a_layer_that_was_not_recorded_waits_for_the_button(
    host: Host, form: JobForm[VisualizeJob], picture: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frugal = Session(lambda _: host)
    tab = Desk(Actions(StandalonePlace(lambda: frugal, tmp_path), form), form)
    run(tab, picture, preset="vxa")
    calls = count_calls(host, monkeypatch)
    view, status = redraw(tab, preset="vxa", layers="all")
    assert view == UNCHANGED and "press Visualize" in status and not calls
