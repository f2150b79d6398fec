from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from vxa.app.result import Result
from vxa.ui.picture_prompt import FoundPrompt, find_prompt


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
    assert find_prompt(image) is None


def test_a_picture_without_metadata_has_none() -> None:
    assert find_prompt(Image.new("RGB", (2, 2))) is None
    assert find_prompt(with_text(parameters="\nSteps: 20")) is None
