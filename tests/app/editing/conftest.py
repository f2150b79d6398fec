"""An edit of two steps, and who runs it."""

from __future__ import annotations

import pytest

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.studio import Studio
from vxa.app.session import Session


@pytest.fixture
def studio(session: Session) -> Studio:
    """A studio on the random model that records only what a job needs."""
    return Studio(session)


@pytest.fixture
def edit_job() -> EditJob:
    return EditJob(prompt="a red circle", edit="a blue circle", steps=2, guidance=3, seed=5)
