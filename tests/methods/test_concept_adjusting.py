"""Concept adjusting: 2 · desired − undesired, neutral where heads carry neither, clamped where vectors reach far."""

from __future__ import annotations

import numpy as np
import pytest

from tests.made_vectors import make_neutral, make_vectors
from vxa.core.errors import ConfigError
from vxa.core.head_layers import SD1_LAYERS, SDXL_LAYERS
from vxa.methods.concept_adjusting import adjusting_weights, suggest_clamp

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


def test_only_models_with_very_many_heads_are_clamped_by_themselves() -> None:
    assert suggest_clamp(SD1_LAYERS.total) is None and suggest_clamp(SDXL_LAYERS.total) == 9
    assert suggest_clamp(40) == 1


def test_an_unknown_concept_is_refused() -> None:
    with pytest.raises(ConfigError, match="There are: color, shape, size"):
        adjusting_weights(VECTORS, "color", "plants")
