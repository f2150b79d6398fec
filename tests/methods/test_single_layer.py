"""The original VXA's map, against its algorithm in loops and float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vxa.core.errors import LayerNotFoundError, UnsupportedModelError
from vxa.core.grid import Grid
from vxa.core.tokens import Word
from vxa.engine.sites import SiteTable
from vxa.methods.single_layer import SingleLayer

WORDS = (Word("hat", (1,)), Word("hat + neck", (1, 3)), Word("all words", tuple(range(1, 77))))


def naive_vxa(probs_htyx: np.ndarray, columns: tuple[int, ...]) -> np.ndarray:
    """Sum over the columns chosen, then over the heads: shape (y, x)."""
    _, _, height, width = probs_htyx.shape
    out = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            for head_tyx in probs_htyx:
                out[y, x] += sum(head_tyx[t, y, x] for t in columns)
    return out


@pytest.mark.parametrize("keeps_heads", [True, False])
def test_equals_the_naive_form(make_record, keeps_heads: bool) -> None:
    maps, means = make_record("mid.0.0.cross", Grid(20, 28), keeps_heads)
    found = SingleLayer().reduce(maps, WORDS)
    expected = np.stack([naive_vxa(means["mid.0.0.cross"], word.indices) for word in WORDS])
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)


def test_several_layers_are_averaged_in_blocks(make_record) -> None:
    maps, means = make_record("down.3.0.cross mid.0.0.cross", Grid(16, 24))
    fine, coarse = (naive_vxa(means[address], (1,)) for address in ("down.3.0.cross", "mid.0.0.cross"))
    expected = (fine + np.kron(coarse, np.ones((2, 2)))) / 2
    np.testing.assert_allclose(SingleLayer().reduce(maps, WORDS[:1])[0].numpy(), expected, atol=1e-5)


def test_all_columns_of_all_heads_are_flat(make_record) -> None:
    maps, _ = make_record("mid.0.0.cross", Grid(20, 28))
    flat = SingleLayer().reduce(maps, [Word("everything", tuple(range(77)))])
    torch.testing.assert_close(flat, torch.full((1, 3, 4), 4.0), atol=1e-5, rtol=0)


def test_a_single_token_of_a_head_is_a_probability(make_record) -> None:
    maps, _ = make_record("mid.0.0.cross", Grid(20, 28))
    found = SingleLayer().reduce(maps, WORDS[:1])
    assert 0 <= found.min() and found.max() <= 4


def test_the_default_is_the_middle_block(sd1: SiteTable, sdxl: SiteTable) -> None:
    assert [site.address for site in SingleLayer().choose(sd1, Grid(64, 64))] == ["mid.0.0.cross"]
    assert [site.address for site in SingleLayer().choose(sdxl, Grid(128, 128))] == ["mid.0.0.cross"]


def test_without_a_middle_the_deepest_is_taken(sd1: SiteTable) -> None:
    pruned = SiteTable([site for site in sd1 if site.place != "mid"])
    assert [site.address for site in SingleLayer().choose(pruned, Grid(64, 64))] == ["down.4.0.cross"]


def test_a_layer_by_any_name(sd1: SiteTable) -> None:
    name = "model.diffusion_model.output_blocks.5.1.transformer_blocks.0.attn2"
    assert [site.address for site in SingleLayer(layer=name).choose(sd1, Grid(64, 64))] == ["up.2.0.cross"]
    with pytest.raises(LayerNotFoundError, match=r"Did you mean"):
        SingleLayer(layer="middle_block.1.transformer_blocks.1.attn2").choose(sd1, Grid(64, 64))
    with pytest.raises(UnsupportedModelError):
        SingleLayer().choose(SiteTable([]), Grid(64, 64))
