from __future__ import annotations

import dataclasses

import pytest

from tests.webui.standin.replay import Webui
from vxa.app.result import Result


@pytest.mark.parametrize("prompt", ["a red circle", 'the "sign", with: colons\nand lines', "größer → \\(2\\)"])
def test_the_webui_reads_the_whole_job_back(webui: Webui, result: Result, prompt: str) -> None:
    from vxa.webui.infotext import read_job, write_infotext

    job = dataclasses.replace(result.job, prompt=prompt, tokens="")
    text = write_infotext(dataclasses.replace(result, job=job))
    settings = webui.infotext_utils.parse_generation_parameters(text)
    assert settings["Prompt"] == prompt
    assert read_job(settings) == job


def test_nothing_is_said_that_another_tab_would_take_for_its_own(webui: Webui, result: Result) -> None:
    from vxa.webui.infotext import write_infotext

    settings = webui.infotext_utils.parse_generation_parameters(write_infotext(result))
    assert set(settings) <= {"Prompt", "Negative prompt", "Size", "Model", "VXA version", "VXA"}


@pytest.mark.parametrize("damaged", [None, "", "{}", "[1", '{"job": "visualize"}', '{"job": "visualize", "prompt": 3}'])
def test_a_damaged_job_is_none(webui: Webui, damaged: str | None) -> None:
    from vxa.webui.infotext import read_job

    assert read_job({"VXA": damaged}) is None
