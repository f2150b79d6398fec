from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.made_vectors import make_vectors
from vxa.app.editing.excite import plan_excite
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.studio import Studio
from vxa.app.heads.files import save_vectors
from vxa.app.jobs import GenerateJob
from vxa.app.session import Session
from vxa.core.errors import ConfigError, InterruptedRunError, SelectionError
from vxa.engine.host import Host
from vxa.engine.seam import count_hooks
from vxa.methods.attend_excite_loss import Competition
from vxa.methods.attend_excite_reading import HeadReading

JOB = ExciteJob(
    prompt="a red circle and a square", words="circle, square", steps=4, guidance=3, seed=5, step_size=0.05,
    refinements=2, height=64, width=48,
)  # fmt: skip


@pytest.fixture
def vectors_file(host: Host, tmp_path: Path) -> str:
    return str(save_vectors(make_vectors(host.sites.head_layers), tmp_path / "vectors.npz"))


def test_words_come_to_be_expressed_more_strongly(studio: Studio) -> None:
    excited = studio.excite(replace(JOB, compare=True, thresholds="0=1"))
    first, last = excited.drawn.looks[0], [look for look in excited.drawn.looks if look.step == 0][-1]
    assert last.loss < first.loss and last.moves == 2
    assert excited.plain is not None and not np.array_equal(excited.plain.pictures[0], excited.main[1])


def test_without_moves_and_beside_it_the_picture_is_the_plain_one(studio: Studio, session: Session) -> None:
    drawn = GenerateJob(prompt=JOB.prompt, steps=4, guidance=3, seed=5, height=64, width=48)
    plain = session.generate(drawn).picture
    still = studio.excite(replace(JOB, end=0.0, thresholds=""))
    np.testing.assert_array_equal(still.main[1], plain)
    moved = studio.excite(replace(JOB, compare=True))
    assert moved.plain is not None
    np.testing.assert_array_equal(moved.plain.pictures[0], plain)


def test_what_the_authors_do_stands_where_the_job_leaves_it_open(
    host: Host, vectors_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def competition(job: ExciteJob) -> Competition:
        config = plan_excite(job, host).run.excite
        assert config is not None
        return config.competition

    by_heads = replace(JOB, concepts="circle=shape, square=shape", vectors=vectors_file)
    assert competition(replace(JOB, sharpness=100)) == Competition()
    assert competition(by_heads) == Competition(20, smoothing=0.0, kernel="gaussian", with_last=True)
    assert competition(replace(by_heads, smoothing=0.7, kernel="authors")).smoothing == 0.7
    assert not competition(replace(JOB, padding="apart")).with_padding
    monkeypatch.setattr(host, "info", replace(host.info, family="sd2"))
    assert not competition(JOB).with_padding and competition(replace(JOB, padding="competes")).with_padding


def test_heads_are_weighed_by_the_concept_of_each_word(studio: Studio, host: Host, vectors_file: str) -> None:
    job = replace(JOB, concepts="square=color, circle=shape", vectors=vectors_file, cells=4)
    config = plan_excite(job, host).run.excite
    assert config is not None and isinstance(config.reading, HeadReading)
    assert config.reading.concepts == ("shape", "color") and config.reading.cells == 4
    assert not np.array_equal(studio.excite(job).main[1], studio.excite(JOB).main[1])


@pytest.mark.parametrize(("settings", "error", "message"), [
    ({"words": "rose"}, SelectionError, "got 'rose'"),
    ({"words": "0"}, SelectionError, "do not compete"),
    ({"words": "square", "concepts": "square=taste"}, ConfigError, "name of a concept; got 'taste'"),
    ({"width": 33}, ConfigError, "multiples of 8"),
])  # fmt: skip
def test_what_does_not_fit_is_found_before_the_model_runs(
    host: Host, vectors_file: str, settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plan_excite(replace(JOB, vectors=vectors_file, **settings), host)


def test_progress_is_told_at_every_look_and_may_stop_it(studio: Studio, host: Host) -> None:
    heard: list[tuple[int, int]] = []
    excited = studio.excite(JOB, lambda done, total, what: heard.append((done, total)))
    assert len(heard) == len(excited.drawn.looks) + 4 and heard[-1] == (4, 4)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)

    def stop(done: int, total: int, what: str) -> None:
        raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        studio.excite(JOB, stop)
    assert count_hooks(host.unet) == 0 and not host.conductor.is_playing
