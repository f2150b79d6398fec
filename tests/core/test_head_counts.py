from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.published import published
from vxa.core.concepts import VISUAL_CONCEPTS, Concepts
from vxa.core.errors import ConfigError, ShapeError
from vxa.core.head_counts import HeadCounts, add_winners, build_vectors, check_same_run, merge_counts, start_counts
from vxa.core.head_layers import SD1_LAYERS, HeadLayers

LAYERS = HeadLayers(("down.0.0.cross", "mid.0.0.cross"), (2, 3))
CONCEPTS = Concepts.of({"Color": ["red", "blue"], "Shape": ["round"], "Size": ["tiny"]})
RUN = {"model": {"family": "sd1", "hash": "abc"}, "seed": 22}
NUM_PICTURES, NUM_CALLS = 8, 4


@pytest.fixture
def winners_bsh() -> np.ndarray:
    """Winners of all pictures; the last concept never wins."""
    return np.random.default_rng(0).integers(0, 2, (NUM_PICTURES, NUM_CALLS, LAYERS.total))


@pytest.fixture
def whole(winners_bsh: np.ndarray) -> HeadCounts:
    return add_winners(start_counts(CONCEPTS, LAYERS, NUM_CALLS, RUN), winners_bsh, range(NUM_PICTURES))


def equal(one: HeadCounts, other: HeadCounts) -> bool:
    return bool((one.votes_shn == other.votes_shn).all()) and one.pictures == other.pictures and one.run == other.run


def test_votes_are_counted_one_by_one(whole: HeadCounts, winners_bsh: np.ndarray) -> None:
    assert whole.votes_shn.dtype == np.int32
    for call in range(NUM_CALLS):
        for head in range(LAYERS.total):
            votes = winners_bsh[:, call, head].tolist()
            assert whole.votes_shn[call, head].tolist() == [votes.count(concept) for concept in range(3)]
    assert sum(whole.per_concept.values()) == NUM_PICTURES * NUM_CALLS * LAYERS.total


@pytest.mark.parametrize("parts", [[[7, 1, 0], [2, 6], [3, 5, 4]], [[4], [], [0, 1, 2, 3, 5, 6, 7]]])
def test_any_split_merges_to_the_whole(whole: HeadCounts, winners_bsh: np.ndarray, parts: list[list[int]]) -> None:
    start = start_counts(CONCEPTS, LAYERS, NUM_CALLS, RUN)
    counted = [add_winners(start, winners_bsh[part], part) for part in parts]
    assert equal(merge_counts(counted), whole) and equal(merge_counts(counted[::-1]), whole)
    assert not start.votes_shn.any()


def test_counts_that_do_not_belong_together_are_not_merged(whole: HeadCounts) -> None:
    with pytest.raises(ConfigError, match="8 in two files, such as 0"):
        merge_counts([whole, whole])
    with pytest.raises(ConfigError, match="others: seed"):
        merge_counts([whole, replace(whole, run={**RUN, "seed": 23})])
    with pytest.raises(ConfigError, match="others: UNet calls, steps"):
        check_same_run(whole, start_counts(CONCEPTS, LAYERS, 5, {**RUN, "steps": 5}))
    with pytest.raises(ConfigError, match="at least one"):
        merge_counts([])


def test_numbers_that_cannot_be_votes_are_refused(whole: HeadCounts) -> None:
    with pytest.raises(ShapeError):
        replace(whole, votes_shn=whole.votes_shn[:, :-1])
    with pytest.raises(ConfigError, match="one vote a picture"):
        replace(whole, votes_shn=whole.votes_shn * 2)


def test_vectors_are_shares_brought_to_a_mean_of_one(whole: HeadCounts, winners_bsh: np.ndarray) -> None:
    vectors = build_vectors(whole)
    for concept in range(2):
        share_h = (winners_bsh == concept).mean(axis=(0, 1))
        np.testing.assert_allclose(vectors.shares_nh[concept], share_h, rtol=1e-6)
        np.testing.assert_allclose(vectors.vectors_nh[concept], share_h / share_h.mean(), rtol=1e-6)
        for call in range(NUM_CALLS):
            share_h = (winners_bsh[:, call] == concept).mean(axis=0)
            np.testing.assert_allclose(vectors.steps_snh[call, concept], share_h / share_h.mean(), rtol=1e-6)
    np.testing.assert_allclose(vectors.vectors_nh.sum(axis=1), LAYERS.total, rtol=1e-6)
    np.testing.assert_allclose(vectors.shares_nh.sum(axis=0), 1, rtol=1e-6)


def test_permuting_heads_permutes_vectors(winners_bsh: np.ndarray) -> None:
    start, order = start_counts(CONCEPTS, LAYERS, NUM_CALLS, RUN), [1, 0, 4, 2, 3]
    vectors, permuted = (
        build_vectors(add_winners(start, each_bsh, range(NUM_PICTURES)))
        for each_bsh in (winners_bsh, winners_bsh[:, :, order])
    )
    np.testing.assert_array_equal(permuted.vectors_nh, vectors.vectors_nh[:, order])
    np.testing.assert_array_equal(permuted.steps_snh, vectors.steps_snh[:, :, order])


def test_a_concept_that_never_wins_says_nothing_of_any_head(whole: HeadCounts) -> None:
    vectors = build_vectors(whole)
    assert (vectors.of("Size") == 1).all() and vectors.provenance["votes"]["Size"] == 0
    assert np.isfinite(vectors.steps_snh).all()


def test_a_clamp_cuts_and_other_balances_keep_the_mean(whole: HeadCounts) -> None:
    published_nh, largest = build_vectors(whole).vectors_nh, 1.1
    np.testing.assert_array_equal(
        build_vectors(whole, clamp=largest).vectors_nh, np.minimum(published_nh, np.float32(largest))
    )
    root, layer = build_vectors(whole, "root"), build_vectors(whole, "layer", with_steps=False)
    np.testing.assert_allclose(root.vectors_nh.mean(axis=1), 1, rtol=1e-6)
    assert (root.vectors_nh[:2].max(axis=1) < published_nh[:2].max(axis=1)).all()
    assert layer.steps_snh is None
    for address in LAYERS.addresses:
        np.testing.assert_allclose(layer.at("Color", address).mean(), 1, rtol=1e-6)


def test_impossible_settings_are_refused(whole: HeadCounts) -> None:
    with pytest.raises(ConfigError, match="above 0"):
        build_vectors(whole, clamp=float("nan"))
    with pytest.raises(ConfigError, match="a balance"):
        build_vectors(whole, "flat")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigError, match="at least one picture"):
        build_vectors(start_counts(CONCEPTS, LAYERS, 1, RUN))


def test_the_published_votes_give_the_published_vectors() -> None:
    shares_nh = np.load(published("ranking_list_sd_v1_4.npy"))
    votes_hn = np.rint(shares_nh.T * 2100 * 51).astype(np.int32)  # 2100 pictures of 51 UNet calls
    concepts = Concepts(VISUAL_CONCEPTS, tuple((name,) for name in VISUAL_CONCEPTS))
    counts = HeadCounts(concepts, SD1_LAYERS, votes_hn[None], frozenset(range(2100 * 51)), {})
    vectors = build_vectors(counts, with_steps=False)
    np.testing.assert_allclose(vectors.vectors_nh, np.load(published("head_relevance_sd_v1_4.npy")), atol=2e-3)
    np.testing.assert_allclose(vectors.shares_nh, shares_nh, atol=1e-5)
