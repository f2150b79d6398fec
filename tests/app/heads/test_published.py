from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.made_vectors import make_vectors
from tests.published import published
from vxa.app.heads.published import load_published, save_published
from vxa.core.errors import ConfigError
from vxa.core.head_counts import HeadCounts, build_vectors
from vxa.core.head_layers import SD1_LAYERS, SDXL_LAYERS, HeadLayers
from vxa.core.head_vectors import HeadVectors

# The two strongest heads of each published concept: (layer, head), value.
TOP = [
    ((15, 3), 4.43, (5, 3), 4.22), ((9, 3), 5.81, (8, 2), 5.68), ((14, 5), 4.43, (11, 7), 4.07),
    ((2, 4), 5.56, (7, 2), 4.79), ((10, 5), 3.76, (0, 3), 3.42), ((3, 2), 4.59, (4, 5), 4.22),
    ((2, 6), 7.40, (6, 4), 6.43), ((13, 3), 3.10, (15, 5), 2.87), ((4, 4), 5.94, (2, 5), 5.41),
    ((4, 4), 5.75, (3, 6), 5.01), ((7, 1), 7.24, (6, 0), 6.02), ((5, 2), 5.30, (9, 5), 5.00),
    ((10, 4), 5.95, (10, 3), 5.74), ((0, 5), 6.47, (0, 4), 4.22), ((5, 5), 15.04, (6, 6), 3.89),
    ((5, 6), 8.30, (8, 1), 6.36), ((0, 6), 11.63, (4, 1), 10.96), ((15, 0), 8.31, (13, 4), 5.13),
    ((6, 5), 23.19, (3, 4), 12.29), ((6, 6), 18.40, (3, 1), 17.86), ((6, 2), 18.03, (6, 3), 15.79),
    ((10, 0), 17.76, (12, 1), 15.43), ((6, 3), 18.17, (9, 1), 9.60), ((9, 0), 7.55, (3, 6), 7.31),
    ((2, 1), 9.28, (5, 0), 7.85), ((4, 0), 12.60, (6, 2), 11.97), ((2, 4), 15.06, (14, 1), 8.89),
    ((6, 2), 16.23, (4, 6), 7.19), ((5, 0), 4.19, (2, 1), 4.07), ((7, 6), 9.38, (4, 3), 6.95),
    ((6, 2), 5.07, (13, 5), 4.37), ((9, 1), 8.76, (8, 5), 8.67), ((4, 2), 4.84, (12, 4), 3.95),
    ((0, 1), 15.49, (3, 4), 7.98),
]  # fmt: skip


@pytest.fixture
def sd1() -> HeadVectors:
    return load_published(published("head_relevance_sd_v1_4.npy"))


def test_the_published_vectors_have_their_shapes_and_sums(sd1: HeadVectors) -> None:
    assert sd1.vectors_nh.shape == sd1.shares_nh.shape == (34, 128)
    assert sd1.layers == SD1_LAYERS and sd1.concepts[17] == "Color"
    np.testing.assert_allclose(sd1.vectors_nh.sum(axis=1), 128, rtol=1e-5)
    np.testing.assert_allclose(sd1.shares_nh.sum(axis=0), 1, rtol=1e-5)


def test_every_published_top_head_is_found(sd1: HeadVectors) -> None:
    for concept, ((layer, head), value, (next_layer, next_head), next_value) in zip(sd1.concepts, TOP, strict=True):
        first, second = sd1.order(concept)[:2].tolist()
        assert (first, second) == (8 * layer + head, 8 * next_layer + next_head), concept
        assert sd1.of(concept)[[first, second]] == pytest.approx([value, next_value], abs=0.005)


def test_statistics_of_the_published_vectors(sd1: HeadVectors) -> None:
    assert (sd1.vectors_nh == 0).mean() == pytest.approx(0.044, abs=5e-4)
    assert (sd1.vectors_nh > 9).sum() == 27
    above = sd1.concept_cosines()[np.triu_indices(34, 1)]
    assert (above.mean(), above.min(), above.max()) == pytest.approx((0.334, 0.030, 0.804), abs=1e-3)


def test_shares_are_recovered_where_only_vectors_are_published(sd1: HeadVectors, tmp_path: Path) -> None:
    shutil.copy(published("head_relevance_sd_v1_4.npy"), tmp_path)
    alone = load_published(tmp_path)
    np.testing.assert_allclose(alone.shares_nh, sd1.shares_nh, atol=1e-5)


@pytest.mark.parametrize("with_steps", [True, False])
def test_the_layout_is_written_and_read_back(whole: HeadCounts, tmp_path: Path, with_steps: bool) -> None:
    vectors = build_vectors(whole, with_steps=with_steps)
    path = save_published(vectors, tmp_path / "npy", "random")
    for place in (path, path.parent):
        found = load_published(place)
        for name in ("vectors_nh", "shares_nh", "steps_snh"):
            np.testing.assert_array_equal(getattr(found, name), getattr(vectors, name))
        assert (found.concepts, found.layers) == (vectors.concepts, vectors.layers)
    assert np.load(tmp_path / "npy" / "ranking_list_random.npy").dtype == np.float64


def test_the_heads_of_known_models_need_no_index(tmp_path: Path) -> None:
    for layers in (SD1_LAYERS, SDXL_LAYERS):
        path = save_published(make_vectors(layers), tmp_path / str(layers.total), "x")
        path.with_name("head_index_x.npy").unlink()
        assert load_published(path).layers == layers


def test_what_is_missing_or_does_not_fit_is_told(tmp_path: Path) -> None:
    layers = HeadLayers(("mid.0.0.cross",), (3,))
    path = save_published(make_vectors(layers), tmp_path, "x")
    with pytest.raises(ConfigError, match=r"a \.npy file"):
        load_published(tmp_path / "absent.npy")
    np.save(path.with_name("head_index_x.npy"), np.array(["somewhere", "else", "mid"]))
    with pytest.raises(ConfigError, match="the names of the 3 heads"):
        load_published(path)
    path.with_name("head_index_x.npy").unlink()
    with pytest.raises(ConfigError, match=r"known by heart"):
        load_published(path)
    path.with_name("concepts_x.txt").unlink()
    with pytest.raises(ConfigError, match="the names of the 3 concepts"):
        load_published(path)
    np.save(path, np.ones(3))
    with pytest.raises(ConfigError, match="2 axes"):
        load_published(path)
    save_published(make_vectors(layers), tmp_path, "y")
    with pytest.raises(ConfigError, match=r"one file head_relevance_\*\.npy"):
        load_published(tmp_path)
