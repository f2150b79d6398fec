from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PIL import Image

from vxa.app.jobs import MODES, VisualizeJob
from vxa.app.result import Result, file_stems
from vxa.app.session import Session
from vxa.render.colormaps import color_table

each_size = pytest.mark.parametrize("size", [(97, 150), (150, 97), (16, 16), (1, 1), (7, 200)], ids=str)


@pytest.fixture(scope="module")
def result(host, picture: np.ndarray) -> Result:
    job = VisualizeJob(prompt="a red circle left of a blue square", tokens="circle, blue square", draws=1)
    job = dataclasses.replace(job, timesteps=(200,), modes=MODES, layer_sheet=True)
    return Session(lambda _: host).visualize(job, picture)


def test_there_is_a_picture_for_every_word_and_mode_and_the_sheets(result: Result, picture: np.ndarray) -> None:
    pictures = dict(result.iter_pictures())
    words = ["circle", "blue_square"]
    assert list(pictures) == [*(f"{word}-{mode}" for word in words for mode in MODES), "sheet", "layers"]
    for name in list(pictures)[:8]:
        assert (pictures[name].height, pictures[name].width) == picture.shape[:2], name


def test_each_mode_shows_the_map_in_its_way(result: Result, picture: np.ndarray) -> None:
    word = result.words[0]
    grey, mask = np.asarray(result.draw(word, "grey")), np.asarray(result.draw(word, "mask"))
    np.testing.assert_allclose(grey, word.map_yx * 255, atol=0.51)
    np.testing.assert_allclose(mask, picture * word.map_yx[..., None], atol=0.51)
    np.testing.assert_array_equal(np.asarray(result.draw(word, "threshold")) > 0, word.map_yx > word.threshold)
    heat = np.asarray(result.draw(word, "heat")).astype(float)
    colors = color_table("turbo")[np.rint(word.map_yx * 255).astype(int)]
    np.testing.assert_allclose(heat, 0.4 * picture + 0.6 * colors, atol=1)


def test_drawings_say_what_they_show(result: Result) -> None:
    drawings = list(result.iter_drawings())
    assert [(each.name, each.mode, each.word) for each in drawings] == result.plan
    assert drawings[0].word is result.words[0]
    assert drawings[-2].word is None


def test_a_layer_sheet_has_a_cell_for_every_layer(result: Result) -> None:
    assert len(result.maps) == len(result.sites.cross) == 7
    one = dataclasses.replace(result, sites=result.sites[:4])
    assert result.layer_sheet().height * result.layer_sheet().width > one.layer_sheet().height * one.layer_sheet().width


def test_modes_named_twice_are_drawn_once(result: Result) -> None:
    twice = dataclasses.replace(result, job=dataclasses.replace(result.job, modes=("heat", "heat"), layer_sheet=False))
    assert [name for name, _ in twice.iter_pictures()] == ["circle-heat", "blue_square-heat", "sheet"]


@each_size
def test_a_picture_of_any_size_gives_maps_of_its_size(
    session: Session, job: VisualizeJob, size: tuple[int, int]
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    result = session.visualize(job, picture)
    for word in result.words:
        assert word.map_yx.shape == size
    assert all(image.size == size[::-1] for name, image in result.iter_pictures() if name != "sheet")


def test_maps_know_where_they_came_from(result: Result) -> None:
    facts = result.maps.provenance
    assert facts["model"]["hash"] == result.recording.model.hash
    assert facts["job"]["prompt"] == result.job.prompt and facts["job"]["timesteps"] == [200]
    assert facts["picture"]["height"] == 41 and facts["padded"] == {"height": 48, "width": 64}
    assert [token["text"] for token in facts["tokens"]["tokens"]][1:4] == ["a", "red", "circle"]


def test_the_status_says_what_was_used(result: Result) -> None:
    assert result.status.startswith("“circle” = token 3, “blue square” = tokens 7, 8 · ")
    assert " 1 draw · " in result.status and result.status.endswith(" s")
    assert dataclasses.replace(result, seconds=0).status.endswith("from the cache")
    everything = dataclasses.replace(result, job=dataclasses.replace(result.job, tokens=""))
    assert "“all words” = tokens 1-76" in everything.status


def test_the_sheet_opens_as_a_picture(result: Result) -> None:
    assert isinstance(result.word_sheet(), Image.Image)


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (["red car", "a/b", "A b"], ["red_car", "a_b", "A_b_2"]),
        (["a_2", "a", "a"], ["a_2", "a", "a_3"]),
        (["..", "", "💥"], ["token", "token_2", "token_3"]),
        (["猫", "Ä"], ["猫", "Ä"]),
        (["x" * 200, "x" * 201], ["x" * 60, "x" * 60 + "_2"]),
        (["../../etc/passwd", "a\\b", "c:d"], ["etc_passwd", "a_b", "c_d"]),
    ],
)
def test_labels_become_distinct_file_names(names: list[str], stems: list[str]) -> None:
    assert file_stems(names) == stems
    assert len({stem.casefold() for stem in stems}) == len(names)
