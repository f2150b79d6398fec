"""The sampling loop: against DDIM by hand, and the same picture in any company."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from vxa.core.errors import ConfigError, ShapeError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.seam import Seam
from vxa.hosts.memory import RandomHost
from vxa.hosts.schedulers import SCHEDULERS

# diffusers' schedulers still hand torch tensors to numpy in a way that numpy 2 announces to drop
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZE = Grid(48, 32)
PROMPTS = ("a red car", "the blue hat", "rose")


def make_plan(**changes: Any) -> SamplingPlan:
    return SamplingPlan(**{"prompts": PROMPTS[:1], "size": SIZE, "seeds": (5,), "num_steps": 4, **changes})


def draw(host: RandomHost, **changes: Any) -> torch.Tensor:
    with host.running():
        return sample(host, make_plan(**changes))


def listen(host: RandomHost, **changes: Any) -> list[Cue]:
    """Collect the cues of a run."""
    cues: list[Cue] = []
    with Seam() as seam:
        seam.before(host.unet, lambda module, inputs: cues.append(host.conductor.cue))
        draw(host, **changes)
    return cues


@pytest.mark.parametrize("guidance", [1.0, 7.5])
def test_ddim_is_what_the_paper_says(host: RandomHost, guidance: float) -> None:
    """Song et al. 2021, equation 12 with sigma 0."""
    alphas = host.alphas_cumprod
    latent = Grid(6, 4)
    encoded = host.encode_prompts(["blurry", PROMPTS[0]], SIZE)
    latents = make_noise((4, 6, 4), 5)[None].double()
    timesteps = [751, 501, 251, 1]
    for step, timestep in enumerate(timesteps):
        noise = []
        for row, role in ((0, "uncond"), (1, "cond")):
            cue = Cue(Clock(step, 4, float(timestep)), (Row(role),), latent)
            noise.append(host.predict(latents.float(), encoded.rows([row]), cue).double())
        epsilon = noise[0] + guidance * (noise[1] - noise[0])
        now = float(alphas[timestep])
        # set_alpha_to_one is off for Stable Diffusion: the last step ends at the first training timestep
        then = float(alphas[max(timestep - 250, 0)])
        clean = (latents - (1 - now) ** 0.5 * epsilon) / now**0.5
        latents = then**0.5 * clean + (1 - then) ** 0.5 * epsilon
    drawn = draw(host, guidance=guidance, negative="blurry")
    torch.testing.assert_close(drawn.double(), latents, atol=2e-3, rtol=1e-3)


@pytest.mark.parametrize("scheduler", ["ddim", "euler_a"])
@pytest.mark.parametrize("guidance", [1.0, 7.5])
def test_a_picture_is_the_same_in_any_company(host: RandomHost, scheduler: str, guidance: float) -> None:
    together = draw(host, prompts=PROMPTS, seeds=(5, 6, 7), scheduler=scheduler, guidance=guidance)
    for place in range(3):
        alone = draw(
            host, prompts=PROMPTS[place : place + 1], seeds=(5 + place,), scheduler=scheduler, guidance=guidance
        )
        scale = float(alone.abs().max())
        torch.testing.assert_close(together[place] / scale, alone[0] / scale, atol=1e-4, rtol=0)
    turned = draw(host, prompts=PROMPTS[::-1], seeds=(7, 6, 5), scheduler=scheduler, guidance=guidance)
    torch.testing.assert_close(turned.flip(0) / scale, together / scale, atol=1e-4, rtol=0)


def test_seeds_prompts_and_negative_all_count(host: RandomHost) -> None:
    base = draw(host)
    for changes in ({"seeds": (6,)}, {"prompts": ("hat",)}, {"negative": "hat"}, {"guidance": 3.0}):
        assert not torch.allclose(draw(host, **changes), base)
    assert torch.equal(draw(host), base)


def test_ancestral_noise_is_not_the_initial_noise_again(host: RandomHost) -> None:
    # two runs that differ in their seed only share neither stream
    first, second = draw(host, scheduler="euler_a", seeds=(1,)), draw(host, scheduler="euler_a", seeds=(2,))
    assert not torch.allclose(first, second)
    assert torch.equal(draw(host, scheduler="euler_a", seeds=(1,)), first)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_scheduler_runs_and_tells_the_time(host: RandomHost, scheduler: str) -> None:
    if scheduler == "lms":
        pytest.importorskip("scipy", reason="diffusers' LMS integrates with scipy")
    cues = listen(host, scheduler=scheduler)
    num_calls = cues[0].clock.num_steps
    assert num_calls == len(cues) >= 4
    assert [cue.clock.step for cue in cues] == list(range(num_calls))
    timesteps = [cue.clock.timestep for cue in cues]
    assert timesteps == sorted(timesteps, reverse=True) and 999 >= timesteps[0] > 500 and timesteps[-1] >= 0


@pytest.mark.parametrize("guidance", [0.0, 1.0, 1.01])
def test_rows_are_announced(host: RandomHost, guidance: float) -> None:
    cond = (Row("cond", 0), Row("cond", 1))
    rows = (Row("uncond", 0), Row("uncond", 1), *cond) if guidance > 1 else cond
    cues = listen(host, prompts=PROMPTS[:2], seeds=(1, 2), guidance=guidance, num_steps=2)
    assert [cue.rows for cue in cues] == [rows, rows]
    assert {cue.latent for cue in cues} == {Grid(6, 4)}


def test_without_guidance_the_negative_prompt_changes_nothing(host: RandomHost) -> None:
    assert torch.equal(draw(host, guidance=1.0), draw(host, guidance=1.0, negative="hat"))


def test_prompts_of_different_lengths_share_a_batch(host: RandomHost) -> None:
    drawn = draw(host, prompts=("hat", "word " * 100), seeds=(1, 2), negative="")
    assert drawn.shape == (2, 4, 6, 4) and drawn.isfinite().all()


def test_progress_is_told_after_each_step(host: RandomHost) -> None:
    heard: list[tuple[int, int]] = []
    seen: list[torch.Tensor] = []

    def on_step(done: int, total: int, latents_bcyx: torch.Tensor) -> None:
        heard.append((done, total))
        seen.append(latents_bcyx)
        assert not host.conductor.is_playing

    with host.running():
        drawn = sample(host, make_plan(), on_step)
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)] and torch.equal(seen[-1], drawn)


@pytest.mark.parametrize("size", [Grid(40, 24), Grid(72, 56), Grid(8, 8)], ids=str)
def test_sizes_that_do_not_halve_evenly(host: RandomHost, size: Grid) -> None:
    assert draw(host, size=size).shape == (1, 4, size.height // 8, size.width // 8)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prompts": (), "seeds": ()}, r"one seed a prompt, and a prompt; got 0 prompts"),
        ({"seeds": (1, 2)}, r"one seed a prompt, and a prompt; got 1 prompts, \(1, 2\)"),
        ({"num_steps": 0}, r"at least 1 step; got 0"),
    ],
)
def test_plans_that_make_no_sense(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_plan(**changes)


def test_a_size_between_cells_is_refused(host: RandomHost) -> None:
    with pytest.raises(ShapeError, match=r"multiples of 8; got 50×32"):
        draw(host, size=Grid(50, 32))
