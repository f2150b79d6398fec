from __future__ import annotations

import dataclasses
import json

import pytest

from vxa.app.jobs import JOBS, GenerateJob, MapJob, VisualizeJob, job_from_json, job_text
from vxa.app.settings import iter_fields
from vxa.core.errors import ConfigError

each_job = pytest.mark.parametrize("kind", JOBS)
NEEDED = {
    "edit": {"edit": "a “lily”"},
    "paint": {"words": "“rose”"},
    "excite": {"words": "“rose”"},
    "adjust": {"adjust": "“rose”=color not shape"},
    "weaken": {"concept": "color"},
}
"""What jobs cannot do without, besides a prompt."""


@each_job
def test_every_field_is_a_documented_setting(kind: str) -> None:
    fields = {field.name: field for field in iter_fields(JOBS[kind])}
    assert set(fields) == {field.name for field in dataclasses.fields(JOBS[kind])}
    for field in fields.values():
        assert field.setting.help.endswith("."), field.name
        assert field.setting.label, field.name
        if field.setting.kind in ("int", "float"):
            assert field.setting.low is not None and field.setting.high is not None, field.name


@each_job
def test_defaults_are_valid_and_go_through_json(kind: str) -> None:
    job = JOBS[kind](prompt="a “rose”", **NEEDED.get(kind, {}))
    assert job_from_json(json.loads(job_text(job))) == job
    assert json.loads(job_text(job))["job"] == kind


def test_the_same_job_is_the_same_text() -> None:
    assert job_text(VisualizeJob(prompt="x", tokens="y")) == job_text(VisualizeJob(tokens="y", prompt="x"))


@each_job
@pytest.mark.parametrize("prompt", ["", " \n\t"])
def test_an_empty_prompt_is_refused(kind: str, prompt: str) -> None:
    with pytest.raises(ConfigError, match="a prompt; got an empty one"):
        JOBS[kind](prompt=prompt, **NEEDED.get(kind, {}))


@pytest.mark.parametrize(
    ("job", "settings"),
    [
        (VisualizeJob, {"timesteps": ()}),
        (VisualizeJob, {"timesteps": (1000,)}),
        (VisualizeJob, {"timesteps": (-1,)}),
        (VisualizeJob, {"draws": 0}),
        (VisualizeJob, {"seed": 2**32}),
        (VisualizeJob, {"modes": ()}),
        (VisualizeJob, {"modes": ("heart",)}),
        (VisualizeJob, {"preset": "damm"}),
        (VisualizeJob, {"colormap": "turbot"}),
        (VisualizeJob, {"opacity": 1.01}),
        (VisualizeJob, {"threshold": -0.1}),
        (VisualizeJob, {"heads": (-1,)}),
        (GenerateJob, {"steps": 0}),
        (GenerateJob, {"guidance": float("nan")}),
        (GenerateJob, {"scheduler": "euler_b"}),
        (GenerateJob, {"height": -8}),
        (GenerateJob, {"record_steps": (-1,)}),
    ],
)
def test_settings_out_of_range_are_refused(job: type[MapJob], settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        job(prompt="x", **settings)


@pytest.mark.parametrize("values", [{}, {"job": "visualise", "prompt": "x"}, {"job": None}, {"job": ["visualize"]}])
def test_json_of_no_known_kind_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="a job of a known kind"):
        job_from_json(values)


def test_a_kind_that_is_misspelt_is_put_right() -> None:
    with pytest.raises(ConfigError, match="Did you mean visualize"):
        job_from_json({"job": "visualise", "prompt": "x"})
