from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.ui.forms import full_form
from tests.ui.test_paint_layers import mask_url, sent
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.paint_result import PaintResult
from vxa.app.replay import replay
from vxa.app.session import Session
from vxa.core.errors import HostError
from vxa.engine.host import Host
from vxa.ui.compat import UNCHANGED
from vxa.ui.form import JobForm
from vxa.ui.paint_actions import PaintActions
from vxa.ui.place import StandalonePlace

PROMPT = "a red circle left of a blue square"
PAGE = "page"


@pytest.fixture(scope="module")
def paint_form() -> JobForm[PaintJob]:
    return full_form(PaintJob)


@pytest.fixture
def actions(session: Session, paint_form: JobForm[PaintJob], tmp_path: Path) -> PaintActions:
    return PaintActions(StandalonePlace(lambda: session, tmp_path / "out"), paint_form)


@pytest.fixture
def side(host: Host) -> tuple[int, int]:
    return host.info.sample.height, host.info.sample.width


def painted(size: tuple[int, int], *words: str, chosen: str | None = None) -> str:
    """The left half for the first word, the right one for the second."""
    layers = []
    for place, word in enumerate(words):
        mask_yx = np.zeros(size, np.uint8)
        half = size[1] // 2
        mask_yx[:, place * half : (place + 1) * half] = 255
        layers.append({"word": word, "mask": mask_url(mask_yx)})
    return sent(*layers, chosen=chosen)


def values(form: JobForm[PaintJob], **changes: Any) -> list[Any]:
    return form.values(**{"prompt": PROMPT, "steps": 2, **changes})


def run(actions: PaintActions, layers: str, form: JobForm[PaintJob], **more: Any) -> tuple[Any, str]:
    picture, files = more.pop("picture", None), more.pop("files", None)
    *_, last = actions.run(PAGE, layers, picture, files, *values(form, **more))
    return last


def test_a_run_shows_the_picture_and_each_words_map(
    actions: PaintActions, paint_form: JobForm[PaintJob], side: tuple[int, int]
) -> None:
    told = list(actions.run(PAGE, painted(side, "circle", "blue square"), None, None, *values(paint_form)))
    view = json.loads(told[-1][0])
    assert [word["word"] for word in view["words"]] == ["circle", "blue square"]
    assert "inside" in told[-1][1] and "vxa-done" in told[-1][1]
    assert any("2 of 2" in status for _, status in told), "progress is told"


def test_a_given_picture_decides_the_size(
    actions: PaintActions, paint_form: JobForm[PaintJob], picture: Image.Image
) -> None:
    view, _ = run(actions, painted((48, 64), "circle"), paint_form, picture=picture, height=64, compare=True)
    shown = json.loads(view)
    assert (shown["height"], shown["width"]) == (48, 64)
    assert shown["pictures"]["begun"] and shown["pictures"]["plain"]


