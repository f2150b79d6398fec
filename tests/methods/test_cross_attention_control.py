"""Cross-attention control against the published algorithm on matrices, and its invariants."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers.models.attention_processor import SlicedAttnProcessor
from torch import Tensor

from tests.written_out import written_out
from vxa.core.alignment import align_by_blocks
from vxa.core.errors import ConfigError, SelectionError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, Start, sample
from vxa.engine.seam import count_hooks
from vxa.engine.sites import Site
from vxa.engine.steering.steer import steering
from vxa.hosts.memory import RandomHost
from vxa.methods.cross_attention_control import CrossAttentionControl
from vxa.methods.prompt_tables import weigh_words

SIZE = Grid(48, 32)
NOISE = Start(noise_bcyx=make_noise((4, 6, 4), 5)[None].double())
CAT = "a cat sits on a car"


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost(dtype=torch.float64)


def make_plan(config: CrossAttentionControl, **options: Any) -> SamplingPlan:
    return config.plan(SIZE, (5,), **{"num_steps": 4, "guidance": 3.0, **options})


def draw(host: RandomHost, config: CrossAttentionControl, **options: Any) -> Tensor:
    plan = make_plan(config, **options)
    with host.running(), steering(host.conductor, host.sites, config.methods(host.tokenize, plan)):
        return sample(host, plan, start=NOISE)


def draw_plainly(host: RandomHost, config: CrossAttentionControl, **options: Any) -> Tensor:
    with host.running():
        return sample(host, make_plan(config, **options), start=NOISE)


def same(ours: Tensor, theirs: Tensor, tolerance: float = 1e-7) -> None:
    torch.testing.assert_close(ours, theirs, atol=tolerance, rtol=tolerance)


def published(host: RandomHost, config: CrossAttentionControl) -> Any:
    """Inject, then weigh: rows are uncond, source prompt, edited prompt."""

    def edit(site: Site, cue: Cue, probs: Tensor) -> Tensor:
        probs, tau = probs.clone(), cue.clock.timestep / 1000
        window = config.tokens if site.kind == "cross" else config.spatial
        if config.edit is not None and window is not None and window[0] <= tau <= window[1]:
            if site.kind == "self":
                probs[2] = probs[1]
            else:
                alignment = align_by_blocks(host.tokenize(config.prompt)[0], host.tokenize(config.edit)[0])
                index, mask = alignment.matrix_st.argmax(0), alignment.share_t
                probs[2] = probs[2] * (1 - mask) + probs[1][..., index] * mask
        if site.kind == "cross":
            probs[-1] = probs[-1] * weigh_words(host.tokenize(config.edit or config.prompt)[0], config.weights)
        return probs

    return edit


CASES = {
    "swap": CrossAttentionControl(CAT, "a dog sits on a car"),
    "more words": CrossAttentionControl(CAT, "a smiling dog sits on a car", spatial=(0.3, 0.8)),
    "late tokens": CrossAttentionControl(CAT, "a dog sits on a bus", tokens=(0.0, 0.6), spatial=None),
    "weights": CrossAttentionControl(CAT, "a dog sits on a car", weights=(("dog", 3.0), ("car", -8.0))),
    "weights alone": CrossAttentionControl(CAT, weights=(("cat", -2.0), ("1", 0.5))),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_published_algorithm(host: RandomHost, name: str) -> None:
    config = CASES[name]
    with written_out(host, published(host, config)):
        expected = draw_plainly(host, config)
    ours = draw(host, config)
    same(ours, expected)
    assert not torch.allclose(ours, draw_plainly(host, config), atol=1e-2) and count_hooks(host.unet) == 0


def test_slices_are_edited_whole(host: RandomHost) -> None:
    config, whole = CASES["more words"], draw(host, CASES["more words"])
    processors = host.unet.attn_processors
    host.unet.set_attn_processor(SlicedAttnProcessor(1))
    try:
        same(draw(host, config), whole)
    finally:
        host.unet.set_attn_processor(processors)


def test_the_same_prompt_changes_no_bit(host: RandomHost) -> None:
    config = CrossAttentionControl(CAT, CAT, weights=(("cat", 1.0),))
    assert make_plan(config).references == ()
    assert torch.equal(draw(host, config), draw_plainly(host, config))
    assert torch.equal(draw(host, config), draw(host, CrossAttentionControl(CAT)))
    weighed = CrossAttentionControl(CAT, CAT, weights=(("cat", 3.0),))
    assert torch.equal(draw(host, weighed), draw(host, CrossAttentionControl(CAT, weights=weighed.weights)))


def test_what_is_taken_from_the_same_words_is_ones_own(host: RandomHost) -> None:
    config = CrossAttentionControl(CAT, f"{CAT} ")
    assert len(make_plan(config).references) == 1
    # rows of one batch are alike up to rounding only: kernels add up a last row in another order
    same(draw(host, config), draw_plainly(host, config), tolerance=1e-12)


def test_without_windows_it_is_the_edited_prompt_on_the_same_seed(host: RandomHost) -> None:
    edited = "a dog sits on a car"
    never = CrossAttentionControl(CAT, edited, tokens=None, spatial=None)
    assert make_plan(never).references == () and make_plan(never).prompts == (edited,)
    assert torch.equal(draw(host, never), draw_plainly(host, CrossAttentionControl(edited)))
    late = CrossAttentionControl(CAT, edited, tokens=(1.0, 1.0), spatial=(1.0, 1.0))
    assert torch.equal(draw(host, late), draw_plainly(host, late)), "no timestep is 1000"


def test_windows_may_be_shares_of_the_calls(host: RandomHost) -> None:
    """4 calls at timesteps 751, 501, 251 and 1: the first half of them is every noise level above a half."""
    edited = "a dog sits on a car"
    by_calls = CrossAttentionControl(CAT, edited, tokens=(0.0, 0.5), spatial=(0.0, 0.5), unit="calls")
    by_noise = CrossAttentionControl(CAT, edited, tokens=(0.5, 1.0), spatial=(0.5, 1.0))
    assert torch.equal(draw(host, by_calls), draw(host, by_noise))
    assert not torch.equal(draw(host, by_calls), draw(host, CrossAttentionControl(CAT, edited)))


def test_weights_of_one_put_no_hook_on(host: RandomHost) -> None:
    config = CrossAttentionControl(CAT, weights=(("cat", 1.0),))
    with steering(host.conductor, host.sites, config.methods(host.tokenize, make_plan(config))):
        assert count_hooks(host.unet) == 0


def test_uncond_and_reference_rows_keep_every_bit(host: RandomHost) -> None:
    config = CASES["weights"]
    plan = make_plan(config)
    conditioning = host.encode_prompts(["", *plan.references, *plan.prompts], SIZE)
    latents, cue = (
        make_noise((4, 6, 4), 1).double().expand(3, -1, -1, -1),
        Cue(Clock(0, 4, 700.0), plan.rows, Grid(6, 4)),
    )
    with host.running():
        plain = host.predict(latents, conditioning, cue)
        with steering(host.conductor, host.sites, config.methods(host.tokenize, plan)):
            edited = host.predict(latents, conditioning, cue)
    assert torch.equal(edited[:2], plain[:2]) and not torch.allclose(edited[2], plain[2])


def test_several_seeds_and_a_picture_to_begin_with(host: RandomHost) -> None:
    config = CASES["more words"]
    picture = Start(torch.linspace(-1, 1, 96).reshape(1, 4, 6, 4).double())
    plans = [config.plan(SIZE, seeds, num_steps=4, strength=0.5, scheduler="lms") for seeds in ((1, 2), (2,))]
    with host.running():
        drawn = []
        for plan in plans:
            with steering(host.conductor, host.sites, config.methods(host.tokenize, plan)):
                drawn.append(sample(host, plan, start=picture))
    same(drawn[0][1:], drawn[1], 1e-4)


def test_what_makes_no_sense_is_refused(host: RandomHost) -> None:
    with pytest.raises(ConfigError, match=r"a window of cross-attention control"):
        CrossAttentionControl(CAT, tokens=(0.8, 0.2))
    with pytest.raises(ConfigError, match=r"a window of self-attention control"):
        CrossAttentionControl(CAT, spatial=(0.0, 80.0))
    with pytest.raises(SelectionError, match="got 'dog'"):
        draw(host, CrossAttentionControl(CAT, weights=(("dog", 2.0),)))
