from __future__ import annotations

import base64
import dataclasses
import io
import json

import numpy as np
import pytest
from PIL import Image

from vxa.app.jobs import VisualizeJob
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.render.colormaps import COLORMAPS, color_table
from vxa.ui.viewer import color_tables, shown, viewer_data


def decoded(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1]))))


def test_small_pictures_and_maps_arrive_exactly(result: Result) -> None:
    data = viewer_data(result)
    assert (data["height"], data["width"]) == result.picture.shape[:2]
    assert (decoded(data["picture"]) == result.picture).all()
    assert [word["text"] for word in data["words"]] == ["circle", "square"]
    for sent, word in zip(data["words"], result.words, strict=True):
        assert np.abs(decoded(sent["map"]) / 255 - word.map_yx).max() <= 0.5 / 255 + 1e-6
        assert sent["indices"] == list(word.word.indices)


def test_the_threshold_sent_is_otsus_whatever_the_job_says(result: Result) -> None:
    fixed = dataclasses.replace(result, job=dataclasses.replace(result.job, threshold=0.99))
    sent = [word["threshold"] for word in viewer_data(fixed)["words"]]
    assert sent == pytest.approx([word.threshold for word in result.words], abs=1e-4)


def test_big_pictures_and_many_words_are_sent_smaller_in_the_same_shape(session: Session, job: VisualizeJob) -> None:
    picture = np.zeros((64, 2200, 3), np.uint8)
    data = viewer_data(session.visualize(dataclasses.replace(job, tokens="0-76"), picture))
    assert len(data["words"]) == 77
    assert data["width"] <= 1024
    assert data["width"] / data["height"] == pytest.approx(2200 / 64, rel=0.05)
    assert data["width"] * data["height"] * 77 <= 8.5e6
    assert decoded(data["words"][0]["map"]).shape == (data["height"], data["width"])


def test_colour_tables_are_the_renderers() -> None:
    tables = json.loads(color_tables())
    assert tuple(tables) == COLORMAPS
    for name, text in tables.items():
        assert (np.frombuffer(base64.b64decode(text), np.uint8).reshape(256, 3) == color_table(name)).all()


def test_the_spread_is_sent_only_where_there_are_several_draws(result: Result, session: Session) -> None:
    alone = viewer_data(result)
    assert alone["spread_top"] == 0 and [word["spread_map"] for word in alone["words"]] == ["", ""]
    several = session.visualize(dataclasses.replace(result.job, draws=3), result.picture)
    sent = viewer_data(several)
    assert sent["spread_top"] > 0 and sent["full_width"] == result.picture.shape[1]
    for told, word in zip(sent["words"], several.words, strict=True):
        assert word.spread_yx is not None
        assert np.abs(decoded(told["spread_map"]) / 255 * sent["spread_top"] - word.spread_yx).max() < 0.005


def test_large_pictures_are_shown_smaller() -> None:
    assert decoded(shown(Image.new("RGB", (2048, 512)))).shape == (256, 1024, 3)
