"""Paint-with-words against its equation on matrices, its identities, and noise by region."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.attention_layers import EDIT, Layer, make_layer
from tests.written_out import unchanged, written_out
from vxa.core.errors import CaptureError, ConfigError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.seam import count_hooks
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention, Softmax
from vxa.engine.steering.steer import steering
from vxa.hosts.memory import RandomHost
from vxa.methods.paint_with_words import PaintWithWords, make_region_noise
from vxa.methods.word_map import WordMap, resize_by_area

GRID = Grid(5, 4)
LEFT = torch.tensor([[1.0, 1.0, 0.0, 0.0]], dtype=torch.float64).expand(5, -1)
MAPS = (
    WordMap((2, 6), LEFT, 1.5),
    WordMap((6,), torch.rand(10, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)),
)
BOTH: Any = pytest.mark.parametrize("statistic", ["std", "max"])


def lift(scores: Tensor, grid: Grid, statistic: str, sigma: float, head_dim: int) -> Tensor:
    """The published line, on scores that are not yet divided by √head_dim: shape (h, q, t)."""
    unscaled = scores * head_dim**0.5
    fade, size = (
        (math.log(sigma + 1), unscaled.max()) if statistic == "max" else (math.log(sigma**2 + 1), unscaled.std())
    )
    weights = torch.zeros_like(unscaled)
    for word_map in MAPS:
        for column in word_map.columns:
            weights[..., column] += resize_by_area(word_map.map_yx, grid).flatten() * word_map.strength
    return (unscaled + 0.4 * weights * fade * size) / head_dim**0.5


def attend(layer: Layer, config: PaintWithWords, maps: tuple[WordMap, ...] = MAPS) -> Tensor:
    with steering(layer.conductor, [layer.site], [config.method(maps)]):
        return layer.run()


@BOTH
@pytest.mark.parametrize("style", ["fused", "explicit", "sliced"])
def test_it_is_the_equation(style: str, statistic: Any) -> None:
    layer = make_layer(style, grid=GRID)

    def edit(scores: Tensor) -> Tensor:
        lifted = [lift(row, GRID, statistic, 5.0, layer.site.head_dim) for row in scores[2:]]
        return torch.cat([scores[:2], torch.stack(lifted)])

    ours = attend(layer, PaintWithWords(statistic=statistic))
    torch.testing.assert_close(ours, layer.run_naively(lambda probs: probs, edit), atol=1e-10, rtol=1e-10)
    assert not torch.allclose(ours[EDIT], layer.run()[EDIT], atol=0.05)


@BOTH
def test_a_whole_run_is_the_published_run(statistic: Any) -> None:
    host = RandomHost()
    plan = SamplingPlan(("a red car, a blue hat",), Grid(48, 32), (1,), num_steps=3, scheduler="lms")

    def edit(site: Site, cue: Cue, scores: Tensor) -> Tensor:
        if site.kind == "self":
            return scores
        sigma = float(sigmas[cue.clock.step])
        row = lift(scores[1], cue.latent.level(site.level), statistic, sigma, site.head_dim)
        return torch.stack([scores[0], row])

    sigmas = host.make_scheduler("lms", 3).sigmas
    with host.running():
        with written_out(host, unchanged, edit):
            expected = sample(host, plan)
        with steering(host.conductor, host.sites, [PaintWithWords(statistic=statistic).method(MAPS)]):
            ours = sample(host, plan)
    torch.testing.assert_close(ours, expected, atol=2e-3, rtol=2e-3)


def test_nothing_painted_puts_no_hook_on() -> None:
    layer = make_layer()
    for config, maps in (
        (PaintWithWords(0.0), MAPS),
        (PaintWithWords(), (WordMap((2,), LEFT * 0),)),
        (PaintWithWords(), (WordMap((2,), LEFT, 0.0),)),
    ):
        with steering(layer.conductor, [layer.site], [config.method(maps)]):
            assert count_hooks(layer.module) == 0


@BOTH
def test_without_noise_every_bit_stays(statistic: Any) -> None:
    layer = make_layer()
    layer.cue = Cue(Clock(9, 10, 0.0, sigma=0.0), layer.cue.rows, layer.cue.latent)
    assert torch.equal(attend(layer, PaintWithWords(statistic=statistic)), layer.run())


@BOTH
def test_painting_all_words_alike_changes_nothing(statistic: Any) -> None:
    layer = make_layer()
    ours = attend(layer, PaintWithWords(statistic=statistic), (WordMap(tuple(range(77)), LEFT),))
    torch.testing.assert_close(ours, layer.run())


@BOTH
def test_the_lift_is_relative_to_the_layer_s_scores(statistic: Any) -> None:
    """With queries twice as large, scores and their lift double: the softmax sees the same at twice the sharpness."""
    layer = make_layer(grid=GRID)
    method = PaintWithWords(statistic=statistic).method(MAPS)
    plain = [Attention.of_row(row) for row in range(len(layer.cue.rows))]

    def lifts(factor: float) -> Tensor:
        scores = factor * torch.randn(3, 20, 77, generator=torch.Generator().manual_seed(3))
        attention = method.edit(layer.site, layer.cue, plain)[EDIT]
        (term,) = attention.terms
        assert isinstance(term.source, Softmax)
        return (term.source.edits[0](scores) - scores) / factor

    torch.testing.assert_close(lifts(2.0), lifts(1.0))


def test_a_word_painted_everywhere_is_lifted_alike_everywhere() -> None:
    layer = make_layer(grid=GRID)
    assert layer.context is not None
    layer.hidden[:] = layer.hidden[:, :1]
    ours = attend(layer, PaintWithWords(), (WordMap((2,), torch.ones(3, 3)),))
    torch.testing.assert_close(ours, ours[:, :1].expand_as(ours))
    assert not torch.allclose(ours[EDIT], layer.run()[EDIT], atol=1e-3)


def test_what_makes_no_sense_is_refused() -> None:
    layer = make_layer()
    layer.cue = Cue(Clock(0, 10, 900.0), layer.cue.rows, layer.cue.latent)
    with pytest.raises(CaptureError, match=r"a clock that tells the noise level; got none"):
        attend(layer, PaintWithWords())
    with pytest.raises(ConfigError, match="std or max; got 'mean'"):
        PaintWithWords(statistic="mean")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="at least one painted word"):
        PaintWithWords().method(())


def test_a_region_has_the_noise_of_its_seed() -> None:
    right = 1 - LEFT
    noise = make_region_noise((4, 10, 8), 1, [(LEFT, 2), (right, 3)])
    assert torch.equal(noise[0, ..., :4], make_noise((4, 10, 8), 2)[..., :4])
    assert torch.equal(noise[0, ..., 4:], make_noise((4, 10, 8), 3)[..., 4:])
    assert torch.equal(make_region_noise((4, 10, 8), 1, [])[0], make_noise((4, 10, 8), 1))
    outside = make_region_noise((4, 10, 8), 1, [(LEFT, 2)])
    assert torch.equal(outside[0, ..., 4:], make_noise((4, 10, 8), 1)[..., 4:])


def test_overlapping_and_soft_regions_keep_unit_variance() -> None:
    soft = torch.linspace(0, 1, 64).expand(64, -1)
    noise = make_region_noise((16, 64, 64), 1, [(torch.ones(64, 64), 2), (soft, 3)])
    variances = noise[0].transpose(0, 2).flatten(1).var(1)
    assert 0.8 < float(variances.min()) and float(variances.max()) < 1.2 and abs(float(variances.mean()) - 1) < 0.02
