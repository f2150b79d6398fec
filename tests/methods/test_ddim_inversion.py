"""DDIM inversion: levels of the sampler, the way back, and an error that falls with the steps."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from vxa.core.errors import ConfigError, InterruptedRunError, ShapeError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock
from vxa.engine.host import PredictionType
from vxa.engine.probe import add_noise, make_noise
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.timesteps import sigma_at
from vxa.hosts.memory import RandomHost
from vxa.methods.ddim_inversion import NoiseLevels, NoisePredictor, Trajectory, invert, move

SIZE = Grid(48, 32)
PICTURE = make_noise((1, 4, 6, 4), 11)
PROMPT = "a red car"


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost()


def redraw(host: RandomHost, trajectory: Trajectory, **changes: Any) -> Tensor:
    plan = SamplingPlan((PROMPT,), SIZE, (0,), **{"num_steps": trajectory.num_steps, "guidance": 1.0, **changes})
    trajectory.check(plan)
    with host.running():
        return sample(host, plan, start=trajectory.start)


def make(host: RandomHost, num_steps: int = 10) -> Trajectory:
    with host.running():
        return invert(host, PICTURE, PROMPT, num_steps=num_steps)


@pytest.mark.parametrize("num_steps", [1, 7, 10])
def test_levels_are_the_sampler_s(host: RandomHost, num_steps: int) -> None:
    scheduler, levels = host.make_scheduler("ddim", num_steps), NoiseLevels.of(host, num_steps)
    latents, noise = PICTURE, make_noise((1, 4, 6, 4), 12)
    for step, timestep in enumerate(scheduler.timesteps):
        call = num_steps - 1 - step
        clock = levels.clock(call, host)
        assert (clock.step, clock.num_steps, clock.timestep) == (step, num_steps, float(timestep))
        theirs = scheduler.step(noise, timestep, latents).prev_sample
        ours = move(latents, noise, levels.alphas[call + 1], levels.alphas[call])
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
        latents = theirs


def test_a_move_is_undone_by_the_way_back() -> None:
    noise = make_noise((1, 4, 6, 4), 12)
    torch.testing.assert_close(move(move(PICTURE, noise, 0.9, 0.2), noise, 0.2, 0.9), PICTURE, atol=1e-5, rtol=1e-5)


def test_the_picture_comes_back_and_better_with_more_steps(host: RandomHost) -> None:
    errors = []
    for num_steps in (5, 20, 80):
        trajectory = make(host, num_steps)
        assert len(trajectory.latents) == num_steps + 1 and torch.equal(trajectory.latents[0], PICTURE)
        errors.append(float((redraw(host, trajectory) - PICTURE).square().mean()))
    assert errors[2] < errors[1] < errors[0] < 1 and errors[2] < errors[0] / 4


def test_guidance_leads_away(host: RandomHost) -> None:
    trajectory = make(host)
    guided = redraw(host, trajectory, guidance=7.5)
    assert (guided - PICTURE).square().mean() > 4 * (redraw(host, trajectory) - PICTURE).square().mean()


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction"])
def test_noise_is_predicted_whatever_the_model_says(prediction_type: PredictionType) -> None:
    host = RandomHost(prediction_type=prediction_type)
    noise = make_noise((1, 4, 6, 4), 1)
    alpha = float(host.alphas_cumprod[400])
    noisy = add_noise(host, PICTURE, noise, 400)
    said = noise if prediction_type == "epsilon" else alpha**0.5 * noise - (1 - alpha) ** 0.5 * PICTURE
    host._predict = lambda *_: said  # type: ignore[method-assign]
    clock = Clock(0, 1, 400.0, sigma_at(host.alphas_cumprod, 400.0))
    predicted = NoisePredictor(host, PICTURE)(noisy, host.encode_prompts([PROMPT], SIZE), clock, "cond")
    torch.testing.assert_close(predicted, noise, atol=1e-5, rtol=1e-5)


def test_it_may_be_stopped(host: RandomHost) -> None:
    heard: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        heard.append((done, total))
        if done == 2:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError), host.running():
        invert(host, PICTURE, PROMPT, num_steps=5, on_progress=stop)
    assert heard == [(1, 5), (2, 5)] and not host.conductor.is_playing


def test_what_does_not_retrace_it_is_refused(host: RandomHost) -> None:
    trajectory = make(host, 4)
    for changes in ({"num_steps": 5}, {"scheduler": "euler"}, {"strength": 0.5}):
        with pytest.raises(ConfigError, match=r"a whole run of ddim with 4 steps"):
            redraw(host, trajectory, **changes)
    with pytest.raises(ShapeError, match=r"a picture of 48×32; got 32×32"):
        trajectory.check(SamplingPlan((PROMPT,), Grid(32, 32), (0,), num_steps=4))
    with pytest.raises(ShapeError, match=r"latents of one picture"):
        invert(host, PICTURE.expand(2, -1, -1, -1), PROMPT)
