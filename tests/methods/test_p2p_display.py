"""The maps that prompt-to-prompt shows, against its algorithm in loops and float64."""

from __future__ import annotations

import numpy as np
import pytest

from vxa.core.grid import Grid
from vxa.core.tokens import Word
from vxa.engine.sites import SiteTable
from vxa.methods.p2p_display import P2PDisplay

WORDS = (Word("one", (3,)), Word("two pieces", (5, 6)))


def naive_p2p(means: dict[str, np.ndarray]) -> np.ndarray:
    """Mean over layers and heads of equally large maps: shape (t, y, x)."""
    heads = [head_tyx for probs_htyx in means.values() for head_tyx in probs_htyx]
    return sum(heads) / len(heads)


@pytest.mark.parametrize("keeps_heads", [True, False])
def test_equals_the_naive_form(make_record, keeps_heads: bool) -> None:
    maps, means = make_record("down.3.0.cross up.0.0.cross", Grid(12, 17), keeps_heads)
    mean_tyx = naive_p2p(means)
    expected = np.stack([mean_tyx[3], (mean_tyx[5] + mean_tyx[6]) / 2])
    found = P2PDisplay().reduce(maps, WORDS)
    assert found.shape == (2, 3, 5)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)


def test_sd1_at_512_reads_the_five_16_square_layers(sd1: SiteTable) -> None:
    chosen = P2PDisplay().choose(sd1, Grid(64, 64))
    assert [(site.place, site.place_layer) for site in chosen] == [
        ("down", 4), ("down", 5), ("up", 0), ("up", 1), ("up", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "latent", "level"),
    [
        ("sd1", Grid(64, 96), 2),
        ("sd1", Grid(96, 96), 2),
        ("sd1", Grid(32, 32), 1),
        ("sdxl", Grid(128, 128), 2),
        ("tiny", Grid(16, 16), 0),
        ("tiny", Grid(12, 16), 0),
    ],
)
def test_other_sizes_take_the_nearest_level(model: str, latent: Grid, level: int, request) -> None:
    sites = request.getfixturevalue(model)
    chosen = P2PDisplay().choose(sites, latent)
    assert {site.level for site in chosen} == {level} and {site.place for site in chosen} == {"down", "up"}
    assert len(chosen) == sum(site.level == level and site.place != "mid" for site in sites.cross)


def test_places_and_size_can_be_chosen(sd1: SiteTable) -> None:
    chosen = P2PDisplay(cells=8, places=("mid",)).choose(sd1, Grid(64, 64))
    assert [site.address for site in chosen] == ["mid.0.0.cross"]
