"""Latents moved by a gradient: against finite differences, and against the published algorithm written out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.made_vectors import make_vectors
from vxa.core.errors import CaptureError, InterruptedRunError, SelectionError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock
from vxa.engine.observe import Observation, observing
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, Start, sample
from vxa.engine.seam import Seam, count_hooks
from vxa.hosts.memory import RandomHost
from vxa.methods.attend_excite import AttendExcite
from vxa.methods.attend_excite_loss import Competition
from vxa.methods.attend_excite_maps import AttendExciteMaps
from vxa.methods.attend_excite_reading import HeadReading, LevelReading, Reading
from vxa.methods.exciter import Exciter, Look, make_exciter

PROMPT, WORDS = "a red car and a blue dog", ("car", "dog")
PLAN = SamplingPlan((PROMPT,), Grid(48, 64), (0,), num_steps=4)
CALM = AttendExcite(WORDS, step_size=0.02, max_refinements=3)
CLOCK = Clock(0, 4, 700.0)


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost(dtype=torch.float64)


@pytest.fixture(scope="module")
def sdxl() -> RandomHost:
    return RandomHost(dtype=torch.float64, layout="sdxl")


def level_reading(_: RandomHost) -> Reading:
    return LevelReading(AttendExciteMaps(cells=4))


def head_reading(host: RandomHost) -> Reading:
    return HeadReading(make_vectors(host.sites.head_layers), ("shape", "color"), cells=4)


@pytest.mark.parametrize("layout", ["host", "sdxl"])
@pytest.mark.parametrize("read", [level_reading, head_reading])
def test_the_gradient_is_that_of_finite_differences(layout: str, read: Any, request) -> None:
    host = request.getfixturevalue(layout)
    config = AttendExcite(WORDS, thresholds=(), step_size=1.0, largest_move=1e6, reading=read(host))
    exciter = make_exciter(host, config, PLAN)
    generator = torch.Generator().manual_seed(3)
    inputs, direction = torch.randn(2, 1, 4, 6, 8, generator=generator, dtype=torch.float64)

    def loss(at: Tensor) -> float:
        exciter(CLOCK, at, conditioning)
        return exciter.looks[-1].loss

    with host.running():
        conditioning = host.encode_prompts([PROMPT], PLAN.size)
        gradient = inputs - exciter(CLOCK, inputs, conditioning)
        step = 1e-5
        expected = (loss(inputs + step * direction) - loss(inputs - step * direction)) / (2 * step)
        found = float((gradient * direction).sum())
        assert abs(found) > 1e-3 and found == pytest.approx(expected, rel=1e-6)
        ahead = loss(inputs - 1e-3 * gradient)
    assert ahead < loss_before(exciter), "a small step lowers the loss"


def test_a_wild_gradient_moves_no_further_than_the_largest_move(host: RandomHost) -> None:
    config = AttendExcite(WORDS, thresholds=(), step_size=1.0, largest_move=1e6, reading=level_reading(host))
    inputs = torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    with host.running():
        conditioning = host.encode_prompts([PROMPT], PLAN.size)
        free = make_exciter(host, config, PLAN)(CLOCK, inputs, conditioning) - inputs
        length = float(free.square().mean().sqrt())
        half = replace(config, largest_move=length / 2)
        short = make_exciter(host, half, PLAN)(CLOCK, inputs, conditioning) - inputs
        just = replace(config, largest_move=length * 1.01)
        same = make_exciter(host, just, PLAN)(CLOCK, inputs, conditioning) - inputs
    assert length > 0
    torch.testing.assert_close(short, free / 2)
    assert torch.equal(same, free), "what is short enough stays as published"


def loss_before(exciter: Exciter) -> float:
    return exciter.looks[0].loss


class Naive:
    """Writes out every attention matrix of the UNet, and keeps those of cross-attention."""

    def __init__(self) -> None:
        self.kept: list[Tensor] = []

    def __call__(self, attn: Any, hidden_states: Tensor, encoder_hidden_states: Any = None, **_: Any) -> Tensor:
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        parts = (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context))
        query, key, value = (attn.head_to_batch_dim(part) for part in parts)
        probs = (query @ key.transpose(1, 2) * attn.scale).softmax(-1)
        if encoder_hidden_states is not None:
            self.kept.append(probs)
        return attn.to_out[0](attn.batch_to_head_dim(probs @ value))


def naive_loss(host: RandomHost, latents: Tensor, timestep: float, context: Tensor, naive: Naive) -> Tensor:
    """The loss of the published code: the whole UNet, maps of one size found by their number of cells."""
    naive.kept.clear()
    host.unet(latents, timestep, encoder_hidden_states=context)
    cells = latents.shape[2] * latents.shape[3]
    maps = torch.cat([probs for probs in naive.kept if probs.shape[1] == cells]).mean(0)
    images = (100 * maps[:, 1:-1]).softmax(-1)
    line = torch.exp(-(torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64) ** 2))
    kernel = torch.outer(line, line)
    losses = []
    for token in (3, 7):
        image = images[:, token - 1].reshape(1, 1, *latents.shape[2:])
        padded = torch.nn.functional.pad(image, (1, 1, 1, 1), mode="reflect")
        smoothed = torch.nn.functional.conv2d(padded, (kernel / kernel.sum())[None, None])
        losses.append((1 - smoothed.max()).clamp_min(0))
    return max(losses)


def test_a_whole_run_equals_the_published_algorithm_written_out(host: RandomHost) -> None:
    config = replace(CALM, thresholds=((0.0, 0.05), (0.25, 0.9)), reading=LevelReading(AttendExciteMaps(cells=8)))
    scheduler = host.make_scheduler("ddim", 4)
    noise = make_noise((1, 4, 6, 8), 0).double()
    naive, plain = Naive(), host.unet.attn_processors  # type: ignore[union-attr]
    with host.running():
        exciter = make_exciter(host, config, PLAN)
        found = sample(host, PLAN, start=Start(noise_bcyx=noise), before_step=[exciter])
        empty, context = (host.encode_prompts([text], PLAN.size).context_btc for text in ("", PROMPT))
        latents, losses = noise, []
        host.unet.set_attn_processor(naive)  # type: ignore[operator]
        try:
            for step, timestep in enumerate(scheduler.timesteps):
                factor = 0.02 * (1 - 0.5 * step / 3) ** 0.5

                def moved(at: Tensor, timestep: Tensor = timestep, factor: float = factor) -> tuple[float, Tensor]:
                    with torch.enable_grad():
                        leaf = at.detach().requires_grad_()
                        loss = naive_loss(host, leaf, timestep, context, naive)
                        (gradient,) = torch.autograd.grad(loss, leaf)
                    losses.append(float(loss))
                    return float(loss), at - factor * gradient

                threshold = {0: 0.05, 1: 0.9}.get(step)
                if step < 2:
                    loss, ahead = moved(latents)
                    for _ in range(3):
                        if threshold is None or loss <= 1 - threshold:
                            break
                        latents = ahead
                        loss, ahead = moved(latents)
                    latents = ahead
                both = host.unet(latents.repeat(2, 1, 1, 1), timestep, torch.cat([empty, context]))[0]
                guided = both[:1] + 7.5 * (both[1:] - both[:1])
                latents = scheduler.step(guided, timestep, latents).prev_sample
        finally:
            host.unet.set_attn_processor(plain)  # type: ignore[operator]
    assert [look.loss for look in exciter.looks] == pytest.approx(losses, abs=1e-9) and len(losses) > 3
    torch.testing.assert_close(found, latents, atol=1e-7, rtol=1e-7)


def test_refinement_ends_at_its_threshold_or_after_so_many_moves(host: RandomHost) -> None:
    hopeless = replace(CALM, thresholds=((0.0, 1.0),), end=0.0, max_refinements=4)
    with host.running():
        exciter = make_exciter(host, hopeless, PLAN)
        sample(host, PLAN, before_step=[exciter])
        assert [(look.step, look.moves) for look in exciter.looks] == [(0, moves) for moves in range(5)]
        reached = exciter.looks[2].peaks
        easy = make_exciter(host, replace(hopeless, thresholds=((0.0, min(reached) - 1e-9),)), PLAN)
        sample(host, PLAN, before_step=[easy])
    losses = [look.loss for look in exciter.looks]
    first = next(number for number, loss in enumerate(losses) if loss <= losses[2] + 1e-9)
    assert len(easy.looks) == first + 1


@pytest.mark.parametrize("options", [{"end": 0.0, "thresholds": ()}, {"step_size": 0.0}])
def test_without_moves_it_is_the_plain_run_to_the_last_bit(host: RandomHost, options: dict[str, Any]) -> None:
    with host.running():
        exciter = make_exciter(host, replace(CALM, **options), PLAN)
        found = sample(host, PLAN, before_step=[exciter])
        assert torch.equal(found, sample(host, PLAN))
    assert bool(exciter.looks) == ("step_size" in options)


def test_a_word_that_is_excited_already_is_left_alone(host: RandomHost) -> None:
    sharp = replace(CALM, thresholds=(), competition=Competition(sharpness=1e6, smoothing=0.0))
    alone = replace(sharp, words=("car",), competition=replace(sharp.competition, with_padding=False))
    plan = replace(PLAN, prompts=("car",))
    with host.running():
        exciter = make_exciter(host, alone, plan)
        assert torch.equal(sample(host, plan, before_step=[exciter]), sample(host, plan))
    assert all(look.loss == 0 for look in exciter.looks)


@pytest.mark.parametrize("scheduler", ["euler", "dpmpp_2m", "pndm"])
def test_the_unet_reads_what_was_moved_whatever_the_sampler_s_measure(host: RandomHost, scheduler: str) -> None:
    plan = replace(PLAN, scheduler=scheduler)
    given, moved, read = [], [], []
    with host.running(), Seam() as seam:
        exciter = make_exciter(host, replace(CALM, end=1.0), plan)

        def move(clock: Clock, inputs: Tensor, conditioning: Any) -> Tensor:
            given.append(inputs)
            moved.append(exciter(clock, inputs, conditioning))
            return moved[-1]

        seam.before(host.unet, lambda _, inputs: read.append(inputs[0]) if len(inputs[0]) == 2 else None)
        sample(host, plan, before_step=[move])
    assert float(given[0].std()) == pytest.approx(1, abs=0.2), "of unit variance, whatever the sampler keeps"
    assert all(torch.equal(each, both[:1]) for each, both in zip(moved, read, strict=True))
    assert not torch.equal(moved[0], given[0])


def test_each_picture_is_moved_by_itself(host: RandomHost) -> None:
    both = replace(PLAN, prompts=(PROMPT, "a dog on a car"), seeds=(0, 7), negative=" ".join(["bad"] * 80))
    with host.running():
        exciter = make_exciter(host, CALM, both)
        together = sample(host, both, before_step=[exciter])
        for number in range(2):
            alone = replace(both, prompts=(both.prompts[number],), seeds=(both.seeds[number],))
            single = make_exciter(host, CALM, alone)
            torch.testing.assert_close(
                together[[number]], sample(host, alone, before_step=[single]), atol=1e-6, rtol=1e-6
            )
            mine = [look for look in exciter.looks if look.picture == number]
            assert [look.moves for look in mine] == [look.moves for look in single.looks]


def test_observers_of_the_run_do_not_see_its_looks(host: RandomHost) -> None:
    observation = Observation(tuple(host.sites.cross))
    with host.running(), observing(host.conductor, observation) as recorder:
        sample(host, PLAN, before_step=[make_exciter(host, CALM, PLAN)])
    assert recorder.maps().num_calls == 4


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_other_precisions_move_likewise(host: RandomHost, dtype: torch.dtype) -> None:
    other = RandomHost(dtype=dtype)
    inputs = torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(3))
    moves = []
    for each in (host, other):
        with each.running():
            exciter = make_exciter(each, replace(CALM, thresholds=()), PLAN)
            start = inputs.to(torch.float64 if each is host else torch.float32)
            moved = exciter(CLOCK, start, each.encode_prompts([PROMPT], PLAN.size))
            assert moved.dtype == start.dtype
            moves.append((moved - start).double())
    assert float(torch.cosine_similarity(moves[0].flatten(), moves[1].flatten(), dim=0)) > 0.9


def test_it_may_be_stopped_at_any_look_and_leaves_nothing_behind(host: RandomHost) -> None:
    def stop(look: Look) -> None:
        if look.moves == 2:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError), host.running():
        sample(host, PLAN, before_step=[make_exciter(host, replace(CALM, thresholds=((0.0, 1.0),)), PLAN, stop)])
    assert count_hooks(host.unet) == 0 and not host.conductor.is_playing and torch.is_grad_enabled()
    assert all(weight.grad is None for weight in host.unet.parameters())


def test_words_that_are_not_there_and_numbers_that_are_none_are_told(host: RandomHost) -> None:
    with pytest.raises(SelectionError, match="got 'cat'"):
        make_exciter(host, AttendExcite(("cat",)), PLAN)
    with pytest.raises(SelectionError, match="do not compete"):
        make_exciter(host, AttendExcite(("0",)), PLAN)
    with host.running(), pytest.raises(CaptureError, match="gradient of finite numbers"):
        exciter = make_exciter(host, CALM, PLAN)
        exciter(CLOCK, torch.full((1, 4, 6, 8), torch.nan).double(), host.encode_prompts([PROMPT], PLAN.size))
