from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import pytest

from tests.made_vectors import make_vectors
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.invert_job import INVERSIONS, InvertJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.files import save_vectors
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.http.effort import check_effort, count_latents
from vxa.app.http.limits import Limits
from vxa.app.job import Job, VectorsJob
from vxa.app.jobs import GenerateJob
from vxa.app.session import Session
from vxa.core.errors import ConfigError
from vxa.engine.host import Host

PROMPT, EDITED = "a red circle", "a green circle || a blue circle"
PICTURE = np.zeros((32, 48, 3), np.uint8)
PIXELS = 32 * 48
SMALL = {"height": 32, "width": 48}


@pytest.fixture(scope="module")
def vectors(host: Host, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_vectors(make_vectors(host.sites.head_layers), tmp_path_factory.mktemp("vectors") / "vectors.npz"))


@pytest.mark.parametrize(
    ("job", "is_given"),
    [
        (EditJob(prompt=PROMPT, edit=EDITED, steps=3, height=32, width=48), False),
        (EditJob(prompt=PROMPT, edit=EDITED, steps=3, height=32, width=48, method="cac"), False),
        (EditJob(prompt=PROMPT, edit=EDITED, steps=4), True),
        *((InvertJob(prompt=PROMPT, steps=4, inversion=inversion, null_steps=2), True) for inversion in INVERSIONS),
        (PaintJob(prompt=PROMPT, words="circle", steps=3, height=32, width=48, compare=True), False),
        (
            ExciteJob(prompt=PROMPT, words="circle", steps=5, height=32, width=48, compare=True, refinements=2),
            False,
        ),
        (GenerateJob(prompt=PROMPT, steps=3, height=32, width=48), False),
        (AdjustJob(prompt=PROMPT, adjust="circle=color not shape", steps=3, height=32, width=48), False),
        (WeakenJob(concept="color", prompt=f"{PROMPT} || a square", num_seeds=2, counts=(2,), steps=1, **SMALL), False),
        (WeakenJob(concept="color", prompt=PROMPT, orders=("most",), steps=1, **SMALL), False),
    ],
    ids=lambda value: "" if isinstance(value, bool) else f"{value.kind} {getattr(value, 'inversion', '')}",
)
def test_no_job_takes_more_than_was_counted(
    host: Host, counting_calls: Callable[[Host], AbstractContextManager[list[int]]], job: Job, is_given: bool,
    vectors: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    session = Session(lambda _: host)
    if isinstance(job, VectorsJob):
        job = replace(job, vectors=vectors)
    # the checker knows pictures of the embedded model alone
    monkeypatch.setattr("vxa.app.heads.weaken.is_checked", lambda *_: True)
    studio, picture = Studio(session), PICTURE if is_given else None
    with counting_calls(host) as rows:
        if isinstance(job, EditJob):
            studio.edit(job, picture)
        elif isinstance(job, InvertJob):
            studio.invert(job, PICTURE)
        elif isinstance(job, PaintJob):
            studio.paint(job, {"circle": np.full((32, 48), 255, np.uint8)})
        elif isinstance(job, ExciteJob):
            studio.excite(job)
        elif isinstance(job, AdjustJob):
            studio.adjust(job)
        elif isinstance(job, WeakenJob):
            studio.weaken(job)
        elif isinstance(job, GenerateJob):
            session.generate(job)
    counted = count_latents(job, is_given=is_given)
    assert sum(rows) <= counted <= 6 * sum(rows)


def test_a_picture_counts_by_its_own_size_else_by_the_jobs(host: Host) -> None:
    job = EditJob(prompt=PROMPT, edit="a green circle", height=32, width=48)
    for picture in (None, PICTURE):
        check_effort(job, host, Limits(drawn_pixels=PIXELS), picture)
        with pytest.raises(ConfigError, match=r"at most 1,535 pixels; got 32×48 = 1,536"):
            check_effort(job, host, Limits(drawn_pixels=PIXELS - 1), picture)


def test_steps_edits_and_pixels_count_together(host: Host) -> None:
    job = EditJob(prompt=PROMPT, edit=EDITED, steps=10, height=32, width=48)
    work = 10 * 2 * 3 * PIXELS
    check_effort(job, host, Limits(work=work))
    with pytest.raises(ConfigError, match="Ask for fewer steps or edits, or a smaller picture"):
        check_effort(job, host, Limits(work=work - 1))
    with pytest.raises(ConfigError, match="at most 1 edited prompts; got 2"):
        check_effort(job, host, Limits(edits=1))


def test_prompts_of_a_weakening_count_and_so_do_its_pictures(host: Host) -> None:
    job = WeakenJob(prompt="a || b", concept="color", counts=(1, 2), num_seeds=3, steps=2, height=32, width=48)
    work = 2 * 2 * 2 * 3 * 9 * PIXELS
    check_effort(job, host, Limits(work=work, answer_pixels=15 * PIXELS))
    for limits, told in (
        (Limits(edits=1), "at most 1 prompts; got 2"),
        (Limits(work=work - 1), "fewer steps"),
        (Limits(answer_pixels=15 * PIXELS - 1), "in 15 pictures"),
    ):
        with pytest.raises(ConfigError, match=told):
            check_effort(job, host, limits)


def test_words_count_as_the_pictures_that_show_them(host: Host) -> None:
    few = EditJob(prompt=PROMPT, edit="a green circle", tokens="circle", height=32, width=48)
    many = EditJob(prompt=PROMPT, edit="a green circle", tokens="0-76", height=32, width=48)
    limits = Limits(answer_pixels=20 * PIXELS)
    check_effort(few, host, limits)
    with pytest.raises(ConfigError, match=r"in 468 pictures\. Ask for fewer words or edits"):
        check_effort(many, host, limits)


def test_work_that_is_not_known_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError):
        count_latents(Job(prompt="a"))
