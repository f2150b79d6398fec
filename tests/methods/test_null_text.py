"""Null-text optimisation: the loss falls, the picture comes back under guidance, nothing else gets gradients."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from vxa.core.errors import ConfigError, InterruptedRunError
from vxa.core.grid import Grid
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, sample
from vxa.hosts.memory import RandomHost
from vxa.methods.ddim_inversion import Trajectory, invert
from vxa.methods.null_text import NullText, optimise_null_text
from vxa.methods.p2p import PromptEdit, PromptToPrompt, draw_edits

SIZE = Grid(48, 32)
PICTURE = make_noise((1, 4, 6, 4), 11)
PROMPT = "a red car"
STEPS = 5


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost()


@pytest.fixture(scope="module")
def trajectory(host: RandomHost) -> Trajectory:
    with host.running():
        return invert(host, PICTURE, PROMPT, num_steps=STEPS)


def redraw(host: RandomHost, trajectory: Trajectory, unconds: list[torch.Tensor] | None = None) -> float:
    """Error of the picture drawn again with guidance."""
    plan = SamplingPlan((PROMPT,), SIZE, (0,), num_steps=STEPS, guidance=7.5)
    with host.running():
        drawn = sample(host, plan, start=trajectory.start, unconds=unconds)
    return float((drawn - PICTURE).square().mean())


def test_the_picture_comes_back_under_guidance(host: RandomHost, trajectory: Trajectory) -> None:
    losses: dict[int, list[float]] = {}
    with host.running():
        unconds = optimise_null_text(
            host,
            trajectory,
            NullText(tolerance=0.0),
            on_loss=lambda step, loss: losses.setdefault(step, []).append(loss),
        )
        assert not torch.is_grad_enabled()
    assert len(unconds) == STEPS and all(each.shape == (1, 77, 32) and not each.requires_grad for each in unconds)
    assert sorted(losses) == list(range(STEPS)) and all(each[-1] < each[0] for each in losses.values())
    falls = [later <= earlier for each in losses.values() for earlier, later in pairwise(each)]
    assert sum(falls) / len(falls) > 0.9
    assert redraw(host, trajectory, unconds) < redraw(host, trajectory) / 4
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in host.unet.parameters())


def test_good_enough_steps_stop_early(host: RandomHost, trajectory: Trajectory) -> None:
    counts = []
    for tolerance in (0.0, 1e3):
        heard: list[float] = []
        with host.running():
            config = NullText(num_inner_steps=3, tolerance=tolerance)
            optimise_null_text(host, trajectory, config, on_loss=lambda step, loss, heard=heard: heard.append(loss))
        counts.append(len(heard))
    assert counts == [3 * STEPS, STEPS]


def test_the_learning_rate_suits_the_width_of_the_context(host: RandomHost, trajectory: Trajectory) -> None:
    empty = host.encode_prompts([""], SIZE).context_btc
    moved = {}
    for rate in (None, 1e-2):
        with host.running():
            unconds = optimise_null_text(host, trajectory, NullText(num_inner_steps=1, learning_rate=rate))
        moved[rate] = float((unconds[0] - empty).abs().max())  # Adam's first step is the learning rate itself
    assert moved[1e-2] == pytest.approx(1e-2, rel=1e-2)
    assert moved[None] == pytest.approx(1e-2 * (768 / empty.shape[-1]) ** 0.5, rel=1e-2)


def test_without_guidance_there_is_nothing_to_optimise(host: RandomHost, trajectory: Trajectory) -> None:
    with host.running():
        unconds = optimise_null_text(host, trajectory, NullText(guidance=1.0, num_inner_steps=2))
    empty = host.encode_prompts([""], SIZE).context_btc
    assert all(torch.equal(each, empty) for each in unconds)


def test_contexts_serve_edits_too(host: RandomHost, trajectory: Trajectory) -> None:
    config = PromptToPrompt(PROMPT, (PromptEdit("a blue car"),))
    with host.running():
        unconds = optimise_null_text(host, trajectory, NullText(num_inner_steps=2))
        plan = config.plan(SIZE, (0,), num_steps=STEPS)
        drawn = draw_edits(host, config, plan, start=trajectory.start, unconds=unconds)
        source = SamplingPlan((PROMPT,), SIZE, (0,), num_steps=STEPS)
        alone = sample(host, source, start=trajectory.start, unconds=unconds)
    torch.testing.assert_close(drawn[:1], alone, atol=1e-3, rtol=1e-3)


def test_sdxl_s_layout_and_half_precision_work_too() -> None:
    for host in (RandomHost(layout="sdxl"), RandomHost(dtype=torch.bfloat16)):
        with host.running():
            trajectory = invert(host, PICTURE, PROMPT, num_steps=2)
            unconds = optimise_null_text(host, trajectory, NullText(num_inner_steps=2))
        empty = host.encode_prompts([""], SIZE).context_btc
        assert all(each.dtype == empty.dtype and not torch.equal(each, empty) for each in unconds)


def test_it_may_be_stopped(host: RandomHost, trajectory: Trajectory) -> None:
    def stop(done: int, total: int) -> None:
        raise InterruptedRunError

    with pytest.raises(InterruptedRunError), host.running():
        optimise_null_text(host, trajectory, NullText(num_inner_steps=1), stop)
    assert not host.conductor.is_playing and torch.is_grad_enabled()


def test_what_makes_no_sense_is_refused() -> None:
    for options in ({"guidance": 0.5}, {"num_inner_steps": -1}):
        with pytest.raises(ConfigError, match="guidance from 1 and inner steps from 0"):
            NullText(**options)
