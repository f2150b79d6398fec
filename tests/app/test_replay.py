from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.replay import Substitutes, replay
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.core.errors import ConfigError, HostError, OutputError, PictureError
from vxa.engine.host import Host

JOBS = [
    {},
    {"draws": 3, "timesteps": (50, 500), "preset": "attend-excite", "colormap": "viridis"},
    {"layers": "middle", "heads": (0, 2), "modes": ("threshold", "grey"), "layer_sheet": True},
    {"noise": False, "unit_range": True, "preset": "vxa", "tokens": "", "opacity": 0.25},
]


@pytest.fixture
def load(host: Host) -> Callable[[str], Host]:
    return lambda _: host


@pytest.fixture
def result(session: Session, job: VisualizeJob, picture: np.ndarray) -> Result:
    return session.visualize(job, picture)


def all_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("settings", JOBS, ids=lambda settings: ",".join(settings) or "defaults")
@pytest.mark.parametrize("keeps_everything", [False, True])
def test_every_file_comes_out_byte_for_byte(
    tmp_path: Path, host: Host, job: VisualizeJob, picture: np.ndarray, settings: dict, keeps_everything: bool
) -> None:
    session = Session(lambda _: host, keeps_everything=keeps_everything)
    saved = session.visualize(dataclasses.replace(job, **settings), picture).save(tmp_path / "out", with_maps=False)
    before = all_bytes(saved.folder)
    for png in (saved.pictures[0], saved.pictures[-1], saved.picture):
        done = replay(png, load=lambda _: host)
        assert set(done.same) == {*saved.pictures, saved.picture} and not done.changed
        assert all_bytes(saved.folder) == before


def test_the_maps_come_out_byte_for_byte_too(tmp_path: Path, result: Result, load: Callable[[str], Host]) -> None:
    saved = result.save(tmp_path / "out")
    before = all_bytes(saved.folder)
    assert replay(saved.pictures[0], load=load).saved.maps is not None
    assert all_bytes(saved.folder) == before


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers 0.42 with numpy 2
def test_a_generated_picture_is_drawn_again(tmp_path: Path, session: Session, load: Callable[[str], Host]) -> None:
    job = GenerateJob(prompt="a red circle", tokens="circle", steps=3, scheduler="euler_a", seed=5, record_steps=(1, 2))
    saved = session.generate(job).save(tmp_path / "out")
    before = all_bytes(saved.folder)
    done = replay(saved.picture, load=load, instead=Substitutes(folder=tmp_path / "new"))
    assert not done.changed
    assert all_bytes(tmp_path / "new") == before


def test_the_folder_is_self_contained(tmp_path: Path, result: Result, load: Callable[[str], Host]) -> None:
    result.save(tmp_path / "out")
    shutil.move(tmp_path / "out", tmp_path / "moved")
    assert not replay(tmp_path / "moved" / "sheet.png", load=load).changed


def test_a_picture_that_moved_can_be_named(
    tmp_path: Path, result: Result, load: Callable[[str], Host], picture_file: Path
) -> None:
    saved = result.save(tmp_path / "out")
    (tmp_path / "out" / "source.png").unlink()
    with pytest.raises(PictureError, match="Say where it is with --picture"):
        replay(saved.pictures[0], load=load)
    done = replay(saved.pictures[0], load=load, instead=Substitutes(picture=picture_file))
    assert not done.changed and saved.picture.is_file()


def test_another_picture_is_refused(tmp_path: Path, result: Result, load: Callable[[str], Host]) -> None:
    saved = result.save(tmp_path / "out")
    Image.new("RGB", (58, 41)).save(saved.picture)
    before = all_bytes(saved.folder)
    with pytest.raises(PictureError, match=f"hash {result.recording.facts.picture_hash}.*; got another one"):
        replay(saved.pictures[0], load=load)
    assert all_bytes(saved.folder) == before


@pytest.fixture(params=["other colours", "another picture"])
def moved(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    session: Session,
    result: Result,
    job: VisualizeJob,
    picture: np.ndarray,
) -> Path:
    """A PNG of `result`, beside the files of another one; its own picture lies in `out`."""
    if request.param == "other colours":
        other = session.visualize(dataclasses.replace(job, colormap="viridis"), picture)
    else:
        other = session.visualize(job, 255 - picture)
    folder = other.save(tmp_path / "other").folder
    return Path(shutil.copy(result.save(tmp_path / "out").pictures[0], folder / "moved.png"))


def test_another_job_s_files_stay(tmp_path: Path, moved: Path, load: Callable[[str], Host]) -> None:
    before, source = all_bytes(moved.parent), tmp_path / "out" / "source.png"
    with pytest.raises(OutputError, match="those of another one"):
        replay(moved, instead=Substitutes(source), load=load)
    assert all_bytes(moved.parent) == before
    done = replay(moved, instead=Substitutes(source, tmp_path / "new"), load=load)
    assert done.saved.folder == tmp_path / "new" and not done.same and not done.changed, "nothing to compare with"
    (moved.parent / "job.json").write_text("damaged")
    with pytest.raises(OutputError, match="whole job in the metadata"):
        replay(moved, instead=Substitutes(source), load=load)


def test_files_that_are_nobody_s_stay(
    tmp_path: Path, session: Session, picture: np.ndarray, load: Callable[[str], Host]
) -> None:
    job = GenerateJob(prompt="a red circle", tokens="circle", steps=2, height=64, width=64)
    saved = session.generate(job).save(tmp_path / "out")
    alone = tmp_path / "downloads" / saved.pictures[0].name
    alone.parent.mkdir()
    shutil.copy(saved.pictures[0], alone)
    Image.fromarray(picture).save(alone.parent / saved.picture.name)
    before = all_bytes(alone.parent)
    with pytest.raises(OutputError, match="only files of the same job"):
        replay(alone, load=load)
    assert all_bytes(alone.parent) == before
    (alone.parent / saved.picture.name).unlink()
    assert replay(alone, load=load).saved.picture.is_file()


def test_another_model_is_refused_unless_wanted(tmp_path: Path, result: Result) -> None:
    from vxa.hosts.memory import RandomHost

    other = RandomHost(1)
    saved = result.save(tmp_path / "out")
    before = all_bytes(saved.folder)
    with pytest.raises(HostError, match=f"the model random-0.*got random-1 .hash {other.info.hash}") as caught:
        replay(saved.pictures[0], load=lambda _: other)
    assert "--any-model" in str(caught.value)
    assert all_bytes(saved.folder) == before
    done = replay(saved.pictures[0], load=lambda _: other, instead=Substitutes(any_model=True))
    assert saved.pictures[0] in done.changed


def test_a_job_that_draws_its_picture_takes_none(
    tmp_path: Path, session: Session, load: Callable[[str], Host], picture_file: Path
) -> None:
    saved = session.generate(GenerateJob(prompt="a red circle", steps=1)).save(tmp_path / "out")
    with pytest.raises(ConfigError, match="draws its own"):
        replay(saved.picture, load=load, instead=Substitutes(picture=picture_file))
