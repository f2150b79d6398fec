"""What the Heads tab reads without running a job, with a small random model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.made_vectors import make_vectors
from vxa.app.heads.files import save_vectors
from vxa.app.session import Session
from vxa.core.errors import HostError
from vxa.core.head_layers import SD1_LAYERS
from vxa.engine.host import Host
from vxa.ui.heads_reading import HeadsReading
from vxa.ui.place import StandalonePlace


@pytest.fixture(scope="module")
def file(host: Host, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_vectors(make_vectors(host.sites.head_layers), tmp_path_factory.mktemp("vectors") / "vectors.npz"))


@pytest.fixture
def reading(session: Session, tmp_path: Path) -> HeadsReading:
    return HeadsReading(StandalonePlace(lambda: session, tmp_path / "out"))


def test_vectors_are_shown_once_the_tab_is_seen(reading: HeadsReading, file: str) -> None:
    vectors, status = reading.wake(file)
    assert json.loads(vectors)["concepts"] == ["color", "shape", "size"] and "is ready" in status


def test_where_there_are_no_vectors_it_says_how_they_are_made(reading: HeadsReading) -> None:
    vectors, status = reading.wake("auto")
    assert "vxa heads compute" in json.loads(vectors)["error"] and "is ready" in status
    assert "a file of head vectors" in json.loads(reading.read_vectors("nowhere.npz"))["error"]


def test_vectors_of_another_model_can_be_looked_at(reading: HeadsReading, tmp_path: Path) -> None:
    other = save_vectors(make_vectors(SD1_LAYERS), tmp_path / "other.npz")
    assert "not used with it" in json.loads(reading.read_vectors(str(other)))["note"]


def test_an_uploaded_file_is_named(reading: HeadsReading) -> None:
    class Uploaded:
        name = "folder/vectors.npz"

    assert reading.take_file(Uploaded()) == reading.take_file("folder/vectors.npz") == "folder/vectors.npz"


def test_a_model_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    def load(model: str) -> Any:
        raise HostError("a model", got="none")

    reading = HeadsReading(StandalonePlace(lambda: Session(load), tmp_path))
    vectors, status = reading.wake("auto")
    assert vectors == "" and "vxa-error" in status
    assert "Expected a model" in json.loads(reading.read_vectors("auto"))["error"]
