from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np

from vxa.app.commands.report import as_json, report
from vxa.app.jobs import VisualizeJob
from vxa.app.output import Output
from vxa.app.session import Session


def test_words_with_one_name_keep_their_own_pictures(session: Session, picture: np.ndarray, tmp_path: Path) -> None:
    job = VisualizeJob(prompt="a red circle left of a blue square", tokens="1, 6", timesteps=(9,), draws=1)
    result = session.visualize(job, picture)
    saved = result.save(tmp_path)
    first, second = as_json(result, saved)["words"]
    assert (first["text"], second["text"]) == ("a", "a")
    assert Path(first["pictures"]["heat"]).name == "a-heat.png"
    assert Path(second["pictures"]["heat"]).name == "a_2-heat.png"
    out = io.StringIO()
    report(result, saved, Output(out=out))
    assert "a_2-heat.png, a_2-mask.png, a_2-grey.png" in out.getvalue()


def test_json_is_plain_data(session: Session, job: VisualizeJob, picture: np.ndarray, tmp_path: Path) -> None:
    result = session.visualize(job, picture)
    out = io.StringIO()
    report(result, result.save(tmp_path), Output(out=out, is_json=True))
    found = json.loads(out.getvalue())
    assert found["seconds"] == round(result.seconds, 3)
    assert set(found["files"]) == {str(path) for path in tmp_path.iterdir()}
