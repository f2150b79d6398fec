from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vxa.app.editing.edit import plan_edit
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.studio import Studio
from vxa.app.jobs import GenerateJob
from vxa.app.session import Session
from vxa.core.errors import AlignmentError, ConfigError, SelectionError
from vxa.engine.host import Host

LONG = "a red circle " + "left of a blue square " * 16


def change(job: EditJob, **settings: Any) -> EditJob:
    return replace(job, **settings)


@pytest.mark.parametrize("method", ["p2p", "cac"])
def test_without_windows_source_and_edit_are_what_is_drawn_plainly(
    studio: Studio, session: Session, edit_job: EditJob, method: str
) -> None:
    found = studio.edit(change(edit_job, method=method, cross_end=0.0, self_end=0.0, scheduler="euler_a"))
    for prompt, picture in zip(found.prompts, (found.source, *found.edits), strict=True):
        plain = session.generate(GenerateJob(prompt=prompt, steps=2, guidance=3, seed=5, scheduler="euler_a"))
        np.testing.assert_allclose(picture.astype(int), plain.picture.astype(int), atol=1)
    assert not np.array_equal(found.source, found.edits[0])


@pytest.mark.parametrize("method", ["p2p", "cac"])
def test_the_same_prompt_draws_the_source_again_and_a_weight_changes_it(
    studio: Studio, edit_job: EditJob, method: str
) -> None:
    same = studio.edit(change(edit_job, edit="a red circle", method=method))
    np.testing.assert_allclose(same.edits[0].astype(int), same.source.astype(int), atol=1)
    weighed = studio.edit(change(edit_job, edit="", weights="circle=-3", method=method))
    np.testing.assert_array_equal(weighed.source, same.source)
    assert np.abs(weighed.edits[0].astype(int) - same.source).max() > 3


def test_several_edits_get_the_weights_and_windows_of_the_words_they_have(studio: Studio, edit_job: EditJob) -> None:
    both = studio.edit(change(edit_job, edit="a blue circle || a red hat", weights="blue=4", word_windows="hat=0-0.1"))
    lone = studio.edit(change(edit_job, edit="a red hat", word_windows="hat=0-0.1"))
    assert [pairs.kind for pairs in both.pairs] == ["replace", "replace"]
    np.testing.assert_allclose(both.edits[1].astype(int), lone.edits[0].astype(int), atol=1)


def test_words_are_strengthened_in_the_heads_of_their_concepts(
    studio: Studio, edit_job: EditJob, vectors_file: str
) -> None:
    job = change(edit_job, vectors=vectors_file)
    plain, strengthened, other = (
        studio.edit(change(job, concepts=concepts)).drawn.pictures
        for concepts in ("", "blue=Color", "blue=shape, circle=size")
    )
    assert np.array_equal(plain[0], strengthened[0]) and np.array_equal(plain[0], other[0])
    assert len({picture.tobytes() for picture in (plain[1], strengthened[1], other[1])}) == 3
    two = studio.edit(change(job, edit="a blue circle || a red hat", concepts="blue=color, hat=shape"))
    np.testing.assert_allclose(two.edits[0].astype(int), strengthened[1].astype(int), atol=1)


def test_local_blend_keeps_the_source_where_no_word_looks(studio: Studio, edit_job: EditJob) -> None:
    settings = {"edit": "a green circle", "self_end": 0.0, "blend_start": 0.0}
    free, kept = (
        studio.edit(change(edit_job, **settings, **more)) for more in ({}, {"blend": "circle", "blend_threshold": 0.9})
    )
    none = studio.edit(change(edit_job, **settings, blend="circle", blend_threshold=1.0))
    changed = [(found.edits[0] != found.source).any(-1).mean() for found in (free, kept, none)]
    assert changed[0] > changed[1] > changed[2] == 0