def test_a_mask_file_needs_no_canvas(
    actions: PaintActions, paint_form: JobForm[PaintJob], side: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "mask.png"
    Image.new("L", (side[1], side[0]), 255).save(path)
    view, _ = run(actions, "", paint_form, files=[str(path)], words="square", strengths="square=2")
    assert [word["word"] for word in json.loads(view)["words"]] == ["square"]


@pytest.mark.parametrize(
    ("words", "changes", "said"),
    [((), {}, "something painted"), (("dog",), {}, "a word of the prompt"), (("circle",), {"prompt": ""}, "a prompt"),
     (("circle",), {"start": 0.5, "end": 0.1}, "window"), (("circle",), {"levels": "0"}, "inject1 to inject8"),
     (("circle",), {"height": 13}, "multiples of"), (("circle",), {"words": "square"}, "a word for each of 0"),
     (("circle",), {"height": 128}, "masks of 128")],
)  # fmt: skip
def test_a_mistake_is_said_and_nothing_is_lost(
    actions: PaintActions, paint_form: JobForm[PaintJob], side: tuple[int, int],
    words: tuple[str, ...], changes: dict[str, Any], said: str,
) -> None:  # fmt: skip
    run(actions, painted(side, "circle"), paint_form)
    before = actions.paint_on(PAGE)[0]
    view, status = run(actions, painted(side, *words), paint_form, **changes)
    assert view == UNCHANGED
    assert "vxa-error" in status and said in status
    assert actions.paint_on(PAGE)[0] == before


def test_an_interrupt_ends_the_run(actions: PaintActions, paint_form: JobForm[PaintJob], side: tuple[int, int]) -> None:
    said = []
    going = actions.run(PAGE, painted(side, "circle"), None, None, *values(paint_form, steps=50))
    for _, status in going:
        said.append(status)
        if "of 50" in status:
            actions.interrupt(PAGE)
    assert "Stopping" in "".join(said[:-1]) and "Interrupted" in said[-1]


@pytest.mark.parametrize("has_picture", [True, False])
def test_a_word_gives_its_map_to_begin_with(
    actions: PaintActions, paint_form: JobForm[PaintJob], picture: Image.Image, has_picture: bool
) -> None:
    given = picture if has_picture else None
    *_, (data, status) = actions.find_map(PAGE, sent(chosen="circle"), given, *values(paint_form))
    found = json.loads(data)
    assert found["word"] == "circle" and 0 < found["threshold"] < 1
    assert bool(found["picture"]) is not has_picture, "what was drawn for it is shown under the layers"
    assert "“circle” = token 3" in status
    *_, (again, _) = actions.find_map(PAGE, sent(chosen="circle"), given, *values(paint_form))
    assert again != data, "the browser must see that it is another answer"


def test_the_plain_picture_of_a_map_is_the_one_without_painting(
    actions: PaintActions, paint_form: JobForm[PaintJob], side: tuple[int, int]
) -> None:
    same: dict[str, Any] = {"seed": 5, "guidance": 3, "negative": "a square", "scheduler": "euler"}
    *_, (data, _) = actions.find_map(PAGE, sent(chosen="circle"), None, *values(paint_form, **same))
    view, _ = run(actions, painted(side, "circle"), paint_form, compare=True, **same)
    assert json.loads(data)["picture"] == json.loads(view)["pictures"]["plain"]


def test_without_a_chosen_word_there_is_no_map(actions: PaintActions, paint_form: JobForm[PaintJob]) -> None:
    *_, (data, status) = actions.find_map(PAGE, sent(), None, *values(paint_form))
    assert data == UNCHANGED and "Click a word" in status


def test_a_preview_shows_each_level_without_the_model(
    actions: PaintActions, paint_form: JobForm[PaintJob], side: tuple[int, int], host: Host,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(host, "_predict", lambda *_: pytest.fail("the model was run"))
    sheets = {}
    for method in ("pww-std", "inject1"):
        update, status = actions.preview(PAGE, painted(side, "circle"), None, None, *values(paint_form, method=method))
        sheets[method] = update["value"].size
        assert "receive what was painted" in status
    assert sheets["inject1"][0] < sheets["pww-std"][0], "one level, not all"
    update, status = actions.preview(PAGE, sent(), None, None, *values(paint_form))
    assert update == UNCHANGED and "something painted" in status


def test_words_and_lost_layers_are_listed(actions: PaintActions, paint_form: JobForm[PaintJob]) -> None:
    layers = json.dumps([{"word": "circle", "text": "circle"}, {"word": "dog", "text": "dog"}])
    answer = json.loads(actions.read_words(PAGE, layers, *values(paint_form)))
    assert [word["text"] for word in answer["words"]] == PROMPT.split()
    assert answer["missing"] == ["dog"]


def test_the_canvas_follows_picture_and_size(
    actions: PaintActions, paint_form: JobForm[PaintJob], picture: Image.Image, side: tuple[int, int]
) -> None:
    def sizes(*answer: Any) -> tuple[int, int, bool]:
        data = json.loads(answer[0])
        return data["height"], data["width"], bool(data["picture"])

    assert sizes(*actions.lay_out_canvas(None, *values(paint_form))) == (*side, False)
    assert sizes(*actions.lay_out_canvas(None, *values(paint_form, height=64, width=128))) == (64, 128, False)
    assert sizes(*actions.lay_out_canvas(picture, *values(paint_form, height=128))) == (48, 64, True)
    canvas, problem = actions.lay_out_canvas(None, *values(paint_form, width=13))
    assert canvas == UNCHANGED and "multiples of" in problem


def test_a_dropped_picture_brings_its_prompt_where_there_is_none(
    actions: PaintActions, paint_form: JobForm[PaintJob], picture: Image.Image
) -> None:
    picture.info["parameters"] = "a rose\nSteps: 20"
    prompt, canvas, status = actions.take_picture(picture, *values(paint_form, prompt=""))
    assert prompt == "a rose" and json.loads(canvas)["height"] == 48 and "48×64" in status
    prompt, _, _ = actions.take_picture(picture, *values(paint_form))
    assert prompt == UNCHANGED
    _, _, status = actions.take_picture(None, *values(paint_form))
    assert "noise" in status


def test_what_was_drawn_is_painted_on_and_saved_to_be_replayed(
    actions: PaintActions, paint_form: JobForm[PaintJob], side: tuple[int, int], host: Host
) -> None:
    assert "Press Paint picture" in actions.paint_on(PAGE)[1]
    assert "Press Paint picture" in actions.save(PAGE)[1]
    run(actions, painted(side, "circle"), paint_form, seed=3)
    picture, _ = actions.paint_on(PAGE)
    update, status = actions.save(PAGE)
    assert "Saved" in status
    files = {Path(path).name: Path(path) for path in update["value"]}
    assert {"mask-circle.png", "picture.png", "job.json"} <= set(files)
    again = replay(files["picture.png"], load=lambda _: host)
    assert not again.changed and files["mask-circle.png"] in again.same
    assert isinstance(again.result, PaintResult)
    job = again.result.plan.job
    assert (job.words, job.seed) == ("circle", 3)
    assert np.array_equal(again.result.main[1], np.asarray(picture))


def test_waking_lists_words_and_lays_out_the_canvas(
    actions: PaintActions, paint_form: JobForm[PaintJob], side: tuple[int, int]
) -> None:
    words, canvas, status = actions.wake(None, *values(paint_form))
    assert json.loads(words)["words"] and json.loads(canvas)["height"] == side[0]
    assert "ready" in status


def test_a_model_that_is_gone_is_said(paint_form: JobForm[PaintJob], tmp_path: Path, side: tuple[int, int]) -> None:
    def load(model: str) -> Host:
        raise HostError("a model", got=repr(model))

    gone = Session(load)
    actions = PaintActions(StandalonePlace(lambda: gone, tmp_path), paint_form)
    assert "a model; got" in actions.wake(None, *values(paint_form))[2]
    assert "a model; got" in run(actions, painted(side, "circle"), paint_form)[1]
    assert json.loads(actions.read_words(PAGE, "", *values(paint_form)))["error"]
