from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

import vxa
from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.provenance import (
    FORMAT,
    KEY,
    describe,
    describe_in_words,
    describe_maps,
    picture_name,
    read_provenance,
    shown_word,
)
from vxa.app.recording import picture_hash
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.core.errors import ConfigError, PictureError


@pytest.fixture
def result(session: Session, job: VisualizeJob, picture: np.ndarray) -> Result:
    return session.visualize(job, picture)


def write_png(path: Path, text: str, key: str = KEY) -> Path:
    info = PngImagePlugin.PngInfo()
    info.add_itxt(key, text)
    Image.new("RGB", (2, 2)).save(path, pnginfo=info)
    return path


def test_the_description_holds_all_there_is_to_know(result: Result, picture: np.ndarray) -> None:
    facts = describe(result.job, result.recording)
    model = result.recording.model
    assert facts == {
        "format": FORMAT,
        "vxa": vxa.__version__,
        "job": result.job.to_json(),
        "picture": {"file": "source.png", "hash": picture_hash(picture), "height": 41, "width": 58},
        "model": {"name": "random-0", "hash": model.hash, "family": "random"},
        "recording": {"keeps_heads": False, "device": "cpu float32"},
    }
    maps = describe_maps(result.job, result.recording)
    assert facts.items() <= maps.items()
    assert (maps["draws"], maps["calls"], maps["rows"], maps["heads"]) == (1, 1, "cond", "mean")
    json.dumps(maps)


def test_what_is_written_is_read_back(tmp_path: Path, result: Result) -> None:
    text = json.dumps(describe(result.job, result.recording))
    found = read_provenance(write_png(tmp_path / "x.png", text))
    assert found.job == result.job
    assert (found.picture_file, found.picture_hash) == ("source.png", result.recording.facts.picture_hash)
    assert (found.model_name, found.model_hash) == ("random-0", result.recording.model.hash)
    assert (found.keeps_heads, found.device) == (False, "cpu float32")


def test_one_line_says_it_to_a_reader(result: Result) -> None:
    shows = shown_word(result.words[1], "heat")
    assert shows == {"mode": "heat", "word": "blue square", "tokens": [7, 8]}
    line = describe_in_words(dataclasses.replace(result.job, prompt="two\nlines"), result.recording, shows)
    assert line.startswith(
        f"VXA {vxa.__version__}: heat of “blue square”, seen with the prompt “two lines”; preset daam"
    )
    drawn = describe_in_words(GenerateJob(prompt="x"), result.recording, shown_word(None, "sheet"))
    assert "sheet, drawn from the prompt “x”" in drawn


def test_pictures_are_named_by_where_they_came_from(job: VisualizeJob) -> None:
    assert picture_name(job) == "source.png"
    assert picture_name(GenerateJob(prompt="x")) == "picture.png"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "a whole job"),
        ("[]", "a whole job"),
        ("null", "a whole job"),
        ("{not json", "a whole job"),
        (json.dumps({"format": FORMAT}), "a whole job"),
        (json.dumps({"format": FORMAT, "job": "visualize"}), "a job of a known kind"),
        (json.dumps({"format": FORMAT, "job": {"job": "visualize", "prompt": ""}}), "a prompt"),
        (json.dumps({"format": FORMAT, "job": {"job": "visualize", "prompt": "x", "new": 1}}), "a setting of"),
        (json.dumps({"format": FORMAT + 1}), "Update VXA"),
    ],
)
def test_damaged_or_newer_metadata_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        read_provenance(write_png(tmp_path / "x.png", text))


def test_a_file_without_a_job_is_refused(tmp_path: Path, picture_file: Path) -> None:
    with pytest.raises(PictureError, match="no such file"):
        read_provenance(tmp_path / "nothing.png")
    with pytest.raises(PictureError, match="carries no job"):
        read_provenance(picture_file)
    with pytest.raises(PictureError, match="carries no job"):
        read_provenance(write_png(tmp_path / "other.png", "x", key="parameters"))
    Image.open(picture_file).save(tmp_path / "x.jpg")
    with pytest.raises(PictureError, match="carries no job"):
        read_provenance(tmp_path / "x.jpg")
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(PictureError, match="cannot be read"):
        read_provenance(tmp_path / "text.png")
    whole = write_png(tmp_path / "cut.png", "x").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) - 30])
    with pytest.raises(PictureError, match="cannot be read"):
        read_provenance(tmp_path / "cut.png")
