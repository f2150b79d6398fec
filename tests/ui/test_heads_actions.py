"""Handlers of the Heads tab, with a small random model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from tests.made_vectors import make_vectors
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.excite_result import ExciteResult
from vxa.app.heads.files import save_vectors
from vxa.app.jobs import VisualizeJob
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.core.errors import ConfigError, PictureError
from vxa.engine.host import Host
from vxa.ui.compat import UNCHANGED
from vxa.ui.heads_actions import HeadsActions
from vxa.ui.heads_forms import HeadsForms
from vxa.ui.heads_panels import UsesPanel, VectorsPanel
from vxa.ui.place import StandalonePlace

PROMPT = "a red circle"


@dataclass
class Desk:
    actions: HeadsActions
    forms: HeadsForms
    vectors: str

    def values(self, form: str, **changes: Any) -> list[Any]:
        steps = {} if form == "excite" else {"steps": 2}
        asked = {"prompt": PROMPT, "vectors": self.vectors, **steps, **changes}
        return getattr(self.forms, form).values(**asked)

    def see(self, picture: Any = None, **changes: Any) -> list[tuple[Any, Any]]:
        asked = {"tokens": "circle", "lens": "color", **changes}
        return list(self.actions.see("page", picture, *self.values("see", **asked)))

    def diagnose(self, picture: Any = None, **changes: Any) -> list[tuple[Any, Any]]:
        return list(self.actions.diagnose("page", picture, *self.values("draw", **changes)))

    @property
    def outcome(self) -> Any:
        return self.actions._pages["page"].outcome


@pytest.fixture(scope="module")
def file(host: Host, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_vectors(make_vectors(host.sites.head_layers), tmp_path_factory.mktemp("vectors") / "vectors.npz"))


@pytest.fixture
def desk(session: Session, file: str, tmp_path: Path) -> Desk:
    place = StandalonePlace(lambda: session, tmp_path / "out")
    forms = HeadsForms(place)
    with gr.Blocks(analytics_enabled=False):
        VectorsPanel(forms)
        UsesPanel(forms, place)
    return Desk(HeadsActions(place, forms), forms, file)


def test_a_picture_is_drawn_and_seen_through_heads(desk: Desk) -> None:
    view, status = desk.see()[-1]
    assert [each["name"] for each in json.loads(view)["pictures"]] == ["picture", "circle-lens", "circle-all"]
    assert "vxa-done" in status and desk.outcome.job.lens == "color"


def test_a_given_picture_is_looked_at(desk: Desk, picture: Image.Image) -> None:
    view, _ = desk.see(picture)[-1]
    assert json.loads(view)["first"] == "circle-lens" and isinstance(desk.outcome.job, VisualizeJob)
    assert desk.outcome.picture.shape == (48, 64, 3)
    *_, (view, status) = desk.see(PictureError("a picture", got="a damaged file"))
    assert view == UNCHANGED and "damaged" in status


def test_other_heads_need_no_model(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = desk.values("see", tokens="circle", lens="0-3")
    assert desk.actions.relook("page", *asked) == (UNCHANGED, UNCHANGED), "nothing is shown yet"
    first, _ = desk.see()[-1]
    monkeypatch.setattr(Session, "host", lambda *_: pytest.fail("the model was asked for"))
    view, status = desk.actions.relook("page", *asked)
    assert json.loads(view)["pictures"][1] != json.loads(first)["pictures"][1] and "vxa-done" in status
    view, wrong = desk.actions.relook("page", *desk.values("see", tokens="circle", lens="900"))
    assert view == UNCHANGED and "heads from 0 to" in wrong
    assert desk.actions.relook("page", *asked) == (UNCHANGED, status), "what is shown is right again"


def test_words_are_diagnosed(desk: Desk, picture: Image.Image) -> None:
    for given in (None, picture):
        view, status = desk.diagnose(given)[-1]
        assert [each["word"] for each in json.loads(view)["words"]] == ["red", "circle"]
        assert "vxa-done" in status and isinstance(desk.outcome, Result)


def test_a_diagnosis_needs_no_vectors(desk: Desk) -> None:
    assert "vxa-done" in desk.diagnose(vectors="auto")[-1][1]


@pytest.mark.parametrize(("how", "kind"), [("excite", ExciteResult), ("reweight", EditResult)])
def test_what_was_diagnosed_is_mended_whatever_is_typed_by_now(desk: Desk, how: str, kind: type) -> None:
    (*_, (_, status)) = desk.actions.mend("page", f"{how}:circle")
    assert "Press Diagnose first" in status
    desk.diagnose(seed=5)
    *_, (view, status) = desk.actions.mend("page", f"{how}:red, circle")
    assert "vxa-done" in status, status
    assert isinstance(desk.outcome, kind) and (desk.outcome.job.seed, desk.outcome.job.steps) == (5, 2)
    besides = {each["beside"] for each in json.loads(view)["pictures"]}
    assert json.loads(view)["isMended"] and {"plain", "source"} & besides


@pytest.mark.parametrize(
    ("way", "asked", "said"),
    [
        ("adjust", {"adjust": "circle=color not shape"}, "as color"),
        ("excite", {"words": "circle", "steps": 2, "refinements": 1}, "“circle”"),
        ("excite", {"words": "circle", "concepts": "circle=shape", "steps": 2, "refinements": 1}, "“circle”"),
    ],
)
def test_jobs_run_with_their_own_forms(desk: Desk, way: str, asked: dict[str, Any], said: str) -> None:
    *_, (view, status) = getattr(desk.actions, way)("page", *desk.values(way, **asked))
    assert "vxa-done" in status and said in status, status
    assert json.loads(view)["first"] == "picture"


@pytest.mark.parametrize(
    ("way", "asked", "said"),
    [
        ("weaken", {"concept": "color"}, "a CLIP model to score"),
        ("weaken", {"concept": "taste"}, "There are: color, shape, size"),
        ("adjust", {"adjust": "rose=color not shape"}, "rose"),
        ("adjust", {"adjust": ""}, "rose=color not shape"),
        ("excite", {"words": "star"}, "star"),
        ("excite", {"words": "circle", "vectors": "auto", "concepts": "circle=shape"}, "vxa heads compute"),
    ],
)
def test_mistakes_say_what_to_do_and_lose_nothing(desk: Desk, way: str, asked: dict[str, Any], said: str) -> None:
    desk.see()
    before = desk.outcome
    *_, (view, status) = getattr(desk.actions, way)("page", *desk.values(way, **asked))
    assert view == UNCHANGED and "vxa-error" in status and said in status, status
    assert desk.outcome is before


def test_an_interrupted_run_leaves_what_was_shown(desk: Desk) -> None:
    desk.see()
    before = desk.outcome
    steps = desk.actions.diagnose("page", None, *desk.values("draw", steps=500))
    for _, status in steps:
        if "of 500" in status:
            break
    desk.actions.interrupt("page")
    *_, stopping, last = [status for _, status in steps]
    assert "Stopping" in stopping and "Interrupted" in last and desk.outcome is before


def test_everything_that_is_shown_can_be_saved_and_handed_on(desk: Desk, tmp_path: Path) -> None:
    assert "Run something first" in desk.actions.save("page")[1]
    with pytest.raises(ConfigError, match="a result"):
        desk.actions.shown_picture("page")
    desk.see()
    files, status = desk.actions.save("page")
    assert "Saved" in status and any("circle-heat" in name for name in files["value"])
    assert desk.actions.shown_picture("page")[1] == PROMPT
    list(desk.actions.adjust("page", *desk.values("adjust", adjust="circle=color not shape")))
    files, _ = desk.actions.save("page")
    assert any(name.endswith("sheet.png") for name in files["value"])
    assert desk.actions.shown_picture("page")[0].shape[2] == 3
