from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.http.outcomes import answer_outcome, check_shows
from vxa.app.http.wanted import Wanted, WantedSheets
from vxa.app.session import Session
from vxa.core.errors import ConfigError
from vxa.core.maps import AttentionMaps

DRAWN = {"prompt": "a red circle", "steps": 2, "height": 32, "width": 48}


@pytest.fixture
def edited(session: Session) -> EditResult:
    edits = "a green circle || a blue circle"
    return Studio(session).edit(EditJob(edit=edits, tokens="red, circle", **DRAWN))


def test_pictures_are_those_that_saving_writes(edited: EditResult, tmp_path: Path) -> None:
    edited.save(tmp_path / "out")
    told = answer_outcome(edited, Wanted())
    assert json.loads(json.dumps(told)) == told, "plain data"
    assert set(told["pictures"]) == {"source", "edit", "edit_2", "sheet", "maps"}
    for name, text in told["pictures"].items():
        assert base64.b64decode(text) == (tmp_path / "out" / f"{name}.png").read_bytes()
    assert set(answer_outcome(edited, WantedSheets(sheet=False))["pictures"]) == {"source", "edit", "edit_2"}


def test_maps_are_named_as_their_pictures_and_come_on_request(edited: EditResult, tmp_path: Path) -> None:
    bare = answer_outcome(edited, Wanted())
    told = answer_outcome(edited, Wanted(word_maps=True, raw_maps=True))
    words = {look["picture"]: [word["text"] for word in look["words"]] for look in told["maps"]}
    assert words == {"source": ["red", "circle"], "edit": ["circle"], "edit_2": ["circle"]}
    assert "raw_maps" not in bare and "map" not in bare["maps"][0]["words"][0]
    looks = [look for _, look in edited.looks()]
    for each, look in zip(told["maps"], looks, strict=True):
        np.testing.assert_allclose(each["words"][-1]["map"], look.words[-1].map_yx, atol=1e-6)
    assert told["raw_maps"].keys() == words.keys()
    path = tmp_path / "maps.npz"
    path.write_bytes(base64.b64decode(told["raw_maps"]["edit_2"]))
    loaded = AttentionMaps.load_npz(path)
    for address, recorded in looks[2].maps.sums.items():
        np.testing.assert_array_equal(loaded.sums[address], recorded)


def test_a_painting_tells_where_its_words_look(session: Session) -> None:
    mask = np.full((32, 48), 255, np.uint8)
    result = Studio(session).paint(PaintJob(words="circle", **DRAWN), {"circle": mask})
    told = answer_outcome(result, Wanted(raw_maps=True))
    assert [(look["picture"], look["words"][0]["text"]) for look in told["maps"]] == [("picture", "circle")]
    assert told["raw_maps"].keys() == {"picture"}
    assert told["maps"][0]["words"][0]["pictures"].keys() == {"heat"}


def test_a_heat_picture_carries_the_edit_that_it_is_part_of(edited: EditResult, tmp_path: Path) -> None:
    told = answer_outcome(edited, Wanted())
    path = tmp_path / "heat.png"
    path.write_bytes(base64.b64decode(told["maps"][1]["words"][0]["pictures"]["heat"]))
    with Image.open(path) as image:
        carried = json.loads(image.info["vxa"])
    assert carried["job"]["job"] == "edit" and carried["shows"] == {"mode": "heat", "word": "circle", "tokens": [3]}


def test_maps_of_no_word_are_refused_before_anything_runs() -> None:
    job = EditJob(prompt="a", edit="b")
    check_shows(job, Wanted())
    for wanted in (Wanted(word_maps=True), Wanted(raw_maps=True)):
        with pytest.raises(ConfigError, match="Name the words to look for"):
            check_shows(job, wanted)


def test_an_excitement_tells_how_its_words_came_to_be_expressed(session: Session) -> None:
    job = ExciteJob(words="circle", compare=True, refinements=1, step_size=0.05, **DRAWN)
    told = answer_outcome(Studio(session).excite(job), Wanted(raw_maps=True))
    assert json.loads(json.dumps(told)) == told, "plain data"
    assert set(told["pictures"]) == {"picture", "plain", "circle-heat", "peaks", "sheet"}
    assert [look["picture"] for look in told["maps"]] == ["picture", "plain"] == list(told["raw_maps"])
    assert told["excited"].keys() == {"circle"} and told["looks"][0]["step"] == 0
