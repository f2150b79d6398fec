from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.provenance import describe, read_provenance
from vxa.app.result import Result
from vxa.app.saving import png_text, save_result, summarize
from vxa.app.session import Session
from vxa.core.errors import OutputError
from vxa.core.maps import AttentionMaps
from vxa.engine.host import Host


@pytest.fixture
def result(session: Session, job: VisualizeJob, picture: np.ndarray) -> Result:
    return session.visualize(dataclasses.replace(job, layer_sheet=True), picture)


def test_everything_is_written_and_named(tmp_path: Path, result: Result, picture: np.ndarray) -> None:
    saved = result.save(tmp_path / "out")
    names = ["circle-heat", "circle-mask", "circle-grey"]
    names += ["blue_square-heat", "blue_square-mask", "blue_square-grey", "sheet", "layers"]
    assert [path.name for path in saved.pictures] == [f"{name}.png" for name in names]
    assert saved.folder == tmp_path / "out"
    assert saved.picture.name == "source.png" and saved.maps is not None
    assert set(saved.all) == set((tmp_path / "out").iterdir())
    np.testing.assert_array_equal(np.asarray(Image.open(saved.picture)), picture)
    for (_, image), path in zip(result.iter_pictures(), saved.pictures, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path)), np.asarray(image))


def test_every_png_carries_the_job_and_says_what_it_shows(tmp_path: Path, result: Result) -> None:
    saved = save_result(result, tmp_path)
    for path in (*saved.pictures, saved.picture):
        with Image.open(path) as image:
            image.load()
            facts, line = json.loads(image.text["vxa"]), image.text["Description"]
        assert facts.items() >= describe(result.job, result.recording).items()
        assert result.job.prompt in line
        assert read_provenance(path).job == result.job
    with Image.open(saved.pictures[4]) as image:
        shown = json.loads(image.info["vxa"])["shows"]
    assert shown == {"mode": "mask", "word": "blue square", "tokens": [7, 8]}


def test_the_same_job_gives_the_same_bytes(tmp_path: Path, host: Host, result: Result, picture: np.ndarray) -> None:
    first = result.save(tmp_path / "first")
    again = Session(lambda _: host).visualize(result.job, picture).save(tmp_path / "again")
    for one, other in zip(first.all, again.all, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_the_raw_maps_come_back_with_their_provenance(tmp_path: Path, result: Result) -> None:
    saved = result.save(tmp_path)
    assert saved.maps is not None
    maps = AttentionMaps.load_npz(saved.maps)
    assert maps.layers == result.maps.layers and maps.num_calls == 1
    for address, sums in result.maps.sums.items():
        assert torch.equal(maps.sums[address], sums)
    assert maps.provenance == json.loads(json.dumps(result.maps.provenance))


def test_maps_can_be_left_out(tmp_path: Path, result: Result) -> None:
    saved = result.save(tmp_path, with_maps=False)
    assert saved.maps is None and not (tmp_path / "maps.npz").exists()


def test_the_summary_tells_words_layers_and_model(tmp_path: Path, result: Result) -> None:
    saved = result.save(tmp_path)
    values = json.loads(saved.summary.read_text(encoding="utf-8"))
    assert values == json.loads(json.dumps(summarize(result)))
    assert [(word["text"], word["tokens"]) for word in values["words"]] == [("circle", [3]), ("blue square", [7, 8])]
    for word, found in zip(result.words, values["words"], strict=True):
        assert (found["peak"], found["threshold"], found["spread"]) == (word.peak, word.threshold, word.spread)
    assert values["layers"] == [site.address for site in result.layers]
    assert values["model"]["hash"] == result.recording.model.hash


def test_a_generated_picture_is_saved_with_its_maps(tmp_path: Path, session: Session) -> None:
    result = session.generate(GenerateJob(prompt="a red circle", tokens="circle", steps=2))
    saved = result.save(tmp_path)
    assert saved.picture.name == "picture.png"
    np.testing.assert_array_equal(np.asarray(Image.open(saved.picture)), result.picture)
    assert read_provenance(saved.picture).job == result.job


def test_a_prompt_in_any_script_is_saved(tmp_path: Path, session: Session, picture: np.ndarray) -> None:
    job = VisualizeJob(prompt="猫 “ä” 💥\n%s", tokens="猫", timesteps=(10,), draws=1)
    saved = session.visualize(job, picture).save(tmp_path)
    assert read_provenance(saved.pictures[0]).job == job
    assert saved.pictures[0].name == "猫-heat.png"


@pytest.mark.parametrize("fatal", [1, 4])
def test_a_disk_that_fills_up_leaves_the_older_result_whole(
    tmp_path: Path, result: Result, monkeypatch: pytest.MonkeyPatch, fatal: int
) -> None:
    result.save(tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    saves = 0
    save = Image.Image.save

    def failing(self: Image.Image, *args: object, **kwargs: object) -> None:
        nonlocal saves
        saves += 1
        if saves == fatal:
            raise OSError(28, "No space left on device")
        save(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Image.Image, "save", failing)
    changed = dataclasses.replace(result, job=dataclasses.replace(result.job, colormap="magma"))
    with pytest.raises(OutputError, match="No space left on device"):
        changed.save(tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_text_chunks_do_not_depend_on_the_time(result: Result) -> None:
    first, again = (png_text(result, {"mode": "heat"}).chunks for _ in range(2))
    assert first == again
