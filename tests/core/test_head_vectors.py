from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.made_vectors import make_vectors
from vxa.core.errors import ConfigError, LayerNotFoundError, ShapeError
from vxa.core.head_layers import SD1_LAYERS, HeadLayers
from vxa.core.head_vectors import HeadVectors

LAYERS = HeadLayers(("down.0.0.cross", "mid.0.0.cross"), (2, 3))
VECTORS = make_vectors(LAYERS, ("Color", "Image Style"))


def test_a_concept_is_found_whatever_the_case() -> None:
    np.testing.assert_array_equal(VECTORS.of(" image  STYLE "), VECTORS.vectors_nh[1])
    np.testing.assert_array_equal(VECTORS.at("color", "mid.0.0.cross"), VECTORS.vectors_nh[0, 2:])


def test_an_unknown_concept_is_answered_by_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"got 'colour'\. Did you mean Color\? There are: Color, Image Style\."):
        VECTORS.of("colour")
    with pytest.raises(ConfigError, match=r"got 'xyz'\. There are: Color, Image Style\.$"):
        VECTORS.of("xyz")
    with pytest.raises(LayerNotFoundError):
        VECTORS.at("Color", "up.0.0.cross")


def test_heads_come_in_the_order_of_their_shares_ties_in_the_order_of_the_model() -> None:
    shares_nh = np.float32([[0.2, 0.9, 0.2, 0.5, 0.2], [0.8, 0.1, 0.8, 0.5, 0.8]])
    vectors = replace(VECTORS, shares_nh=shares_nh)
    assert vectors.order("Color").tolist() == [1, 3, 0, 2, 4]
    assert vectors.order("Color", descending=False).tolist() == [4, 2, 0, 3, 1]


def test_the_most_and_the_least_relevant_heads_part_the_whole() -> None:
    for count in range(LAYERS.total + 1):
        most = set(VECTORS.order("Color")[:count].tolist())
        least = set(VECTORS.order("Color", descending=False)[: LAYERS.total - count].tolist())
        assert most | least == set(range(5)) and not most & least


def test_the_grid_is_blank_where_a_layer_has_fewer_heads() -> None:
    grid_lh = VECTORS.grid("Color")
    assert np.isnan(grid_lh).tolist() == [[False, False, True], [False, False, False]]
    np.testing.assert_array_equal(grid_lh[1], VECTORS.vectors_nh[0, 2:])


def test_cosines_of_concepts_and_of_calls() -> None:
    steps_snh = np.float32([[[1, 0, 0, 0, 1], [1, 0, 0, 0, 1]], [[0, 1, 0, 0, 0], [0, 0, 0, 1, 0]], [[0] * 5] * 2])
    vectors = replace(VECTORS, vectors_nh=np.float32([[3, 0, 0, 0, 0], [1, 1, 0, 0, 0]]), steps_snh=steps_snh)
    np.testing.assert_allclose(vectors.concept_cosines(), [[1, 0.5**0.5], [0.5**0.5, 1]])
    np.testing.assert_allclose(vectors.step_cosines(), np.diag([1, 1, 0]), atol=1e-9)
    with pytest.raises(ConfigError, match="Build them with steps"):
        VECTORS.step_cosines()


def test_vectors_of_another_model_are_refused() -> None:
    VECTORS.check_fits(LAYERS)
    with pytest.raises(ConfigError, match="16 cross-attention layers and 128 heads; got some of one with 2 and 5"):
        VECTORS.check_fits(SD1_LAYERS)


@pytest.mark.parametrize(
    "changes",
    [
        {"vectors_nh": np.ones((2, 4), np.float32)},
        {"shares_nh": np.ones((1, 5), np.float32)},
        {"vectors_nh": np.full((2, 5), np.nan, np.float32)},
        {"vectors_nh": np.full((2, 5), -1, np.float32)},
        {"steps_snh": np.ones((2, 5), np.float32)},
        {"steps_snh": np.ones((3, 2, 4), np.float32)},
        {"concepts": ("Color", "COLOR")},
        {"concepts": ("Color",)},
    ],
)
def test_numbers_that_do_not_fit_together_are_refused(changes: dict) -> None:
    with pytest.raises((ShapeError, ConfigError)):
        replace(VECTORS, **changes)


def test_no_concepts_are_no_vectors() -> None:
    nothing_nh = np.ones((0, 5), np.float32)
    with pytest.raises(ConfigError, match="distinct names; got none"):
        HeadVectors((), LAYERS, nothing_nh, nothing_nh)
