"""What the loss reads: the layers of the paper at any size, and published heads in their published measure."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.made_vectors import make_neutral, make_vectors
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.engine.sites import SiteTable
from vxa.methods.attend_excite_reading import HeadReading, LevelReading, Read
from vxa.methods.smoothing import smooth


def everything(read: Read, seed: int = 0) -> torch.Tensor:
    """Reduce random attention of every layer and add it up, in float64."""
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(())
    for site in read.sites:
        grid = read.latent.level(site.level)
        scores = torch.randn(site.heads, 77, grid.height, grid.width, generator=generator, dtype=torch.float64)
        total = total + read.reduce(site, scores.softmax(1))
    return total


@pytest.mark.parametrize("latent", [Grid(64, 64), Grid(64, 96), Grid(96, 96), Grid(128, 128)], ids=str)
def test_sd1_reads_the_five_layers_of_the_paper_at_any_size(sd1: SiteTable, latent: Grid) -> None:
    read = LevelReading().read(sd1, latent, 2)
    assert [site.layer for site in read.sites] == [4, 5, 7, 8, 9] and read.level == 2
    assert sum(float(weights.sum()) for weights in read.weights.values()) == pytest.approx(1)


def test_sdxl_reads_a_quarter_of_its_latent(sdxl: SiteTable) -> None:
    read = LevelReading().read(sdxl, Grid(128, 96), 1)
    assert read.level == 2 and len(read.sites) == 50


def test_the_mean_is_over_layers_and_heads(tiny: SiteTable) -> None:
    read = LevelReading().read(tiny, Grid(16, 12), 1)
    generator = torch.Generator().manual_seed(0)
    shape = (4, 77, 16, 12)
    probs = [torch.randn(shape, generator=generator, dtype=torch.float64).softmax(1) for _ in read.sites]
    torch.testing.assert_close(everything(read)[0], torch.cat(probs).mean(0))


def test_heads_are_read_in_all_layers_at_one_size_and_tokens_still_share_each_place(sd1: SiteTable) -> None:
    latent, vectors = Grid(40, 64), make_vectors(sd1.head_layers)
    read = HeadReading(vectors, ("Color", "shape")).read(sd1, latent, 2)
    assert len(read.sites) == 16 and read.level == 3
    maps_wtyx = everything(read)
    assert maps_wtyx.shape == (2, 77, *(latent.level(3).height, latent.level(3).width))
    torch.testing.assert_close(maps_wtyx.sum(1), torch.ones_like(maps_wtyx.sum(1)), atol=1e-6, rtol=0)
    for row, concept in enumerate(("color", "shape")):
        found = np.concatenate([read.weights[site.address][row].numpy() for site in read.sites])
        np.testing.assert_allclose(found, vectors.of(concept) / 128, rtol=1e-5)


def test_maps_are_blurred_as_published_before_they_are_reduced(sd1: SiteTable) -> None:
    read = HeadReading(make_neutral(sd1.head_layers), ("color",)).read(sd1, Grid(64, 64), 1)
    for layer, size, sigma in ((0, 9, 1.7), (2, 5, 1.1), (4, 3, 0.8), (6, 1, 0.0)):
        site = read.sites[layer]
        probs = torch.rand(8, 77, *[64 >> site.level] * 2)
        mean = probs.sum(0, keepdim=True) / 128
        blurred = smooth(mean, sigma, size, "gaussian")
        expected = functional.interpolate(blurred, size=(8, 8), mode="bicubic") if site.level < 3 else blurred
        torch.testing.assert_close(read.reduce(site, probs), expected, atol=1e-6, rtol=1e-4)


def test_neutral_vectors_count_all_heads_alike(tiny: SiteTable) -> None:
    read = HeadReading(make_neutral(tiny.head_layers), ("color",)).read(tiny, Grid(16, 16), 1)
    assert read.level == 1
    for weights in read.weights.values():
        torch.testing.assert_close(weights, torch.full_like(weights, 1 / tiny.head_layers.total))


def test_vectors_of_another_model_and_unknown_concepts_are_refused(tiny: SiteTable, sd1: SiteTable) -> None:
    vectors = make_vectors(tiny.head_layers)
    with pytest.raises(ConfigError, match="head vectors of a model with 16"):
        HeadReading(vectors, ("color",)).read(sd1, Grid(64, 64), 1)
    with pytest.raises(ConfigError, match="name of a concept; got 'colour'"):
        HeadReading(vectors, ("colour",)).read(tiny, Grid(16, 16), 1)
    with pytest.raises(ConfigError, match="one concept a word, 2; got color"):
        HeadReading(vectors, ("color",)).read(tiny, Grid(16, 16), 2)
    vectors.vectors_nh[0] = 0
    with pytest.raises(ConfigError, match="some head has to do with"):
        HeadReading(vectors, ("color",)).read(tiny, Grid(16, 16), 1)
