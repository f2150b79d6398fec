"""The sampling loop: against DDIM by hand, and the same picture in any company."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from vxa.core.errors import ConfigError, InterruptedRunError, ShapeError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, Start, sample
from vxa.engine.seam import Seam
from vxa.hosts.memory import RandomHost
from vxa.hosts.schedulers import SCHEDULERS

# diffusers' schedulers still hand torch tensors to numpy in a way that numpy 2 announces to drop
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZE = Grid(48, 32)
PROMPTS = ("a red car", "the blue hat", "rose")


def make_plan(**changes: Any) -> SamplingPlan:
    return SamplingPlan(**{"prompts": PROMPTS[:1], "size": SIZE, "seeds": (5,), "num_steps": 4, **changes})


SAMPLE_OPTIONS = ("start", "unconds", "before_step", "after_step", "on_preview")


def draw(host: RandomHost, **changes: Any) -> torch.Tensor:
    options = {name: changes.pop(name) for name in SAMPLE_OPTIONS if name in changes}
    with host.running():
        return sample(host, make_plan(**changes), **options)


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
        ({"strength": 1.1}, r"a strength from 0 to 1; got 1.1"),
        ({"negative": ("a", "b")}, r"one negative prompt, or 1; got 2"),
        ({"sources": (None, 0)}, r"one source a picture, or none at all; got 2 for 1 pictures"),
        ({"references": ("a", "b")}, r"one reference a picture, or none at all; got 2 for 1 pictures"),
        ({"sources": (0,)}, r"pictures of the plan and no edits themselves; got \(0,\)"),
        ({"sources": (None,), "references": ("a",)}, r"sources or references; got both"),
    ],
)
def test_plans_that_make_no_sense(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_plan(**changes)


def test_a_size_between_cells_is_refused(host: RandomHost) -> None:
    with pytest.raises(ShapeError, match=r"multiples of 8; got 50×32"):
        draw(host, size=Grid(50, 32))


PICTURE = torch.linspace(-1, 1, 4 * 6 * 4).reshape(1, 4, 6, 4)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_run_may_begin_with_a_picture(host: RandomHost, scheduler: str) -> None:
    options = {"scheduler": scheduler, "num_steps": 6, "start": Start(PICTURE)}
    cues, drawn = listen(host, strength=0.5, **options), draw(host, strength=0.5, **options)
    whole = sorted({cue.clock.timestep for cue in listen(host, **options)}, reverse=True)
    assert sorted({cue.clock.timestep for cue in cues}, reverse=True) == whole[-3:], "the last half of the steps"
    assert [cue.clock.step for cue in cues] == list(range(cues[0].clock.num_steps))
    error = (drawn - PICTURE).square().mean()
    # a random model predicts little of the noise: what counts is that a stronger run strays further
    for strength, comparison in ((1.0, torch.gt), (0.2, torch.lt)):
        other = (draw(host, strength=strength, **options) - PICTURE).square().mean()
        assert comparison(other, error), (strength, other, error)
    assert torch.equal(draw(host, strength=0, **options), PICTURE) and not listen(host, strength=0, **options)


def test_pndm_takes_its_first_step_twice_wherever_it_starts(host: RandomHost) -> None:
    whole = [cue.clock.timestep for cue in listen(host, scheduler="pndm", num_steps=4)]
    half = listen(host, scheduler="pndm", num_steps=4, strength=0.75, start=Start(PICTURE))
    assert whole == [751, 501, 501, 251, 1] and [cue.clock.timestep for cue in half] == [501, 251, 251, 1]


def test_ddim_from_the_middle_is_the_rest_of_the_whole(host: RandomHost) -> None:
    """What was noised to a timestep goes on as if it had come there by itself."""
    seen: list[torch.Tensor] = []
    whole = draw(host, after_step=[lambda clock, latents: (seen.append(latents), latents)[1]])
    alpha = float(host.alphas_cumprod[501])
    noise = make_noise((4, 6, 4), 5)[None]
    begin = (seen[0] - (1 - alpha) ** 0.5 * noise) / alpha**0.5
    torch.testing.assert_close(draw(host, strength=0.75, start=Start(begin)), whole, atol=1e-4, rtol=1e-4)


def test_noise_may_be_given(host: RandomHost) -> None:
    noise = make_noise((4, 6, 4), 5)[None]
    assert torch.equal(draw(host, start=Start(noise_bcyx=noise), seeds=(77,)), draw(host))
    both = draw(host, start=Start(noise_bcyx=noise), prompts=PROMPTS[:2], seeds=(1, 2))
    assert torch.allclose(both[:1], draw(host), atol=1e-4)


def test_each_picture_may_have_its_own_negative_prompt(host: RandomHost) -> None:
    both = draw(host, prompts=PROMPTS[:1] * 2, seeds=(5, 5), negative=("hat", "blurry"))
    for place, negative in enumerate(("hat", "blurry")):
        torch.testing.assert_close(both[place], draw(host, negative=negative)[0], atol=1e-4, rtol=1e-4)


def test_uncond_contexts_may_be_given_call_by_call(host: RandomHost) -> None:
    negatives = host.encode_prompts(["hat", "blurry"], SIZE).context_btc
    assert torch.equal(draw(host, unconds=[negatives[:1]] * 4), draw(host, negative="hat"))
    changed = draw(host, unconds=[negatives[:1]] * 3 + [negatives[1:]])
    assert not torch.equal(changed, draw(host, negative="hat"))
    with pytest.raises(ShapeError, match=r"one uncond context a UNet call, 4; got 1"):
        draw(host, unconds=[negatives[:1]])


def test_latents_may_be_changed_after_each_step(host: RandomHost) -> None:
    clocks: list[Clock] = []

    def clear(clock: Clock, latents: torch.Tensor) -> torch.Tensor:
        clocks.append(clock)
        return latents * 0

    assert not draw(host, after_step=[clear]).any()
    assert clocks == [cue.clock for cue in listen(host)] and clocks[0].sigma is not None


@pytest.mark.parametrize("scheduler", ["ddim", "euler", "dpmpp_2m"])
@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction"])
def test_the_preview_is_the_clean_estimate(scheduler: str, prediction_type: Any) -> None:
    host = RandomHost(prediction_type=prediction_type)
    previews: list[torch.Tensor] = []
    drawn = draw(host, scheduler=scheduler, on_preview=lambda done, total, clean: previews.append(clean))
    assert len(previews) == 4 and previews[0].shape == drawn.shape
    # all of these end on their last estimate, DDIM but for the noise of the first training timestep
    tolerance = 0.1 if scheduler == "ddim" else 1e-3
    torch.testing.assert_close(previews[-1], drawn, atol=tolerance, rtol=tolerance)


def test_edits_and_references_have_rows_of_their_own(host: RandomHost) -> None:
    plan = make_plan(prompts=PROMPTS, seeds=(5, 5, 5), sources=(None, 0, 0))
    assert plan.rows[3:] == (Row("cond", 0), Row("cond", 1, 1, 0), Row("cond", 2, 2, 0))
    assert plan.rows[:3] == tuple(Row("uncond", picture) for picture in range(3))
    single = make_plan(references=("hat",))
    assert single.rows == (Row("uncond", 0), Row("reference", 0), Row("cond", 0, 1, 0))
    assert [cue.rows for cue in listen(host, references=("hat",), num_steps=1)] == [single.rows]


def test_references_run_along_and_change_nothing(host: RandomHost) -> None:
    for guidance in (1.0, 7.5):
        alone = draw(host, guidance=guidance)
        scale = float(alone.abs().max())
        accompanied = draw(host, guidance=guidance, references=("the blue hat",))
        torch.testing.assert_close(accompanied / scale, alone / scale, atol=1e-5, rtol=0)


def test_a_run_may_be_stopped(host: RandomHost) -> None:
    def stop(done: int, total: int, latents: torch.Tensor) -> None:
        raise InterruptedRunError

    with pytest.raises(InterruptedRunError), host.running():
        sample(host, make_plan(), stop)
    with pytest.raises(InterruptedRunError):
        draw(host, on_preview=stop)
    assert not host.conductor.is_playing


def test_what_does_not_fit_is_refused(host: RandomHost) -> None:
    with pytest.raises(ConfigError, match=r"a picture to begin with, at a strength below 1; got none"):
        draw(host, strength=0.5)
    for start in (Start(PICTURE[..., :2]), Start(noise_bcyx=PICTURE.repeat(2, 1, 1, 1))):
        with pytest.raises(ShapeError, match=r"latents of shape \(1, 4, 6, 4\); got"):
            draw(host, start=start)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_what_the_unet_reads_may_be_changed_and_the_latents_follow(host: RandomHost, scheduler: str) -> None:
    """Given before the first call what another noise would have given, a run is that of the other noise."""
    options = {"scheduler": scheduler, "prompts": PROMPTS[:2], "seeds": (5, 6), "negative": "blurry"}
    other, read, heard = Start(noise_bcyx=make_noise((2, 4, 6, 4), 9)), [], []

    def hear(clock: Clock, inputs: torch.Tensor, conditioning: Any) -> torch.Tensor:
        read.append(inputs)
        heard.append(conditioning.context_btc)
        return inputs

    expected = draw(host, start=other, before_step=[hear], **options)
    assert torch.equal(expected, draw(host, start=other, **options)), "a look changes nothing"
    torch.testing.assert_close(heard[0], host.encode_prompts(PROMPTS[:2], SIZE).context_btc)
    found = draw(host, before_step=[lambda clock, inputs, _: read[0] if clock.step == 0 else inputs], **options)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)
