"""Concept adjusting: 2 · desired − undesired, neutral where heads carry neither, clamped where vectors reach far."""

from __future__ import annotations

import numpy as np
import pytest

from tests.made_vectors import make_neutral, make_vectors
from vxa.core.errors import ConfigError
from vxa.core.head_layers import SD1_LAYERS, SDXL_LAYERS
from vxa.methods.concept_adjusting import adjusting_weights, suggest_clamp, suggest_strength

VECTORS = make_vectors(SD1_LAYERS)


def test_it_is_the_published_formula() -> None:
    weights_h = adjusting_weights(VECTORS, "Color", "shape")
    np.testing.assert_allclose(weights_h, 2 * VECTORS.of("color") - VECTORS.of("shape"), rtol=1e-6)
    assert (weights_h < 0).any(), "heads of the undesired concept repel the word"


def test_heads_that_carry_neither_are_left_alone() -> None:
    assert (adjusting_weights(make_neutral(SDXL_LAYERS), "color", "shape") == 1).all()


def test_both_vectors_are_clamped_before_they_are_subtracted() -> None:
    weights_h = adjusting_weights(VECTORS, "color", "shape", clamp=1.5)
    expected = 2 * VECTORS.of("color").clip(max=1.5) - VECTORS.of("shape").clip(max=1.5)
    np.testing.assert_allclose(weights_h, expected, rtol=1e-6)
    assert weights_h.max() <= 3 and weights_h.min() >= -1.5


def test_strength_goes_from_no_change_to_the_formula() -> None:
    half_h, whole_h = (adjusting_weights(VECTORS, "color", "shape", 1.5, strength) for strength in (0.5, 1.0))
    np.testing.assert_allclose(half_h, (1 + whole_h) / 2, rtol=1e-6)
    assert (adjusting_weights(VECTORS, "color", "shape", strength=0.0) == 1).all()


def test_sd1_is_adjusted_as_published_sdxl_clamped_and_few_heads_moderately() -> None:
    suggested = [(suggest_clamp(number), suggest_strength(number)) for number in (40, SD1_LAYERS.total, 1300)]
    assert suggested == [(1, 0.7), (None, 1), (9, 1)]


def test_an_unknown_concept_is_refused() -> None:
    with pytest.raises(ConfigError, match="There are: color, shape, size"):
        adjusting_weights(VECTORS, "color", "plants")
