from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.studio import Studio
from vxa.app.session import Session
from vxa.core.errors import ConfigError
from vxa.engine.host import Host


def test_a_picture_is_inverted_once(
    host: Host, studio: Studio, edit_job: EditJob, picture: np.ndarray, counting_calls: Any
) -> None:
    assert edit_job.invert_job is not None
    inverted = studio.invert(edit_job.invert_job, picture)
    with counting_calls(host) as calls:
        edited = studio.edit(replace(edit_job, weights="blue=2"), picture)
    assert len(calls) == edit_job.steps and edited.inversion is inverted.inversion


def test_only_so_many_inversions_are_kept(
    host: Host, session: Session, edit_job: EditJob, picture: np.ndarray, counting_calls: Any
) -> None:
    studio, job = Studio(session, num_kept=1), edit_job.invert_job
    assert job is not None
    studio.invert(job, picture)
    studio.invert(job, 255 - picture)
    with counting_calls(host) as calls:
        studio.invert(job, picture)
    assert len(calls) == 2 * job.steps


def test_an_inversion_made_otherwise_is_refused(studio: Studio, edit_job: EditJob, picture: np.ndarray) -> None:
    assert edit_job.invert_job is not None
    inversion = studio.invert(edit_job.invert_job, picture).inversion
    same = studio.edit(edit_job, inversion=inversion)
    np.testing.assert_array_equal(same.edits[0], studio.edit(edit_job, picture).edits[0])
    with pytest.raises(ConfigError, match="others: steps, guidance"):
        studio.edit(replace(edit_job, steps=3, guidance=4), inversion=inversion)
    with pytest.raises(ConfigError, match="Leave the picture out"):
        studio.edit(edit_job, 255 - picture, inversion=inversion)
