"""Direct inversion: sources are the picture itself, and edits go their own way."""

from __future__ import annotations

import pytest
import torch

from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, sample
from vxa.hosts.memory import RandomHost
from vxa.methods.ddim_inversion import Trajectory, invert
from vxa.methods.direct_inversion import hold_sources
from vxa.methods.p2p import PromptEdit, PromptToPrompt, draw_edits

SIZE = Grid(48, 32)
PICTURE = make_noise((1, 4, 6, 4), 11)
CONFIG = PromptToPrompt("a red car", (PromptEdit("a blue car"), PromptEdit("a red car", "reweight")), self_area=1.0)


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost()


@pytest.fixture(scope="module")
def trajectory(host: RandomHost) -> Trajectory:
    with host.running():
        return invert(host, PICTURE, CONFIG.source, num_steps=6)


def test_the_source_is_the_picture_exactly_and_edits_go_on_from_it(host: RandomHost, trajectory: Trajectory) -> None:
    plan = CONFIG.plan(SIZE, (0,), num_steps=6)
    with host.running():
        hold = hold_sources(trajectory, plan)
        held = draw_edits(host, CONFIG, plan, start=trajectory.start, after_step=[hold])
        free = draw_edits(host, CONFIG, plan, start=trajectory.start)
    assert torch.equal(held[0], PICTURE[0]) and not torch.allclose(free[0], PICTURE[0], atol=0.1)
    assert not torch.allclose(held[1], free[1], atol=1e-3), "edits take their attention from the real picture"


def test_edits_without_attention_control_are_left_alone(host: RandomHost, trajectory: Trajectory) -> None:
    plan = CONFIG.plan(SIZE, (0,), num_steps=6)
    with host.running():
        held = sample(host, plan, start=trajectory.start, after_step=[hold_sources(trajectory, plan)])
        free = sample(host, plan, start=trajectory.start)
    assert torch.equal(held[1:], free[1:]) and torch.equal(held[0], PICTURE[0])


def test_the_source_prompt_as_the_negative_one_draws_as_without_guidance(
    host: RandomHost, trajectory: Trajectory
) -> None:
    plain = SamplingPlan((CONFIG.source,), SIZE, (0,), num_steps=6, guidance=1.0)
    negative = SamplingPlan((CONFIG.source,), SIZE, (0,), num_steps=6, guidance=7.5, negative=CONFIG.source)
    with host.running():
        drawn = [sample(host, plan, start=trajectory.start) for plan in (plain, negative)]
    torch.testing.assert_close(drawn[1], drawn[0], atol=1e-3, rtol=1e-3)


def test_another_run_is_refused(host: RandomHost, trajectory: Trajectory) -> None:
    with pytest.raises(ConfigError, match=r"a whole run of ddim with 6 steps"):
        hold_sources(trajectory, CONFIG.plan(SIZE, (0,), num_steps=7))
