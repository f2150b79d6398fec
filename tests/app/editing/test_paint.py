from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vxa.app.editing.paint import plan_paint
from vxa.app.editing.paint_job import PAINT_METHODS, PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.jobs import GenerateJob
from vxa.app.session import Session
from vxa.core.errors import ConfigError, LayerNotFoundError, SelectionError, ShapeError
from vxa.engine.host import Host

JOB = PaintJob(prompt="a red circle", words="circle", steps=2, guidance=3, seed=5)
LEFT = np.zeros((32, 32), np.uint8)
LEFT[:, :16] = 255


@pytest.mark.parametrize("method", PAINT_METHODS)
def test_a_painted_word_looks_where_it_was_painted(studio: Studio, method: str) -> None:
    job = replace(JOB, method=method, scale=None if "inject" in method else 3.0, end=1.0)
    maps = studio.paint(job, {"circle": LEFT}).drawn.maps[0]
    finest = next(maps.mean(layer.address) for layer in maps.layers if layer.level == 0)
    assert finest.shape[2:] == (4, 4)
    assert finest[0, 3, :, :2].mean() > 1.2 * finest[0, 3, :, 2:].mean()


def test_a_scale_of_nothing_is_the_plain_picture(studio: Studio, session: Session) -> None:
    plain = session.generate(GenerateJob(prompt=JOB.prompt, steps=2, guidance=3, seed=5)).picture
    for method in ("pww-std", "inject5"):
        found = studio.paint(replace(JOB, method=method, scale=0.0, compare=True), {"circle": LEFT})
        np.testing.assert_array_equal(found.main[1], plain)
        np.testing.assert_array_equal(found.plain, plain)


def test_a_seed_changes_the_noise_inside_the_mask_alone(studio: Studio) -> None:
    plain, seeded = (studio.paint(replace(JOB, scale=0.0, seeds=seeds), {"circle": LEFT}) for seeds in ("", "circle=9"))
    changed = np.abs(plain.main[1].astype(int) - seeded.main[1]).mean((0, 2))
    assert changed[:16].mean() > 2 * changed[16:].mean() > 0


def test_a_given_picture_is_painted_on_in_its_own_size(studio: Studio, picture: np.ndarray) -> None:
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[5:30, 5:20] = 255
    found = studio.paint(replace(JOB, strength=0.5), {"circle": mask}, picture)
    assert found.main[1].shape == picture.shape
    with pytest.raises(ConfigError, match="height and width of 0"):
        studio.paint(replace(JOB, height=32), {"circle": mask}, picture)


@pytest.mark.parametrize(("settings", "mask", "error", "message"), [
    ({"words": "rose"}, LEFT, SelectionError, "got 'rose'"),
    ({}, LEFT[:16], ShapeError, "masks of 32×32"),
    ({"method": "inject1", "levels": (7,)}, LEFT, ConfigError, r"levels of cross-attention, \[0, 1\]"),
    ({"method": "inject1", "layers": "midle"}, LEFT, LayerNotFoundError, "Did you mean mid"),
    ({"width": 33}, LEFT, ConfigError, "multiples of 8"),
    ({"method": "inject5", "heads": (9,), "end": 1.0}, LEFT, ConfigError, "heads from 0 to 3"),
    ({"method": "inject5", "start": 0.6, "end": 0.9}, LEFT, ConfigError, "at least one of the 2 steps"),
    ({"words": "1-3"}, LEFT, ConfigError, "one word, phrase or index a mask"),
])  # fmt: skip
def test_what_does_not_fit_is_found_before_the_model_runs(
    host: Host, settings: dict[str, Any], mask: np.ndarray, error: type[Exception], message: str
) -> None:
    job = replace(JOB, **settings)
    with pytest.raises(error, match=message):
        plan_paint(job, host, {job.words: mask})


@pytest.mark.parametrize(("settings", "levels"), [({}, (0, 1)), ({"layers": "middle"}, (1,)), ({"levels": (0,)}, (0,))])
def test_an_injection_goes_into_the_levels_or_layers_named(
    host: Host, settings: dict[str, Any], levels: tuple[int, ...]
) -> None:
    assert plan_paint(replace(JOB, method="inject5", **settings), host, {"circle": LEFT}).levels == levels


def test_a_word_by_its_name_and_by_its_index_is_one_word(host: Host) -> None:
    with pytest.raises(ConfigError, match="“circle” and “3”, which are the same"):
        plan_paint(replace(JOB, words="circle, 3"), host, {"circle": LEFT, "3": LEFT})


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_a_window_is_a_share_of_the_steps_that_are_run(studio: Studio, picture: np.ndarray, strength: float) -> None:
    """As noise levels the start of the run would lie beyond that of a picture that is drawn over in part."""
    mask = np.full(picture.shape[:2], 255, np.uint8)
    job = replace(JOB, method="inject5", steps=4, strength=strength, end=0.5, scale=30.0, compare=True)
    found = studio.paint(job, {"circle": mask}, picture)
    assert found.plain is not None and not np.array_equal(found.main[1], found.plain)


def test_a_seed_of_a_word_may_be_any_seed() -> None:
    assert replace(JOB, seeds=f"circle={2**32 - 1}").numbers("seeds") == {"circle": 2**32 - 1}
    with pytest.raises(ConfigError, match="seeds from"):
        replace(JOB, seeds=f"circle={2**32}").numbers("seeds")