def test_self_attention_is_the_sources_up_to_a_share_of_the_latent(studio: Studio, edit_job: EditJob) -> None:
    settings = {"cross_end": 0.0, "self_end": 1.0}
    auto, whole, part = (
        studio.edit(change(edit_job, **settings, self_area=area)).edits[0] for area in (None, 1.0, 1 / 4)
    )
    np.testing.assert_array_equal(auto, whole)
    assert not np.array_equal(auto, part)


def test_cross_attention_is_the_sources_in_a_share_of_the_layers(studio: Studio, edit_job: EditJob) -> None:
    job = change(edit_job, cross_end=1.0, self_end=0.0)
    none, half, all_ = (studio.edit(change(job, cross_layers=share)).edits[0] for share in (0.0, 0.5, 1.0))
    np.testing.assert_array_equal(none, studio.edit(change(job, cross_end=0.0)).edits[0])
    np.testing.assert_array_equal(all_, studio.edit(job).edits[0])
    assert not np.array_equal(half, none) and not np.array_equal(half, all_)


@pytest.mark.parametrize("method", ["p2p", "cac"])
def test_prompts_of_several_chunks_are_edited(studio: Studio, edit_job: EditJob, method: str) -> None:
    job = change(edit_job, prompt=LONG, edit=LONG.replace("red", "green", 1), method=method, tokens="green, square")
    found = studio.edit(job)
    assert len(found.tables[0].tokens) == 154
    assert [[word.word.text for word in look.words] for _, look in found.looks()] == [["square"], ["green", "square"]]


@pytest.mark.parametrize("inversion", ["auto", "null-text", "ddim", "refined", "none"])
@pytest.mark.parametrize("method", ["p2p", "cac"])
def test_a_given_picture_is_edited_in_its_own_size(
    studio: Studio, edit_job: EditJob, picture: np.ndarray, inversion: str, method: str
) -> None:
    job = change(edit_job, method=method, inversion=inversion, null_steps=1, strength=0.5)
    found = studio.edit(job, picture)
    assert found.source is picture and found.edits[0].shape == picture.shape
    assert (found.reconstruction is None) == (inversion == "none")


@pytest.mark.parametrize(("settings", "error", "message"), [
    ({"edit": "a very blue circle", "edit_kind": "replace"}, AlignmentError, "Use refine"),
    ({"weights": "rose=2"}, SelectionError, "got 'rose'"),
    ({"weights": "red=2"}, SelectionError, "got 'red'"),
    ({"word_windows": "rose=0-1"}, SelectionError, "got 'rose'"),
    ({"concepts": "rose=color"}, SelectionError, "got 'rose'"),
    ({"concepts": "blue=color"}, ConfigError, "head vectors of a model with 28 heads"),
    ({"concepts": "blue=color", "vectors": "absent.npz"}, ConfigError, "a file of head vectors; got 'absent.npz'"),
    ({"tokens": "circle, rose"}, SelectionError, "got 'rose'"),
    ({"blend": "rose"}, SelectionError, "got 'rose'"),
    ({"blend": "red"}, SelectionError, "words to blend of every prompt; got none of red in “a blue circle”"),
    ({"blend": "circle", "subtract": "blue"}, SelectionError, "words to leave out of every prompt"),
    ({"method": "cac", "weights": "99=2"}, SelectionError, "a token index from 0 to 76"),
    ({"height": 33}, ConfigError, "multiples of 8"),
])  # fmt: skip
def test_what_does_not_fit_is_found_before_the_model_runs(
    host: Host, edit_job: EditJob, counting_calls: Any, settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with counting_calls(host) as calls, pytest.raises(error, match=message):
        Studio(Session(lambda _: host)).edit(change(edit_job, **settings))
    assert not calls


@pytest.mark.parametrize("settings", [
    {"height": 32}, {"scheduler": "euler"}, {"inversion": "none", "strength": 0.4},
])  # fmt: skip
def test_a_given_picture_decides_size_and_sampler(
    host: Host, edit_job: EditJob, picture: np.ndarray, settings: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError):
        plan_edit(change(edit_job, **settings), host, picture)
    assert plan_edit(change(edit_job, scheduler="euler", inversion="refined"), host, picture).runs
