from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from tests.webui.standin.replay import Webui
from vxa.app.hand_over import HandOver
from vxa.app.result import Result
from vxa.core.errors import ConfigError


@pytest.fixture
def place(webui: Webui) -> Any:
    from vxa.webui.noticing import Noticed
    from vxa.webui.place import WebuiPlace

    return WebuiPlace(lambda: None, lambda: None, Noticed())  # pyright: ignore[reportArgumentType]


def with_text(**chunks: str) -> Image.Image:
    text = PngImagePlugin.PngInfo()
    for name, value in chunks.items():
        text.add_text(name, value)
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=text)
    return Image.open(file)


def test_it_saves_into_the_webuis_output_folder(webui: Webui, place: Any, result: Result) -> None:
    saved = place.save(result, HandOver())
    assert saved.folder.resolve().is_relative_to(Path("outputs", "vxa-images").resolve())


def test_a_saved_picture_gives_prompt_and_words_back(webui: Webui, place: Any, result: Result) -> None:
    with Image.open(place.save(result, HandOver()).pictures[0]) as image:
        found = place.read_prompt(image)
    assert (found.prompt, found.tokens) == (result.job.prompt, result.job.tokens)


def test_infotext_is_read_as_the_webui_reads_it(place: Any) -> None:
    picture = with_text(parameters="a cat,\non a mat\nNegative prompt: dog\nSteps: 20, Sampler: Euler, Seed: 1")
    assert place.read_prompt(picture).prompt == "a cat,\non a mat"


@pytest.mark.parametrize("chunks", [{}, {"parameters": ""}, {"Comment": "x"}, {"vxa": "damaged"}])
def test_a_picture_without_a_prompt_has_none(place: Any, chunks: dict[str, str]) -> None:
    assert place.read_prompt(with_text(**chunks)) is None


def test_metadata_that_the_webui_stumbles_over_count_as_none(
    webui: Webui, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: object) -> None:
        raise IndexError("exif")

    monkeypatch.setattr(webui.images, "read_info_from_image", stumble)
    assert place.read_prompt(with_text(parameters="a cat")) is None


def test_files_are_named_from_a_folder_of_the_webui_or_uploaded(webui: Webui, place: Any, tmp_path: Path) -> None:
    outside, named = tmp_path / "outside.npz", Path("models", "VXA", "head-vectors", "sd14.npz")
    named.parent.mkdir(parents=True)
    for path in (outside, named):
        path.touch()
    assert place.admit("vectors", "sd14.npz") == str(named), "relative to where the webui runs"
    for path in (outside, tmp_path / "nowhere.npz"):
        with pytest.raises(ConfigError, match=r"auto, embedded, sd14\.npz"):
            place.admit("vectors", str(path))
    assert place.admit("vectors", place.take_file(str(outside))) == str(outside)
