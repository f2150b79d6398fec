from __future__ import annotations

import pytest

from vxa.app.heads.compute_job import ComputeJob
from vxa.core.errors import ConfigError


def test_the_defaults_are_the_published_settings() -> None:
    job = ComputeJob()
    assert (job.steps, job.guidance, job.scheduler, job.seed, job.concepts) == (50, 7.5, "pndm", 22, "visual")
    assert job.to_json()["job"] == "heads compute" and ComputeJob(steps=3).to_json()["steps"] == 3


@pytest.mark.parametrize("settings", [{"steps": 0}, {"batch": 65}, {"scheduler": "xyz"}, {"seed": -1}])
def test_settings_out_of_range_are_refused(settings: dict) -> None:
    with pytest.raises(ConfigError):
        ComputeJob(**settings)
