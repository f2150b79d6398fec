"""What holds for every editing method: composition in the published order, other rows untouched, no trace left."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from tests.written_out import written_out
from vxa.core.alignment import align_for_refinement
from vxa.core.errors import InterruptedRunError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue
from vxa.engine.host import Conditioning
from vxa.engine.observe import Observation, observing
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.seam import Seam, count_hooks
from vxa.engine.sites import Site
from vxa.engine.steering.method import Method
from vxa.engine.steering.steer import steering
from vxa.hosts.memory import RandomHost
from vxa.methods.injection import INJECTIONS, Injection
from vxa.methods.p2p import PromptEdit, PromptToPrompt
from vxa.methods.paint_with_words import PaintWithWords
from vxa.methods.prompt_tables import weigh_words
from vxa.methods.token_weights import TokenWeights
from vxa.methods.word_map import WordMap, resize_by_area

SIZE, LATENT = Grid(56, 40), Grid(7, 5)
CONFIG = PromptToPrompt("a red car", (PromptEdit("a big red car", "refine", cross=(0.0, 1.0)),), (0.0, 1.0), 1.0)
PLAN = CONFIG.plan(SIZE, (1,), num_steps=3)
WORDS = (WordMap((4,), torch.rand(7, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)),)
SOURCE, EDIT = 2, 3


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost(dtype=torch.float64)


def weights(host: RandomHost) -> TokenWeights:
    return TokenWeights(weigh_words(host.tokenize("a big red car")[0], [("car", 2.0), ("big", -1.0)]), edits=(1,))


METHODS: dict[str, Callable[[RandomHost], Method]] = {
    "p2p": lambda host: CONFIG.method(host.tokenize, PLAN),
    "weights": weights,
    "paint with words": lambda host: PaintWithWords().method(WORDS),
    "renormalised": lambda host: Injection("replace", renormalises=True).method(WORDS),
    **{name: lambda host, each=each: each.method(WORDS) for name, each in INJECTIONS.items()},
}


def make_call(host: RandomHost) -> tuple[Tensor, Conditioning, Cue]:
    conditioning = host.encode_prompts(["", "", *PLAN.prompts], SIZE)
    latents = torch.cat([make_noise((1, 4, 7, 5), seed) for seed in range(4)]).double()
    return latents, conditioning, Cue(Clock(0, 3, 900.0, sigma=5.0), PLAN.rows, LATENT)


def predict(host: RandomHost, *methods: Method) -> Tensor:
    with host.running(), steering(host.conductor, host.sites, methods):
        return host.predict(*make_call(host))


def test_methods_compose_in_the_published_order(host: RandomHost) -> None:
    """Scores, softmax, transfer, weights and painted probabilities in the order given; however they are listed."""
    alignment = align_for_refinement(host.tokenize("a red car")[0], host.tokenize("a big red car")[0])
    weights_t = weights(host).weights_t

    def edit_scores(site: Site, cue: Cue, scores: Tensor) -> Tensor:
        if site.kind == "self":
            return scores
        map_q = resize_by_area(WORDS[0].map_yx, cue.latent.level(site.level)).flatten()
        scores = scores.clone()
        for row in (SOURCE, EDIT):
            scores[row, ..., 4] += 0.4 * math.log(26) * scores[row].std() * map_q
        return scores

    def edit(site: Site, cue: Cue, probs: Tensor) -> Tensor:
        probs = probs.clone()
        if site.kind == "self":
            probs[EDIT] = probs[SOURCE]
            return probs
        own, share = probs[EDIT].clone(), alignment.share_t
        probs[EDIT] = ((probs[SOURCE] @ alignment.matrix_st) * share + own * (1 - share)) * weights_t
        if site.level < 2:
            map_q = resize_by_area(WORDS[0].map_yx, cue.latent.level(site.level)).flatten()
            probs[SOURCE:, ..., 4] += 3 * map_q
        return probs

    with written_out(host, edit, edit_scores):
        expected = predict(host)
    p2p, weigh, paint = (METHODS[name](host) for name in ("p2p", "weights", "paint with words"))
    inject = METHODS["inject5"](host)
    for methods in ((weigh, inject, paint, p2p), (p2p, paint, weigh, inject)):
        torch.testing.assert_close(predict(host, *methods), expected, atol=1e-9, rtol=1e-9)
    assert not torch.allclose(predict(host, p2p, paint, inject, weigh), expected, atol=1e-3), "injected, then weighed"


@pytest.mark.parametrize("name", METHODS)
def test_uncond_rows_keep_every_bit_and_hooks_come_off(host: RandomHost, name: str) -> None:
    plain, edited = predict(host), predict(host, METHODS[name](host))
    assert torch.equal(edited[:2], plain[:2]) and not torch.allclose(edited[EDIT], plain[EDIT], atol=1e-4)
    assert count_hooks(host.unet) == 0 and torch.equal(predict(host), plain)


@pytest.mark.parametrize("name", METHODS)
def test_nothing_is_left_after_an_interrupt(host: RandomHost, name: str) -> None:
    def stop(done: int, total: int, latents: Tensor) -> None:
        raise InterruptedRunError

    with pytest.raises(InterruptedRunError), host.running():
        with steering(host.conductor, host.sites, [METHODS[name](host)]):
            sample(host, PLAN, stop)
    assert count_hooks(host.unet) == 0 and not host.conductor.is_playing


@pytest.mark.parametrize("name", METHODS)
def test_maps_seen_afterwards_are_those_the_picture_is_made_from(host: RandomHost, name: str) -> None:
    """The values of one layer weighed by the maps after the edit are what enters its `to_out`."""
    site, heard = host.sites.find("down.0.0.cross"), {}
    with host.running(), steering(host.conductor, [site], [METHODS[name](host)]) as steered, Seam() as seam:
        observation = Observation((site,), keep_heads=True)
        with observing(host.conductor, observation, steered.probabilities_after) as recorder:
            # put on last, so that they see what the layer computes with, and what was added to its output
            seam.before(site.module.to_out[0], lambda module, inputs: heard.update(hidden=inputs[0]))
            seam.before(site.module.to_v, lambda module, inputs: heard.update(context=inputs[0]))
            host.predict(*make_call(host))
    assert isinstance(site.module.to_v, torch.nn.Linear)
    value_htd = site.module.to_v(heard["context"][EDIT]).unflatten(-1, (site.heads, -1)).transpose(0, 1)
    probs_htq = recorder.maps(1).mean(site.address).flatten(2).double()
    output_qc = (probs_htq.mT @ value_htd).transpose(0, 1).flatten(1)
    torch.testing.assert_close(output_qc, heard["hidden"][EDIT], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_all_run_together_in_sdxl_s_layout(dtype: torch.dtype) -> None:
    host = RandomHost(layout="sdxl", widths=(32, 64, 64), dtype=dtype)
    plan = SamplingPlan(PLAN.prompts, Grid(64, 32), (1, 1), num_steps=2, sources=PLAN.sources, scheduler="dpmpp_2m")
    methods = [make(host) for name, make in METHODS.items() if name != "p2p"]
    with host.running(), steering(host.conductor, host.sites, [CONFIG.method(host.tokenize, plan), *methods]):
        assert sample(host, plan).isfinite().all()
    assert count_hooks(host.unet) == 0
