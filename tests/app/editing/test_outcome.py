from __future__ import annotations

import json

import numpy as np

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.studio import Studio
from vxa.app.recording import picture_hash


def test_it_says_where_it_came_from_the_same_every_time(studio: Studio, edit_job: EditJob, picture: np.ndarray) -> None:
    facts = [json.dumps(studio.edit(edit_job, picture).describe()) for _ in range(2)]
    assert facts[0] == facts[1]
    found = json.loads(facts[0])
    assert found["job"]["job"] == "edit" and found["model"]["name"] == "random-0"
    assert found["given"] == [{"file": "source.png", "hash": picture_hash(picture)}]
    assert (found["picture"]["height"], found["picture"]["width"]) == picture.shape[:2]
