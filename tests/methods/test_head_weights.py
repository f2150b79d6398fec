"""Weights head by head: exact, in cond rows and inside their window alone, and no hook where they say nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.written_out import written_out
from vxa.core.errors import ConfigError, ShapeError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, Start, sample
from vxa.engine.seam import count_hooks
from vxa.engine.sites import Site
from vxa.engine.steering.method import Method
from vxa.engine.steering.steer import steering
from vxa.hosts.memory import RandomHost
from vxa.methods.head_weights import HeadWeights, weigh_heads
from vxa.methods.token_weights import TokenWeights

PLAN = SamplingPlan(("a red car", "a blue car"), Grid(48, 32), (1, 2), num_steps=4, guidance=3.0)
START = Start(noise_bcyx=make_noise((4, 6, 4), 5)[None].double().expand(2, -1, -1, -1))
COLUMNS = (2, 3)


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost(dtype=torch.float64)


@pytest.fixture(scope="module")
def factors(host: RandomHost) -> np.ndarray:
    return np.random.default_rng(0).uniform(-2, 5, host.sites.head_layers.total)


def draw(host: RandomHost, *methods: Method) -> Tensor:
    with host.running(), steering(host.conductor, host.sites, methods):
        return sample(host, PLAN, start=START)


def weights(host: RandomHost, factors: object, **options: tuple[float, float]) -> HeadWeights:
    return HeadWeights(host.sites.head_layers, weigh_heads(77, [(COLUMNS, factors)]), **options)


@pytest.mark.parametrize("window", [(0.0, 1.0), (0.25, 0.75)])
def test_it_is_the_matrix_multiplied(host: RandomHost, factors: np.ndarray, window: tuple[float, float]) -> None:
    """Heads in the published order: layer by layer, offset by the heads before."""
    offsets = np.cumsum([0, *(site.heads for site in host.sites.cross)])

    def weigh(site: Site, cue: Cue, probs_bhqt: Tensor) -> Tensor:
        probs = probs_bhqt.clone()
        if site.kind == "cross" and window[0] * 4 <= cue.clock.step < window[1] * 4:
            for head in range(site.heads):
                for column in COLUMNS:
                    probs[2:, head, :, column] *= factors[offsets[site.layer] + head]
        return probs

    with host.running(), written_out(host, weigh):
        expected = sample(host, PLAN, start=START)
    ours = draw(host, weights(host, factors, window=window))
    torch.testing.assert_close(ours, expected, atol=1e-7, rtol=1e-7)
    assert not torch.allclose(ours, draw(host), atol=1e-2)
    assert count_hooks(host.unet) == 0


def test_uncond_rows_keep_every_bit(host: RandomHost, factors: np.ndarray) -> None:
    conditioning = host.encode_prompts(["", "", *PLAN.prompts], PLAN.size)
    latents, cue = torch.randn(4, 4, 6, 4, dtype=torch.float64), Cue(Clock(1, 4, 700.0), PLAN.rows, Grid(6, 4))
    with host.running():
        plain = host.predict(latents, conditioning, cue)
        with steering(host.conductor, host.sites, [weights(host, factors)]):
            weighed = host.predict(latents, conditioning, cue)
    assert torch.equal(weighed[:2], plain[:2])
    assert not any(torch.allclose(weighed[row], plain[row], atol=1e-2) for row in (2, 3))


def test_weights_alike_in_all_heads_are_weights_of_tokens(host: RandomHost) -> None:
    weights_t = torch.ones(77)
    weights_t[list(COLUMNS)] = -2
    alike = weights(host, np.full(host.sites.head_layers.total, -2.0))
    torch.testing.assert_close(draw(host, alike), draw(host, TokenWeights(weights_t)), atol=1e-9, rtol=1e-9)


def test_what_says_nothing_puts_no_hook_on(host: RandomHost, factors: np.ndarray) -> None:
    for idle in (weights(host, np.ones_like(factors)), weights(host, factors, window=(0.5, 0.5))):
        with steering(host.conductor, host.sites, [idle]):
            assert count_hooks(host.unet) == 0
        assert torch.equal(draw(host, idle), draw(host))


def test_layers_without_a_weighted_head_get_no_hook(host: RandomHost) -> None:
    one_h = np.ones(host.sites.head_layers.total)
    one_h[-1] = 0
    method = weights(host, one_h)
    assert [site.address for site in host.sites if method.touches(site)] == [host.sites.cross[-1].address]


def test_of_a_column_named_twice_the_last_weights_count() -> None:
    weights_ht = weigh_heads(4, [((1, 2), [2.0, 3.0]), ((2,), [5.0, 7.0])])
    assert weights_ht.tolist() == [[1, 2, 5, 1], [1, 3, 7, 1]]


def test_what_does_not_fit_is_refused(host: RandomHost, factors: np.ndarray) -> None:
    with pytest.raises(ShapeError, match=rf"weights of {len(factors)} heads; got \({len(factors) - 1}, 77\)"):
        weights(host, factors[1:])
    with pytest.raises(ConfigError, match="a window of weights of heads"):
        weights(host, factors, window=(0.5, 0.2))
