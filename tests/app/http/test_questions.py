from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxa.app.editing.edit_job import EditJob
from vxa.app.http import questions
from vxa.app.http.failures import tell
from vxa.app.http.limits import Limits
from vxa.app.http.questions import ADJUST, EDIT, EXCITE, GENERATE, INVERT, PAINT, VISUALIZE, WEAKEN, Question
from vxa.app.http.wanted import Wanted
from vxa.app.jobs import JOBS, VisualizeJob
from vxa.app.settings import iter_fields
from vxa.app.shelves import Shelves
from vxa.core.errors import ConfigError

ALL: tuple[Question[Any, Any], ...] = (VISUALIZE, GENERATE, EDIT, INVERT, PAINT, EXCITE, ADJUST, WEAKEN)


def test_every_job_may_be_asked_for_with_every_setting_but_those_of_the_server() -> None:
    assert {question.job for question in ALL} == set(JOBS.values())
    for question in ALL:
        names = {field.name for kind in (question.job, question.wanted) for field in iter_fields(kind)}
        assert set(question.fields) == names - {"model"}
    assert set(questions.TOKENS_FIELDS) == {"prompt", "tokens"}
    assert set(questions.ALIGN_FIELDS) == {"prompt", "edit", "method", "edit_kind"}


def test_what_is_not_given_takes_its_default() -> None:
    assert VISUALIZE.read({"prompt": "a cat"}, "m", Limits()) == (VisualizeJob(prompt="a cat", model="m"), Wanted())
    job, _ = EDIT.read({"prompt": "a cat", "edit": "a dog"}, "m", Limits())
    assert job == EditJob(prompt="a cat", edit="a dog", model="m")


def test_files_are_named_and_the_job_of_an_answer_may_be_sent_again(tmp_path: Path) -> None:
    (tmp_path / "head-vectors").mkdir()
    (tmp_path / "head-vectors" / "sd14.npz").touch()
    asked = {"prompt": "x", "adjust": "x=a not b", "vectors": "sd14.npz"}
    job, _ = ADJUST.read(asked, "", Limits(), Shelves(tmp_path))
    assert job.vectors == str(tmp_path / "head-vectors" / "sd14.npz")
    assert ADJUST.read(job.to_json(), "", Limits(), Shelves(tmp_path))[0] == job


def test_text_is_read_as_if_typed() -> None:
    typed = {"timesteps": "5, 7", "draws": "3", "noise": "no", "threshold": "auto", "modes": "heat,mask", "heads": ""}
    meant = {"timesteps": [5, 7], "draws": 3, "noise": False, "threshold": None, "modes": ["heat", "mask"], "heads": []}
    assert VISUALIZE.read({"prompt": "x", **typed}, "", Limits()) == VISUALIZE.read(
        {"prompt": "x", **meant}, "", Limits()
    )


def test_the_words_of_masks_need_not_be_named_again() -> None:
    masks = {"red circle": "…", "square": "…"}
    assert PAINT.read({"prompt": "x", "masks": masks}, "", Limits())[0].painted == ("red circle", "square")
    assert PAINT.read({"prompt": "x", "masks": masks, "words": "square"}, "", Limits())[0].painted == ("square",)
    with pytest.raises(ConfigError, match="the setting 'words'; got nothing"):
        PAINT.read({"prompt": "x"}, "", Limits())


@pytest.mark.parametrize(
    ("question", "values", "complaint"),
    [
        (VISUALIZE, {"promt": "x"}, "a field of this request; got 'promt'. Did you mean prompt"),
        (VISUALIZE, {"prompt": "x", "word_map": True}, "Did you mean word_maps"),
        (VISUALIZE, {"prompt": "x", "output_folder": "/tmp"}, "a field of this request; got 'output_folder'"),
        (VISUALIZE, {"prompt": "x", "vectors": "/etc/x.npz"}, "auto, embedded; got '/etc/x.npz'. Paths are not opened"),
        (EDIT, {"prompt": "x", "edit": "y", "vectors": ["auto"]}, "vectors as text"),
        (WEAKEN, {"prompt": "x", "concept": "color", "clip": "openai/clip"}, "none yet; got 'openai/clip'"),
        (VISUALIZE, {"prompt": "x", "job": "generate"}, "job to be 'visualize' here; got 'generate'"),
        (VISUALIZE, {"prompt": "x", "raw_maps": 1}, "raw_maps as yes or no; got 1"),
        (VISUALIZE, {"prompt": "x" * 10_001}, "prompt of at most 10,000 characters; got 10,001"),
        (VISUALIZE, {}, "the setting 'prompt'; got nothing"),
        (VISUALIZE, {"prompt": None}, "prompt as text; got None"),
        (VISUALIZE, {"prompt": "x", "timesteps": 5}, "timesteps as a list"),
        (VISUALIZE, {"prompt": "x", "timesteps": [[5]]}, "timesteps as whole numbers"),
        (VISUALIZE, {"prompt": "x", "draws": 10**30}, "draws from 1 to 64"),
        (VISUALIZE, {"prompt": "x", "opacity": float("inf")}, "opacity from 0 to 1; got inf"),
        (VISUALIZE, {"prompt": "\ud800"}, "prompt as Unicode text"),
        (GENERATE, {"prompt": "x", "picture": "…"}, "a field of this request; got 'picture'"),
        (EDIT, {"prompt": "x", "edit": "y", "masks": {}}, "a field of this request; got 'masks'"),
        (EDIT, {"prompt": "x"}, "an edited prompt or weights of words; got neither"),
        (EDIT, {"prompt": "x", "edit": "y", "cross_start": 0.9}, "cross-attention replacement"),
        (INVERT, {"prompt": "x", "word_maps": True}, "a field of this request; got 'word_maps'"),
        (PAINT, {"prompt": "x", "masks": {"a": ""}, "strengths": "b=2"}, "strengths of painted words; got 'b'"),
    ],
)
def test_a_wrong_field_is_told(question: Question[Any, Any], values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError) as told:
        question.read(values, "", Limits())
    assert complaint in str(told.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=2),
    max_leaves=4,
)
NAMES = sorted({*(name for question in ALL for name in question.fields), "job", "model", "masks"})


@given(st.sampled_from(ALL), st.dictionaries(st.sampled_from(NAMES) | st.text(st.characters()), JSON))
def test_whatever_comes_is_a_job_or_an_error_that_can_be_told(
    question: Question[Any, Any], values: dict[str, Any]
) -> None:
    try:
        question.read({"prompt": "x", **values}, "", Limits())
    except ConfigError as error:
        assert tell(error).status_code == 422
