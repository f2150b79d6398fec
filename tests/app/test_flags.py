from __future__ import annotations

import argparse

import pytest

from vxa.app.flags import add_job_flags, flag_name, job_from_flags
from vxa.app.job import Job
from vxa.app.jobs import JOBS, GenerateJob, MapJob, VisualizeJob
from vxa.app.settings import iter_fields
from vxa.core.errors import ConfigError

each_job = pytest.mark.parametrize("job", JOBS.values(), ids=lambda job: job.kind)
NEEDED = {
    "edit": {"edit": "y"},
    "paint": {"words": "x"},
    "excite": {"words": "x"},
    "adjust": {"adjust": "x=color not shape"},
    "weaken": {"concept": "color"},
}
"""What jobs cannot do without, besides a prompt."""


def parse(job: type[Job], *words: str) -> Job:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_job_flags(parser, job)
    return job_from_flags(job, parser.parse_args(words))


@each_job
def test_fields_are_flags_are_json_keys(job: type[Job]) -> None:
    parser = argparse.ArgumentParser()
    add_job_flags(parser, job)
    flags = [action for action in parser._actions if action.dest != "help"]
    fields = list(iter_fields(job))
    assert [action.dest for action in flags] == [field.name for field in fields]
    assert list(job(prompt="x", **NEEDED.get(job.kind, {})).to_json()) == ["job", *(field.name for field in fields)]
    for action, field in zip(flags, fields, strict=True):
        assert action.option_strings[0] == flag_name(field) == "--" + field.name.replace("_", "-")
        assert action.help is not None and action.help.startswith(field.setting.help)
        if field.setting.kind == "flag":
            assert action.option_strings[1] == "--no-" + field.name.replace("_", "-")


@each_job
def test_without_flags_the_job_has_its_defaults(job: type[Job]) -> None:
    needed = NEEDED.get(job.kind, {})
    words = [word for name, value in needed.items() for word in (f"--{name}", value)]
    assert parse(job, "--prompt", "x", *words) == job(prompt="x", **needed)


def test_every_kind_of_value_arrives() -> None:
    words = "--prompt x --tokens 1-3,hat --heads 0,2 --modes grey,mask --opacity 0.25 --threshold 0.5 --no-noise"
    words += " --timesteps 1,2 --draws 3 --combine --layer-sheet --preset vxa"
    assert parse(VisualizeJob, *words.split()) == VisualizeJob(
        prompt="x", tokens="1-3,hat", heads=(0, 2), modes=("grey", "mask"), opacity=0.25, threshold=0.5, noise=False,
        timesteps=(1, 2), draws=3, combine=True, layer_sheet=True, preset="vxa",
    )  # fmt: skip
    assert parse(GenerateJob, "--prompt", "x", "--threshold", "auto", "--record-steps", "0") == GenerateJob(
        prompt="x", record_steps=(0,)
    )


@pytest.mark.parametrize("words", ["--draws many", "--draws 65", "--preset daamn", "--heads 1.5", "--timesteps ,"])
def test_wrong_values_are_refused_by_the_job(words: str) -> None:
    with pytest.raises(ConfigError):
        parse(VisualizeJob, "--prompt", "x", *words.split())


@each_job
def test_the_help_can_be_printed_and_names_ranges_and_defaults(job: type[Job]) -> None:
    parser = argparse.ArgumentParser()
    add_job_flags(parser, job)
    text = " ".join(parser.format_help().split())
    if issubclass(job, MapJob):
        assert "From 0 to 1. Default: 0.6." in text
        assert "One of daam, vxa, p2p-16, attend-excite, head-lens. Default: daam." in text
    assert "==SUPPRESS==" not in text
