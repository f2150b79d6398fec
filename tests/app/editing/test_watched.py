from __future__ import annotations

import numpy as np

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.studio import Studio
from vxa.app.editing.watched import show_maps
from vxa.app.jobs import GenerateJob
from vxa.app.session import Session
from vxa.engine.host import Host


def test_maps_of_the_source_are_those_of_a_plain_picture(host: Host, session: Session, edit_job: EditJob) -> None:
    found = Studio(session, keeps_everything=True).edit(edit_job)
    job = GenerateJob(prompt="a red circle", tokens="circle", steps=2, guidance=3, seed=5, preset="p2p-16")
    shown = show_maps(
        job, found.source, found.drawn.maps[0], table=found.tables[0], sites=host.sites, outcome=found
    )  # fmt: skip
    np.testing.assert_allclose(shown.words[0].map_yx, session.generate(job).words[0].map_yx, atol=1e-3)
