from __future__ import annotations

import dataclasses

import pytest

from tests.webui.standin.replay import Webui
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.job import Job
from vxa.app.result import Result


@pytest.mark.parametrize("prompt", ["a red circle", 'the "sign", with: colons\nand lines', "größer → \\(2\\)"])
def test_the_webui_reads_the_whole_job_back(webui: Webui, result: Result, prompt: str) -> None:
    from vxa.webui.infotext import read_job, write_infotext

    job = dataclasses.replace(result.job, prompt=prompt, tokens="")
    text = write_infotext(job, prompt, (48, 64), "tiny")
    settings = webui.infotext_utils.parse_generation_parameters(text)
    assert settings["Prompt"] == prompt
    assert read_job(settings) == job


def test_nothing_is_said_that_another_tab_would_take_for_its_own(webui: Webui, result: Result) -> None:
    from vxa.webui.infotext import write_infotext

    text = write_infotext(result.job, result.job.prompt, (48, 64), "tiny")
    settings = webui.infotext_utils.parse_generation_parameters(text)
    assert set(settings) <= {"Prompt", "Negative prompt", "Size", "Model", "VXA version", "VXA"}


@pytest.mark.parametrize("damaged", [None, "", "{}", "[1", '{"job": "visualize"}', '{"job": "visualize", "prompt": 3}'])
def test_a_damaged_job_is_none(webui: Webui, damaged: str | None) -> None:
    from vxa.webui.infotext import read_job

    assert read_job({"VXA": damaged}) is None


@pytest.mark.parametrize(
    "job",
    [
        EditJob(prompt="a cat", edit="a dog\na (big:1.2) dog", negative="blurry, ugly", weights="dog=2"),
        InvertJob(prompt="a cat", inversion="null-text"),
        PaintJob(prompt="a cat", words="cat", strengths="cat=1.5"),
    ],
    ids=lambda job: job.kind,
)
def test_editing_jobs_come_back_too(webui: Webui, job: Job) -> None:
    from vxa.webui.infotext import read_job, write_infotext

    settings = webui.infotext_utils.parse_generation_parameters(write_infotext(job, "what it shows", (48, 64), "tiny"))
    assert settings["Prompt"] == "what it shows" and settings["Size"] == "64x48"
    assert settings.get("Negative prompt", "") == getattr(job, "negative", "")
    assert read_job(settings) == job
