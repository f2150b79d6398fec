"""The head lens against its sum in loops, and what it is for special weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.made_vectors import make_neutral, make_vectors
from tests.methods.test_daam import bicubic
from vxa.core.errors import NoMapsError, UnsupportedModelError
from vxa.core.grid import Grid
from vxa.core.head_layers import HeadLayers
from vxa.core.maps import AttentionMaps
from vxa.core.tokens import Word
from vxa.engine.sites import SiteTable
from vxa.methods.head_lens import HeadLens
from vxa.methods.preset import head_weighted_mean

WORDS = (Word("one", (3,)), Word("two pieces", (5, 6)))
LATENT = Grid(12, 17)


def layers_of(maps: AttentionMaps) -> HeadLayers:
    return HeadLayers(tuple(layer.address for layer in maps.layers), tuple(layer.heads for layer in maps.layers))


def test_it_is_the_sum_weighted_by_the_vector(make_record) -> None:
    maps, means = make_record(latent=LATENT)
    vectors = make_vectors(layers_of(maps))
    expected, index = np.zeros((len(WORDS), 12, 17)), 0
    for probs_htyx in means.values():
        for head_tyx in probs_htyx:
            for number, word in enumerate(WORDS):
                enlarged = [np.maximum(bicubic(head_tyx[token], 12, 17), 0) for token in word.indices]
                expected[number] += vectors.of("shape")[index] / vectors.layers.total * sum(enlarged) / len(enlarged)
            index += 1
    found = HeadLens.of_weights(vectors.layers, vectors.of("shape")).reduce(maps, WORDS)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)


def test_a_neutral_vector_is_the_plain_mean(make_record) -> None:
    maps, _ = make_record(latent=LATENT)
    lens = HeadLens.of_weights(layers_of(maps), make_neutral(layers_of(maps)).of("color"))
    plain = head_weighted_mean(maps, LATENT, "bicubic", clamps=True)
    torch.testing.assert_close(lens.reduce(maps, WORDS[:1])[0], plain[3])
    torch.testing.assert_close(HeadLens().reduce(maps, WORDS[:1])[0], plain[3])


def test_one_head_is_that_head_s_map(make_record, tiny: SiteTable) -> None:
    maps, means = make_record("down.0.0.cross mid.0.0.cross", LATENT)
    layers = layers_of(maps)
    picked_h = np.zeros(layers.total)
    picked_h[layers.index_of("down.0.0.cross", 1)] = 1
    found = HeadLens.of_weights(layers, picked_h).reduce(maps, WORDS[:1])
    np.testing.assert_allclose(found[0].numpy(), means["down.0.0.cross"][1, 3], atol=1e-5)


def test_it_reads_the_layers_that_have_a_weight(tiny: SiteTable) -> None:
    layers = tiny.head_layers
    picked_h = np.zeros(layers.total)
    picked_h[[layers.index_of("mid.0.0.cross", 2), layers.index_of("up.1.0.cross", 0)]] = 1
    chosen = HeadLens.of_weights(layers, picked_h).choose(tiny, LATENT)
    assert [site.address for site in chosen] == ["mid.0.0.cross", "up.1.0.cross"]
    assert HeadLens().choose(tiny, LATENT) == tuple(tiny.cross)
    with pytest.raises(UnsupportedModelError, match="which the preset 'head-lens' reads"):
        HeadLens.of_weights(layers, 0 * picked_h).choose(tiny, LATENT)


def test_layers_without_a_weight_show_nothing(make_record) -> None:
    maps, _ = make_record("down.0.0.cross mid.0.0.cross", LATENT)
    lens = HeadLens.of_weights(layers_of(maps), np.zeros(layers_of(maps).total))
    assert not lens.reduce(maps, WORDS).any()


def test_averaged_heads_are_refused(make_record) -> None:
    maps, _ = make_record("mid.0.0.cross", LATENT, keeps_heads=False)
    with pytest.raises(NoMapsError, match="Record with the heads kept apart"):
        HeadLens.of_weights(layers_of(maps), np.ones(4)).reduce(maps, WORDS)
