from __future__ import annotations

from pathlib import Path

import pytest

from vxa.app.editing.studio import Studio
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.provenance import read_provenance
from vxa.app.replay import replay
from vxa.app.session import Session
from vxa.engine.host import Host


@pytest.fixture
def job(vectors_file: str) -> AdjustJob:
    return AdjustJob(
        prompt="a rose square", adjust="rose=color not shape", vectors=vectors_file, steps=2, height=32, width=48
    )


def test_everything_is_saved_and_comes_out_again(session: Session, host: Host, job: AdjustJob, tmp_path: Path) -> None:
    result = Studio(session).adjust(job)
    saved = result.save(tmp_path)
    assert sorted(path.name for path in saved.all) == ["job.json", "picture.png", "plain.png", "sheet.png"]
    assert read_provenance(saved.picture).job == job
    before = {path: path.read_bytes() for path in saved.all}
    done = replay(tmp_path / "sheet.png", load=lambda _: host)
    assert len(done.same) == 3 and {path: path.read_bytes() for path in saved.all} == before


def test_it_says_what_was_done(session: Session, job: AdjustJob) -> None:
    result = Studio(session).adjust(job)
    assert result.status.startswith("“rose” (token 2) as color, not shape · ")
    assert result.figures == {"change": [result.change]} and 0 < result.change < 1
