from __future__ import annotations

import base64
import dataclasses
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vxa.app.api import load_picture
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.studio import Studio
from vxa.app.session import Session
from vxa.core.errors import SelectionError
from vxa.engine.host import Host
from vxa.ui.edit_view import drawn_again, edit_view, invert_view, maps_view

JOB = EditJob(prompt="a red circle", edit="a red star\na large red circle", steps=2, seed=1)
LOOKS = {"preset": "daam", "colormap": "turbo", "opacity": 0.6}


@pytest.fixture(scope="module")
def studio(host: Host) -> Studio:
    return Studio(Session(lambda _: host), keeps_everything=True)


@pytest.fixture(scope="module")
def drawn(studio: Studio) -> EditResult:
    return studio.edit(JOB)


def pixels(url: str) -> np.ndarray:
    kind, data = url.split(",", 1)
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def by_name(view: Mapping[str, Any]) -> dict[str, Any]:
    return {picture["name"]: picture for picture in view["pictures"]}


def test_pictures_arrive_as_they_were_drawn(drawn: EditResult) -> None:
    view = edit_view(drawn)
    found = by_name(view)
    assert list(found) == ["source", "edit 1", "edit 2"] and view["right"] == 1
    assert (pixels(found["source"]["url"]) == drawn.source).all()
    assert (pixels(found["edit 2"]["url"]) == drawn.edits[1]).all()
    assert [found[name]["text"] for name in ("edit 1", "edit 2")] == [
        "a red star (replace)",
        "a large red circle (refine)",
    ]
    assert view["words"] == ["a", "red", "circle", "star", "large"]
    assert view["again"] is None


def test_maps_of_a_word_are_of_the_pictures_that_have_it(drawn: EditResult) -> None:
    view = maps_view(drawn, "circle", LOOKS)
    assert set(view["maps"]) == {"source", "edit 2"}
    look = dict(drawn.looks("circle"))["edit 2"]
    assert (pixels(view["maps"]["edit 2"]) == np.asarray(look.draw(look.words[0], "heat").convert("RGB"))).all()


def test_colours_of_now_are_drawn_not_those_of_the_job(drawn: EditResult) -> None:
    bare = maps_view(drawn, "circle", {**LOOKS, "opacity": 0.0})
    assert np.abs(pixels(bare["maps"]["source"]).astype(int) - drawn.source).max() <= 1


def test_a_word_of_no_prompt_has_no_maps(drawn: EditResult) -> None:
    with pytest.raises(SelectionError):
        maps_view(drawn, "dog", LOOKS)


def test_a_given_picture_stands_beside_itself_drawn_again(studio: Studio, picture: Image.Image) -> None:
    given = load_picture(picture)
    job = EditJob(prompt="a red circle", edit="a red star", steps=2)
    assert job.invert_job is not None
    found = studio.invert(job.invert_job, given)
    view = invert_view(found)
    assert list(by_name(view)) == ["source", "again", "encoded"] and view["right"] == 1
    assert (pixels(view["pictures"][0]["url"]) == given).all()
    assert view["again"]["error"] == pytest.approx(found.inversion.error, abs=0.06)
    edited = edit_view(studio.edit(job, given))
    assert list(by_name(edited)) == ["source", "again", "edit"] and edited["right"] == 2


@pytest.mark.parametrize(
    ("off", "said", "is_good"),
    [(0, "as good as", True), (4, "as good as", True), (6, "close", False), (40, "far off", False)],
)
def test_the_verdict_follows_what_is_lost(studio: Studio, off: int, said: str, is_good: bool) -> None:
    grey = np.full((32, 32, 3), 128, np.uint8)
    job = EditJob(prompt="a red circle", edit="a red star", steps=1).invert_job
    assert job is not None
    found = studio.invert(job, grey).inversion
    again = drawn_again(dataclasses.replace(found, reconstruction=grey + np.uint8(off), encoded=grey + np.uint8(4)))
    assert said in again["verdict"] and again["isGood"] is is_good
    assert again["encoder"] == 36.1 and (again["error"] is None) is (off == 0), "JSON knows no infinity"
