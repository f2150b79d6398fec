"""DAAM against its algorithm in loops and float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vxa.core.errors import SelectionError, UnsupportedModelError
from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps, LayerInfo
from vxa.core.tokens import Word
from vxa.engine.sites import SiteTable
from vxa.methods.daam import Daam

WORDS = (Word("one", (3,)), Word("two pieces", (5, 6)), Word("scattered", (1, 40, 76)))
READ = "down.0.0.cross down.1.0.cross down.2.0.cross down.3.0.cross up.0.0.cross up.1.0.cross up.2.0.cross"


def cubic(distance: float) -> float:
    """The cubic kernel of torch and PIL's predecessors, a = -0.75."""
    x = abs(distance)
    if x <= 1:
        return 1.25 * x**3 - 2.25 * x**2 + 1
    return -0.75 * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0


def bicubic(map_yx: np.ndarray, height: int, width: int) -> np.ndarray:
    weights = []
    for old, new in ((map_yx.shape[0], height), (map_yx.shape[1], width)):
        matrix = np.zeros((new, old))
        for target in range(new):
            centre = (target + 0.5) * old / new - 0.5
            for source in range(math.floor(centre) - 1, math.floor(centre) + 3):
                matrix[target, min(max(source, 0), old - 1)] += cubic(source - centre)
        weights.append(matrix)
    return weights[0] @ map_yx @ weights[1].T


def naive_daam(means: dict[str, np.ndarray], size: tuple[int, int], averages_heads_first: bool = False) -> np.ndarray:
    """Enlarge every head's map, cut undershoot, average over all heads of all layers: shape (t, y, x)."""
    total, count = np.zeros((77, *size)), 0
    for probs_htyx in means.values():
        heads = len(probs_htyx)
        for head in range(heads):
            for t in range(77):
                map_yx = probs_htyx[:, t].mean(0) if averages_heads_first else probs_htyx[head, t]
                total[t] += np.maximum(bicubic(map_yx, *size), 0)
        count += heads
    return total / count


def word_maps(maps_tyx: np.ndarray) -> np.ndarray:
    return np.stack([sum(maps_tyx[index] for index in word.indices) / len(word.indices) for word in WORDS])


@pytest.mark.parametrize("latent", [Grid(12, 17), Grid(9, 6)], ids=str)
def test_equals_the_naive_form(make_record, latent: Grid) -> None:
    maps, means = make_record(READ, latent)
    expected = word_maps(naive_daam(means, (latent.height, latent.width)))
    found = Daam().reduce(maps, WORDS)
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)
    assert found.min() >= 0


def test_head_means_differ_only_in_where_undershoot_is_cut(make_record) -> None:
    latent = Grid(9, 6)
    maps, means = make_record(READ, latent, keeps_heads=False)
    expected = word_maps(naive_daam(means, (9, 6), averages_heads_first=True))
    found = Daam().reduce(maps, WORDS).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    by_head = word_maps(naive_daam(means, (9, 6)))
    assert (by_head - found).min() > -1e-5, "cutting later keeps less"
    assert 1e-4 < np.abs(by_head - found).max() < 0.1 * by_head.max()


def test_the_finest_layer_recorded_sets_the_size(make_record) -> None:
    maps, means = make_record("down.1.0.cross down.3.0.cross", Grid(12, 17))
    expected = word_maps(naive_daam(means, (6, 9)))
    np.testing.assert_allclose(Daam().reduce(maps, WORDS).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("model", "latent", "num_layers", "num_heads"),
    [("sd1", Grid(64, 64), 15, 120), ("sdxl", Grid(128, 128), 60, 1100), ("tiny", Grid(16, 16), 9, 36)],
)
def test_reads_all_but_the_middle(model: str, latent: Grid, num_layers: int, num_heads: int, request) -> None:
    chosen = Daam().choose(request.getfixturevalue(model), latent)
    assert (len(chosen), sum(site.heads for site in chosen)) == (num_layers, num_heads)
    assert {site.place for site in chosen} == {"down", "up"}
    assert [site.layer for site in chosen] == sorted(site.layer for site in chosen)


def test_a_model_with_the_middle_only_is_refused(sd1: SiteTable) -> None:
    with pytest.raises(UnsupportedModelError, match=r"the preset 'daam' reads; got none. Choose another preset"):
        Daam().choose(SiteTable([site for site in sd1 if site.place == "mid"]), Grid(64, 64))


def constant_record(latent: Grid) -> AttentionMaps:
    layers = tuple(LayerInfo(f"down.{level}.0.cross", "down", level, 2) for level in range(3))
    sums = {}
    for layer in layers:
        grid = latent.level(layer.level)
        sums[layer.address] = torch.full((2, 77, grid.height, grid.width), 4 / 77)
    return AttentionMaps(layers, sums, tuple(range(77)), 4, latent)


def test_constant_attention_gives_equal_maps() -> None:
    found = Daam().reduce(constant_record(Grid(10, 7)), WORDS)
    torch.testing.assert_close(found, torch.full((3, 10, 7), 1 / 77))


def test_all_tokens_share_all_attention(make_record) -> None:
    maps, _ = make_record(READ, Grid(9, 6))
    every = Daam().reduce(maps, [Word(str(index), (index,)) for index in range(77)])
    # cutting undershoot can only add
    assert every.sum(0).min() > 1 - 1e-5 and every.sum(0).max() < 1.2


def test_a_blob_keeps_its_place() -> None:
    layer = LayerInfo("down.0.0.cross", "down", 1, 1)
    map_htyx = torch.zeros(1, 2, 6, 8)
    map_htyx[0, 0] = 1
    map_htyx[0, 0, 4, 2], map_htyx[0, 1, 4, 2] = 0, 1
    fine = LayerInfo("up.0.0.cross", "up", 0, 1)
    sums = {layer.address: map_htyx, fine.address: torch.full((1, 2, 12, 16), 0.5)}
    found = Daam().reduce(AttentionMaps((layer, fine), sums, (0, 1), 1, Grid(12, 16)), [Word("blob", (1,))])[0]
    y, x = divmod(int(found.argmax()), 16)
    assert (y // 2, x // 2) == (4, 2)


def test_normalizing_divides_by_the_words(make_record) -> None:
    maps, means = make_record(READ, Grid(9, 6))
    recorded = tuple(range(8))  # BOS, six tokens, EOS
    maps = AttentionMaps(
        maps.layers, {a: m[:, :8] for a, m in maps.sums.items()}, recorded, maps.num_calls, maps.latent
    )
    mean_tyx = naive_daam(means, (9, 6))
    expected = mean_tyx[1:7] / (mean_tyx[1:7].sum(0) + 1e-6)
    words = [Word(str(index), (index,)) for index in range(1, 7)]
    found = Daam(normalizes=True).reduce(maps, words)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)
    torch.testing.assert_close(found.sum(0), torch.ones(9, 6), atol=1e-3, rtol=0)


def test_normalizing_needs_the_neighbours() -> None:
    maps = constant_record(Grid(4, 4))
    some = AttentionMaps(maps.layers, {a: m[:, 3:6] for a, m in maps.sums.items()}, (3, 4, 5), 4, maps.latent)
    with pytest.raises(SelectionError, match=r"all tokens from BOS to EOS, to normalise by; got \(3, 4, 5\)"):
        Daam(normalizes=True).reduce(some, [Word("w", (3,))])
    with pytest.raises(SelectionError, match=r"recorded tokens; got \[9\]"):
        Daam().reduce(some, [Word("w", (9,))])
