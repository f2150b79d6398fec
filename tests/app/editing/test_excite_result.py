from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.studio import Studio
from vxa.app.replay import replay
from vxa.app.sweeps.run import figures_of
from vxa.engine.host import Host

JOB = ExciteJob(prompt="a red circle", words="circle, red", steps=2, step_size=0.05, refinements=1, compare=True)


def test_it_is_saved_and_made_again_byte_for_byte(host: Host, studio: Studio, tmp_path: Path) -> None:
    found = studio.excite(JOB)
    saved = found.save(tmp_path)
    names = {"picture", "plain", "circle-heat", "red-heat", "peaks", "sheet"}
    assert {path.stem for path in saved.all} == names | {"job", "maps"}
    before = {path.name: path.read_bytes() for path in saved.all}
    assert not replay(saved.pictures[-1], load=lambda _: host).changed
    assert {path.name: path.read_bytes() for path in saved.all} == before


def test_figures_say_how_words_came_to_be_expressed(studio: Studio) -> None:
    found = studio.excite(JOB)
    figures = json.loads(json.dumps(found.figures))
    assert len(figures["looks"]) == len(found.drawn.looks) > 1
    assert figures["looks"][0]["peaks"][1] == found.peaks["red"][0]
    assert figures["excited"] == {word: last for word, (_, last) in found.peaks.items()}
    assert figures_of(figures)["excited circle"] == pytest.approx(found.peaks["circle"][1])
    assert "“circle” 0." in found.status and f"{len(found.drawn.looks)} looks" in found.status
    assert found.plain_look is not None and [word.word.text for word in found.look.words] == ["circle", "red"]


def test_nothing_moved_is_said(studio: Studio) -> None:
    found = studio.excite(replace(JOB, end=0.0, thresholds="", compare=False))
    assert "nothing was to be moved" in found.status and found.plain_look is None
    assert [name for name, _ in found.iter_pictures()] == ["picture", "circle-heat", "red-heat", "sheet"]
