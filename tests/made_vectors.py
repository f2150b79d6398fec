"""Head relevance vectors of any model, drawn at random: what uses them must not care where they come from."""

from __future__ import annotations

import numpy as np

from vxa.core.head_layers import HeadLayers
from vxa.core.head_vectors import HeadVectors

CONCEPTS = ("color", "shape", "size")


def make_vectors(layers: HeadLayers, concepts: tuple[str, ...] = CONCEPTS, seed: int = 0) -> HeadVectors:
    votes_nh = np.random.default_rng(seed).gamma(0.5, size=(len(concepts), layers.total)) + 1e-3
    shares_nh = votes_nh / votes_nh.sum(0)
    vectors_nh = shares_nh / shares_nh.mean(1, keepdims=True)
    return HeadVectors(concepts, layers, vectors_nh.astype(np.float32), shares_nh.astype(np.float32))


def make_neutral(layers: HeadLayers, concepts: tuple[str, ...] = CONCEPTS) -> HeadVectors:
    ones_nh = np.ones((len(concepts), layers.total), np.float32)
    return HeadVectors(concepts, layers, ones_nh, (ones_nh / len(concepts)).astype(np.float32))
