from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.app.http.conftest import as_text, png_bytes
from vxa.app.http.asking import TOKENS_FIELDS, VISUALIZE_FIELDS, Wanted, read_job, read_picture, read_prompt, read_size
from vxa.app.http.failures import tell
from vxa.app.http.limits import Limits
from vxa.app.jobs import VisualizeJob
from vxa.app.settings import iter_fields
from vxa.core.errors import ConfigError, PictureError


def test_every_setting_of_the_job_may_be_given_but_the_model() -> None:
    assert set(VISUALIZE_FIELDS) == {f.name for kind in (VisualizeJob, Wanted) for f in iter_fields(kind)} - {"model"}
    assert set(TOKENS_FIELDS) == {"prompt", "tokens"}


def test_what_is_not_given_takes_its_default() -> None:
    assert read_job({"prompt": "a cat"}, "m", Limits()) == (VisualizeJob(prompt="a cat", model="m"), Wanted())


def test_text_is_read_as_if_typed() -> None:
    typed = {"timesteps": "5, 7", "draws": "3", "noise": "no", "threshold": "auto", "modes": "heat,mask", "heads": ""}
    meant = {"timesteps": [5, 7], "draws": 3, "noise": False, "threshold": None, "modes": ["heat", "mask"], "heads": []}
    assert read_job({"prompt": "x", **typed}, "", Limits()) == read_job({"prompt": "x", **meant}, "", Limits())


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"promt": "x"}, "a field of this request; got 'promt'. Did you mean prompt"),
        ({"prompt": "x", "word_map": True}, "Did you mean word_maps"),
        ({"prompt": "x", "output_folder": "/tmp"}, "a field of this request; got 'output_folder'"),
        ({"prompt": "x", "job": "generate"}, "job to be 'visualize' here; got 'generate'"),
        ({"prompt": "x", "raw_maps": 1}, "raw_maps as yes or no; got 1"),
        ({"prompt": "x" * 10_001}, "prompt of at most 10,000 characters; got 10,001"),
        ({}, "the setting 'prompt'; got nothing"),
        ({"prompt": None}, "prompt as text; got None"),
        ({"prompt": "x", "timesteps": 5}, "timesteps as a list"),
        ({"prompt": "x", "timesteps": [[5]]}, "timesteps as whole numbers"),
        ({"prompt": "x", "draws": 10**30}, "draws from 1 to 64"),
        ({"prompt": "x", "opacity": float("inf")}, "opacity from 0 to 1; got inf"),
        ({"prompt": "\ud800"}, "prompt as Unicode text"),
    ],
)
def test_a_wrong_field_is_told(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError) as told:
        read_job(values, "", Limits())
    assert complaint in str(told.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*VISUALIZE_FIELDS, "job", "model"]) | st.text(st.characters()), JSON))
def test_whatever_comes_is_a_job_or_an_error_that_can_be_told(values: dict[str, Any]) -> None:
    try:
        read_job({"prompt": "x", **values}, "", Limits())
    except ConfigError as error:
        assert tell(error).status_code == 422


def test_other_requests_take_their_own_fields_only() -> None:
    assert read_prompt({"prompt": "a cat", "tokens": "cat"}, Limits()).tokens == "cat"
    assert read_size({"height": "64"}, Limits()).height == 64
    for read, values in ((read_prompt, {"prompt": "x", "draws": 1}), (read_size, {"prompt": "x"})):
        with pytest.raises(ConfigError, match="a field of this request"):
            read(values, Limits())


def test_a_picture_comes_as_bytes_as_base64_and_as_a_data_url(picture: np.ndarray) -> None:
    data = png_bytes(picture)
    wrapped = base64.encodebytes(data).decode()
    for value in (data, as_text(data), f"data:image/png;base64,{as_text(data)}", wrapped):
        np.testing.assert_array_equal(read_picture(value, 10**6), picture)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        b"",
        7,
        ["x"],
        "http://127.0.0.1/x.png",
        "file:///etc/passwd",
        "/etc/passwd",
        "photo.png",
        "data:,",
        "é",
    ],
)
def test_what_is_no_picture_is_not_looked_up(value: object) -> None:
    with pytest.raises(PictureError):
        read_picture(value, 10**6)


def test_a_bomb_is_refused_by_its_header() -> None:
    # a PNG of 64 million pixels whose data are missing: decoding would fail otherwise
    bomb = png_bytes(Image.new("L", (8000, 8000)))[:200]
    with pytest.raises(PictureError, match=r"at most 1,000,000 pixels; got 8000 × 8000 = 64,000,000\. Scale it down"):
        read_picture(bomb, 10**6)


def test_formats_that_start_other_programs_are_not_known() -> None:
    postscript = png_bytes(Image.new("RGB", (8, 8)), "EPS")
    with pytest.raises(PictureError, match="something else"):
        read_picture(postscript, 10**6)
