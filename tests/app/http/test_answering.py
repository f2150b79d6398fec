from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from vxa.app.http.answering import answer_visualize, check_size
from vxa.app.http.wanted import Wanted
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.core.errors import ConfigError, SelectionError
from vxa.core.maps import AttentionMaps
from vxa.engine.host import Host


@pytest.fixture
def result(session: Session, job: VisualizeJob, picture: np.ndarray) -> Any:
    return session.visualize(job, picture)


def test_pictures_are_those_that_saving_writes(result: Any, tmp_path: Path) -> None:
    saved = {path.stem: path.read_bytes() for path in result.save(tmp_path / "out").pictures}
    answer = answer_visualize(result, Wanted())
    given = {
        f"{word['text'].replace(' ', '_')}-{mode}": base64.b64decode(picture)
        for word in answer["words"]
        for mode, picture in word["pictures"].items()
    }
    assert {**given, "sheet": base64.b64decode(answer["sheet"])} == saved


def test_maps_come_on_request_only(result: Any, tmp_path: Path) -> None:
    bare = answer_visualize(result, Wanted(sheet=False))
    assert not {"sheet", "layer_sheet", "raw_maps"} & set(bare) and "map" not in bare["words"][0]
    full = answer_visualize(result, Wanted(word_maps=True, raw_maps=True))
    for told, word in zip(full["words"], result.words, strict=True):
        np.testing.assert_allclose(told["map"], word.map_yx, atol=1e-6)
    path = tmp_path / "maps.npz"
    path.write_bytes(base64.b64decode(full["raw_maps"]))
    maps = AttentionMaps.load_npz(path)
    assert maps.provenance == result.maps.provenance
    assert maps.sums.keys() == result.maps.sums.keys()
    for address, recorded in result.maps.sums.items():
        np.testing.assert_array_equal(maps.sums[address], recorded)


def test_a_layer_sheet_is_part_of_the_answer(client: TestClient, question: dict[str, Any]) -> None:
    answer = client.post("/vxa/v1/visualize", json={**question, "layer_sheet": True, "sheet": False}).json()
    with Image.open(io.BytesIO(base64.b64decode(answer["layer_sheet"]))) as image:
        assert '"mode": "layers"' in image.info["vxa"]


@pytest.mark.parametrize(
    ("change", "wanted", "num_pictures"),
    [
        ({}, Wanted(), 6),
        ({"modes": ("heat", "heat")}, Wanted(), 2),
        ({"modes": ("heat",), "combine": True}, Wanted(), 1),
        ({"modes": ("heat",)}, Wanted(word_maps=True), 4),
        ({"modes": ("heat",), "combine": True, "layer_sheet": True}, Wanted(), 8),
        ({"tokens": "0-76", "modes": ("heat",)}, Wanted(), 77),
    ],
)
def test_an_answer_too_large_is_refused_before_it_is_made(
    host: Host, change: dict[str, Any], wanted: Wanted, num_pictures: int
) -> None:
    job = VisualizeJob(**{"prompt": "a red circle", "tokens": "red, circle", **change})
    check_size(job, wanted, host, pixels=100, most_pixels=100 * num_pictures)
    with pytest.raises(ConfigError, match=f"in {num_pictures} pictures. Ask for fewer"):
        check_size(job, wanted, host, pixels=100, most_pixels=100 * num_pictures - 1)


def test_a_wrong_word_is_told_before_anything_runs(host: Host) -> None:
    with pytest.raises(SelectionError):
        check_size(VisualizeJob(prompt="a", tokens="b"), Wanted(), host, pixels=1, most_pixels=1)
