from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from vxa.app.api import load_picture
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.studio import Studio
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.ui.picture_prompt import FoundPrompt, find_edit, find_prompt


def with_text(**texts: str) -> Image.Image:
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_itxt(name, text)
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2)).save(buffer, "PNG", pnginfo=info)
    return Image.open(buffer)


def test_a_saved_result_gives_prompt_and_tokens(result: Result, tmp_path: Path) -> None:
    saved = result.save(tmp_path / "out")
    for path in (saved.picture, *saved.pictures):
        with Image.open(path) as image:
            assert find_prompt(image) == FoundPrompt(result.job.prompt, result.job.tokens)


@pytest.mark.parametrize(
    "text",
    [
        "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler",
        "a cat\nSteps: 20, Sampler: Euler",
        "a cat",
    ],
)
def test_the_webuis_parameters_give_the_prompt(text: str) -> None:
    assert find_prompt(with_text(parameters=text)) == FoundPrompt("a cat")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", json.dumps({"job": 3}), json.dumps({"job": {"prompt": 3, "tokens": ""}}),
     json.dumps({"job": {"prompt": "", "tokens": ""}}), json.dumps({"job": {"prompt": "x" * 20_000, "tokens": ""}}),
     "[" * 100_000],
)  # fmt: skip
def test_nonsense_counts_as_none(text: str) -> None:
    image = Image.new("RGB", (2, 2))
    image.info["vxa"] = text
    assert find_prompt(image) is None and find_edit(image) is None


def test_a_picture_without_metadata_has_none() -> None:
    assert find_prompt(Image.new("RGB", (2, 2))) is None
    assert find_prompt(with_text(parameters="\nSteps: 20")) is None
    assert find_edit(Image.new("RGB", (2, 2))) is None


def test_a_saved_edit_tells_its_job_and_each_picture_its_own_prompt(session: Session, tmp_path: Path) -> None:
    job = EditJob(prompt="a circle", edit="a star\na red circle", steps=1)
    Studio(session).edit(job).save(tmp_path)
    prompts = {}
    for path in sorted(tmp_path.glob("*.png")):
        with Image.open(path) as image:
            prompts[path.stem], found = find_prompt(image), find_edit(image)
        assert found is not None and found.job == job and not found.has_source and not found.is_source
    wanted = {"source": "a circle", "edit": "a star", "edit_2": "a red circle", "sheet": "a circle"}
    assert prompts == {name: FoundPrompt(prompt) for name, prompt in wanted.items()}


def test_a_saved_edit_knows_the_picture_that_was_given(session: Session, picture: Image.Image, tmp_path: Path) -> None:
    job = EditJob(prompt="a circle", edit="a star", steps=1)
    Studio(session).edit(job, load_picture(picture)).save(tmp_path)
    for name, is_source in (("source.png", True), ("edit.png", False)):
        with Image.open(tmp_path / name) as image:
            found = find_edit(image)
        assert found is not None and found.has_source and found.is_source is is_source
