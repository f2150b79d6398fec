from __future__ import annotations

import base64
import dataclasses
from typing import Any

import numpy as np
import pytest

from tests.made_vectors import make_vectors
from vxa.app.diagnosis import PRESET, Diagnosis
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.studio import Studio
from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.session import Session
from vxa.core.head_layers import SD1_LAYERS
from vxa.engine.host import Host
from vxa.ui.heads_view import diagnosis_view, lens_view, outcome_view, vectors_view


def unpacked(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def pictures(view: dict[str, Any]) -> dict[str, str]:
    """What each picture is shown beside, by name."""
    return {picture["name"]: picture["beside"] for picture in view["pictures"]}


def test_vectors_arrive_as_they_are() -> None:
    vectors = make_vectors(SD1_LAYERS)
    view = vectors_view(vectors, SD1_LAYERS)
    np.testing.assert_array_equal(unpacked(view["vectors"], "<f4").reshape(3, 128), vectors.vectors_nh)
    np.testing.assert_array_equal(unpacked(view["order"], "<u2").reshape(3, 128)[1], vectors.order("shape"))
    np.testing.assert_allclose(unpacked(view["cosines"], "<f4").reshape(3, 3), vectors.concept_cosines(), rtol=1e-6)
    assert view["layers"][6] == {"address": "mid.0.0.cross", "heads": 8}
    assert view["names"][127] == "up, layer: 8, head: 7" and view["steps"] == "" and view["note"] == ""


def test_steps_are_compared_where_they_are_known() -> None:
    vectors = make_vectors(SD1_LAYERS)
    known = dataclasses.replace(vectors, steps_snh=np.stack([vectors.vectors_nh, 2 * vectors.vectors_nh]))
    np.testing.assert_allclose(unpacked(vectors_view(known, SD1_LAYERS)["steps"], "<f4"), np.ones(4), rtol=1e-6)


def test_vectors_of_another_model_are_shown_with_a_note(host: Host) -> None:
    view = vectors_view(make_vectors(SD1_LAYERS), host.sites.head_layers)
    assert "128 heads" in view["note"] and view["vectors"]


@pytest.mark.parametrize(
    ("lens", "said"), [("0-1", "heads 0-1"), ("3", "head 3"), ("0, 2, 4, 6, 8, 10, 12, 14", "these heads")]
)
def test_each_word_is_shown_beside_what_all_heads_see(session: Session, lens: str, said: str) -> None:
    job = GenerateJob(prompt="a red circle", tokens="red, circle", preset="head-lens", lens=lens, steps=2)
    view = lens_view(session.generate(job))
    assert pictures(view) == {"picture": "", "red-lens": "red-all", "red-all": "",
                              "circle-lens": "circle-all", "circle-all": ""}  # fmt: skip
    titled = {picture["name"]: picture for picture in view["pictures"]}
    assert view["first"] == "red-lens" and titled["red-lens"]["title"] == f"red: {said}"
    assert titled["red-lens"]["url"] != titled["red-all"]["url"], "other heads see something else"


def test_a_word_that_stands_twice_has_two_pictures(session: Session) -> None:
    job = GenerateJob(prompt="a red red circle", tokens="2, 3", preset="head-lens", lens="1", steps=2)
    names = list(pictures(lens_view(session.generate(job))))
    assert len(names) == len(set(names)) == 5


def test_an_outcome_is_shown_beside_the_picture_without(session: Session) -> None:
    studio = Studio(session)
    job = ExciteJob(prompt="a red circle", words="circle", compare=True, steps=2, refinements=1)
    view = outcome_view(studio.excite(job), is_mended=True)
    assert pictures(view)["picture"] == "plain" and view["first"] == "picture" and view["isMended"]
    assert {each["title"] for each in view["pictures"]} >= {"Excited", "Plain"}
    alone = outcome_view(studio.excite(dataclasses.replace(job, compare=False)))
    assert pictures(alone)["picture"] == "" and not alone["isMended"]


def test_a_diagnosis_is_numbers_for_bars_and_a_map_a_word(session: Session) -> None:
    job = GenerateJob(prompt="a red circle", tokens="red, circle", preset=PRESET, steps=2)
    diagnosis = Diagnosis(session.generate(job))
    view = diagnosis_view(diagnosis)
    assert list(pictures(view)) == ["picture", "red-heat", "circle-heat"]
    assert [(each["word"], each["other"]) for each in view["words"]] == [("red", "circle"), ("circle", "red")]
    assert [each["isWeak"] for each in view["words"]] == [each.peak < 0.5 for each in diagnosis.words]
    assert view["weak"] == ", ".join(diagnosis.weak)


@pytest.mark.parametrize("is_given", [False, True])
def test_a_diagnosis_says_whether_its_picture_was_given(session: Session, *, is_given: bool) -> None:
    settings: dict[str, Any] = {"prompt": "a red circle", "tokens": "circle", "preset": PRESET}
    if is_given:
        look = VisualizeJob(**settings, draws=1)
        result = session.visualize(look, np.zeros((48, 64, 3), np.uint8))
    else:
        result = session.generate(GenerateJob(**settings, steps=2))
    assert diagnosis_view(Diagnosis(result))["isGiven"] is is_given
