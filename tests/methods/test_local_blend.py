"""Local blend: against masks worked out from the matrices, and what full and empty masks do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from vxa.core.errors import ConfigError, SelectionError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock
from vxa.engine.observe import Observation, Recorder, observing
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.steering.steer import steering
from vxa.hosts.memory import RandomHost
from vxa.methods.local_blend import LocalBlend
from vxa.methods.p2p import PromptEdit, PromptToPrompt, draw_edits

CONFIG = PromptToPrompt(
    "a red squirrel", (PromptEdit("a red lion"), PromptEdit("a big red squirrel", "refine")), self_area=1.0
)
WORDS = ("squirrel", "lion", "big")
PIECES = (("squirr", "el"), ("lion",), ("big",))
PLAN = CONFIG.plan(Grid(72, 56), (5,), num_steps=3)
LATENT = Grid(9, 7)


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost()


def draw(host: RandomHost, blend: LocalBlend | None, plan: SamplingPlan = PLAN) -> Tensor:
    with host.running():
        return draw_edits(host, CONFIG, plan, blend)


def authors_mask(
    host: RandomHost, recorder: Recorder, words: Sequence[Sequence[str]], threshold: float, pools: bool
) -> Tensor:
    """`get_mask` of the authors' code, for any size: shape (picture, y, x)."""
    masks = []
    for picture, prompt in enumerate(PLAN.prompts):
        columns = [token.index for token in host.tokenize(prompt)[0].content if token.text in words[picture]]
        maps = torch.cat([each[:, columns] for each in recorder.maps(picture).sums.values()])
        total = maps.sum(1).mean(0)
        height, width = total.shape
        if pools:
            padded = torch.nn.functional.pad(total, (1, 1, 1, 1))
            total = torch.stack([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]).amax(0)
        rows, places = (((torch.arange(n) + 0.5) * side / n).long() for n, side in ((9, height), (7, width)))
        total = total[rows][:, places]
        masks.append(total / total.max() > threshold)
    return torch.stack([mask | masks[0] for mask in masks])


@pytest.mark.parametrize("spares", [False, True])
@pytest.mark.parametrize(("cells", "level"), [(16, 0), (4, 1)])
def test_it_is_the_published_blend(host: RandomHost, spares: bool, cells: int, level: int) -> None:
    subtract = ("red",) * 3 if spares else ()
    blend = LocalBlend(WORDS, subtract, 0.85, 0.9, start=0.34, cells=cells)
    sites = tuple(site for site in host.sites.cross if site.level == level and site.place != "mid")
    method, seen = CONFIG.method(host.tokenize, PLAN), []

    with host.running(), steering(host.conductor, host.sites, [method]) as steered:
        observation = Observation(sites, keep_heads=True)
        with observing(host.conductor, observation, steered.probabilities_after) as recorder:
            blender = blend.blender(host.tokenize, PLAN, recorder)

            def check(clock: Clock, latents: Tensor) -> Tensor:
                blended = blender(clock, latents)
                if clock.step < 1:
                    assert torch.equal(blended, latents)
                    return blended
                mask = authors_mask(host, recorder, PIECES, 0.85, pools=level > 0)
                if spares:
                    mask = mask & ~authors_mask(host, recorder, (("red",),) * 3, 0.9, pools=False)
                torch.testing.assert_close(blended, torch.where(mask[:, None], latents, latents[:1]))
                seen.append(mask)
                return blended

            checked = sample(host, PLAN, after_step=[check])
    assert len(seen) == 2 and all(0.02 < float(mask.float().mean()) < 0.98 for mask in seen)
    torch.testing.assert_close(draw(host, blend), checked)
    assert blend.observation(host, PLAN).sites == sites


def test_a_full_mask_is_no_blend_and_an_empty_one_the_source(host: RandomHost) -> None:
    plain = draw(host, None)
    torch.testing.assert_close(draw(host, LocalBlend(WORDS, threshold=0.0, start=0)), plain)
    sources = draw(host, LocalBlend(WORDS, threshold=1.0, start=0))
    assert torch.equal(sources, sources[:1].expand_as(sources)) and torch.equal(sources[0], plain[0])
    late = draw(host, LocalBlend(WORDS, threshold=1.0, start=1.0))
    assert torch.equal(late, plain)


def test_words_without_attention_leave_the_source(host: RandomHost) -> None:
    silenced = PromptToPrompt(
        CONFIG.source, (PromptEdit("a red lion", cross=(0.0, 1.0), weights=(("1-76", 0.0), ("0", 0.0))),)
    )
    plan = silenced.plan(Grid(32, 32), (5,), num_steps=2)
    with host.running():
        drawn = draw_edits(host, silenced, plan, LocalBlend(("squirrel", "lion"), threshold=0.99, start=0))
    assert drawn.isfinite().all()


def test_each_seed_has_its_own_masks(host: RandomHost) -> None:
    blend = LocalBlend(WORDS, threshold=0.5, start=0)
    both, alone = (draw(host, blend, CONFIG.plan(Grid(64, 64), seeds, num_steps=2)) for seeds in ((3, 4), (4,)))
    torch.testing.assert_close(both[3:] / alone.abs().max(), alone / alone.abs().max(), atol=1e-4, rtol=0)


def test_what_makes_no_sense_is_refused(host: RandomHost) -> None:
    with pytest.raises(ConfigError, match=r"words for the source and each edit; got \('cat',\)"):
        LocalBlend(("cat",))
    with pytest.raises(ConfigError, match=r"words for the source and each edit"):
        LocalBlend(WORDS, ("red",))
    with pytest.raises(ConfigError, match=r"thresholds and start from 0 to 1; got \(2, 0.3, 0.2\)"):
        LocalBlend(WORDS, threshold=2)
    with pytest.raises(ConfigError, match=r"words for the source and 2 edits; got \('squirrel', 'lion'\)"):
        draw(host, LocalBlend(WORDS[:2]))
    with pytest.raises(SelectionError, match="got 'bus'"):
        draw(host, LocalBlend(("squirrel", "bus", "big")))
