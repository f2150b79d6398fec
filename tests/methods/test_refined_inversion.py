"""Refined inversion: corrections bring the picture back better under guidance."""

from __future__ import annotations

import pytest
import torch

from vxa.core.errors import ConfigError, InterruptedRunError
from vxa.core.grid import Grid
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, Start, sample
from vxa.hosts.memory import RandomHost
from vxa.methods.ddim_inversion import invert
from vxa.methods.refined_inversion import RefinedInversion, invert_refined

SIZE = Grid(48, 32)
PICTURE = make_noise((1, 4, 6, 4), 11)
PROMPT = "a red car"


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost()


def error_of(host: RandomHost, config: RefinedInversion) -> float:
    with host.running():
        noise = invert_refined(host, PICTURE, PROMPT, config)
        plan = SamplingPlan((PROMPT,), SIZE, (0,), num_steps=config.num_steps, guidance=config.guidance)
        drawn = sample(host, plan, start=Start(noise_bcyx=noise))
    return float((drawn - PICTURE).square().mean())


def test_corrections_help(host: RandomHost) -> None:
    plain = error_of(host, RefinedInversion(guidance=1.5, num_steps=10, num_iterations=0))
    assert error_of(host, RefinedInversion(guidance=1.5, num_steps=10, skip=0.0)) < 0.75 * plain


def test_without_guidance_and_corrections_it_is_ddim_inversion(host: RandomHost) -> None:
    errors = [
        error_of(host, RefinedInversion(guidance=1.0, num_steps=steps, num_iterations=0)) for steps in (5, 20, 60)
    ]
    assert errors[2] < errors[1] < errors[0]


def test_it_ends_at_the_noise_level_that_the_way_back_begins_at(host: RandomHost) -> None:
    with host.running():
        refined = invert_refined(host, PICTURE, PROMPT, RefinedInversion(guidance=1.0, num_steps=10, num_iterations=0))
        ddim = invert(host, PICTURE, PROMPT, num_steps=10).latents[-1]
    assert (refined - ddim).norm() < 0.1 * ddim.norm()


def test_skipped_steps_are_not_corrected(host: RandomHost) -> None:
    with host.running():
        skipped, plain, refined = (
            invert_refined(host, PICTURE, PROMPT, RefinedInversion(num_steps=10, **options))
            for options in ({"skip": 1.0}, {"num_iterations": 0}, {"skip": 0.2})
        )
    assert torch.equal(skipped, plain) and not torch.equal(refined, plain)


def test_it_may_be_stopped(host: RandomHost) -> None:
    def stop(done: int, total: int) -> None:
        assert (done, total) == (1, 6)
        raise InterruptedRunError

    with pytest.raises(InterruptedRunError), host.running():
        invert_refined(host, PICTURE, PROMPT, RefinedInversion(num_steps=6), stop)


def test_what_makes_no_sense_is_refused() -> None:
    for options in ({"num_steps": 0}, {"num_iterations": -1}, {"skip": 2.0}):
        with pytest.raises(ConfigError, match="at least 1 step"):
            RefinedInversion(**options)
