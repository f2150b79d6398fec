"""Weights on tokens: exact, for the rows meant, and no hook where they say nothing."""

from __future__ import annotations

import pytest
import torch

from tests.written_out import written_out
from vxa.core.grid import Grid
from vxa.engine.clock import Cue
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.seam import count_hooks
from vxa.engine.sites import Site
from vxa.engine.steering.steer import steering
from vxa.hosts.memory import RandomHost
from vxa.methods.token_weights import TokenWeights

PLAN = SamplingPlan(("a red car", "a blue car"), Grid(32, 48), (1, 1), num_steps=2, sources=(None, 0))
WEIGHTS = torch.ones(77)
WEIGHTS[2], WEIGHTS[3] = -2, 5


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost()


def draw(host: RandomHost, *methods: TokenWeights) -> torch.Tensor:
    with host.running(), steering(host.conductor, host.sites, methods):
        return sample(host, PLAN)


@pytest.mark.parametrize(("edits", "rows"), [(None, (2, 3)), ((1,), (3,)), ((0,), (2,))])
def test_columns_are_multiplied(host: RandomHost, edits: tuple[int, ...] | None, rows: tuple[int, ...]) -> None:
    def weigh(site: Site, cue: Cue, probs: torch.Tensor) -> torch.Tensor:
        probs = probs.clone()
        if site.kind == "cross":
            probs[list(rows)] *= WEIGHTS
        return probs

    with host.running(), written_out(host, weigh):
        expected = sample(host, PLAN)
    ours, plain = draw(host, TokenWeights(WEIGHTS, edits)), draw(host)
    torch.testing.assert_close(ours, expected, atol=2e-4, rtol=2e-4)
    assert [torch.equal(ours[place], plain[place]) for place in (0, 1)] == [place + 2 not in rows for place in (0, 1)]


def test_neutral_weights_put_no_hook_on(host: RandomHost) -> None:
    with steering(host.conductor, host.sites, [TokenWeights(torch.ones(77))]):
        assert count_hooks(host.unet) == 0
    assert torch.equal(draw(host, TokenWeights(torch.ones(77))), draw(host))


def test_two_weights_multiply(host: RandomHost) -> None:
    twice = draw(host, TokenWeights(WEIGHTS), TokenWeights(WEIGHTS))
    torch.testing.assert_close(twice, draw(host, TokenWeights(WEIGHTS**2)), atol=2e-4, rtol=2e-4)
