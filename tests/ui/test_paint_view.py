from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable, parse_selection
from vxa.engine.host import Host
from vxa.ui.paint_view import canvas_data, lost_words, map_data, paint_words, painted_data


def opened(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def names(host: Host, prompt: str) -> list[tuple[str, str]]:
    return [(word["name"], word["text"]) for word in paint_words(host.tokenize(prompt)[0])]


def test_each_word_can_be_painted_and_marks_cannot(host: Host) -> None:
    assert names(host, "Red hat, blue sea.") == [("red", "Red"), ("hat", "hat"), ("blue", "blue"), ("sea", "sea")]
    assert names(host, "") == []


def test_a_word_that_stands_twice_is_called_by_its_column(host: Host) -> None:
    assert names(host, "a cat and a dog") == [("1", "a"), ("cat", "cat"), ("and", "and"), ("4", "a"), ("dog", "dog")]


def test_a_number_is_not_taken_for_a_column(host: Host) -> None:
    (name, text), *_ = names(host, "2 cats")
    table = host.tokenize("2 cats")[0]
    assert text == "2" and parse_selection(table, name).indices == (1,)


def test_every_name_can_be_selected(host: Host) -> None:
    prompt = "unquestionably red-brown, unquestionably (soft:1.2) hats 3"
    for name, _ in names(host, prompt):
        assert "," not in name
        assert parse_selection(host.tokenize(prompt)[0], name).indices


def test_layers_whose_word_is_gone_are_named(table: TokenTable) -> None:
    layers = [{"word": "circle", "text": "circle"}, {"word": "dog", "text": "dog"}, {"word": "1", "text": "A"},
              {"word": "2", "text": "blue"}, {"word": "blue square", "text": "blue square"}]  # fmt: skip
    assert lost_words(table, layers) == ["dog", "2"]


def test_the_canvas_is_told_its_size_and_picture(picture: Image.Image) -> None:
    assert canvas_data(Grid(48, 64), None) == {"width": 64, "height": 48, "picture": ""}
    assert np.array_equal(opened(canvas_data(Grid(48, 64), picture)["picture"]), np.asarray(picture))


def test_a_map_comes_with_its_threshold(result: Result) -> None:
    data = map_data("disc", result, with_picture=False)
    word = result.words[0]
    assert (data["word"], data["picture"]) == ("disc", "")
    assert data["threshold"] == pytest.approx(word.threshold, abs=1e-4)
    assert np.abs(opened(data["map"]) / 255 - word.map_yx).max() < 0.003
    assert np.array_equal(opened(map_data("disc", result, with_picture=True)["picture"]), result.picture)


def test_a_result_shows_maps_beside_masks(session: Session, picture: Image.Image) -> None:
    mask_yx = np.zeros((48, 64), np.uint8)
    mask_yx[:, 32:] = 255
    job = PaintJob(prompt="a red circle", words="circle", steps=2, compare=True)
    result = Studio(session).paint(job, {"circle": mask_yx}, np.array(picture))
    data = painted_data(result)
    assert (data["width"], data["height"]) == (64, 48)
    assert np.array_equal(opened(data["pictures"]["picture"]), result.main[1])
    assert np.array_equal(opened(data["pictures"]["begun"]), np.asarray(picture))
    assert data["pictures"]["plain"]
    (word,) = data["words"]
    assert np.array_equal(opened(word["mask"]), mask_yx)
    assert opened(word["map"]).shape == (48, 64, 3)
    assert (word["area"], word["text"]) == (0.5, "circle")
    assert word["inside"] == pytest.approx(result.inside["circle"], abs=1e-4)
