"""Prompt-to-prompt against the published algorithm on matrices, and its invariants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.made_vectors import make_neutral, make_vectors
from tests.written_out import written_out
from vxa.core.alignment import align_for_refinement, align_for_replacement, pad_tables
from vxa.core.errors import AlignmentError, ConfigError, SelectionError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable, parse_selection
from vxa.engine.clock import Clock, Cue
from vxa.engine.host import Conditioning
from vxa.engine.probe import make_noise
from vxa.engine.sampling import SamplingPlan, Start, sample
from vxa.engine.seam import count_hooks
from vxa.engine.sites import Site
from vxa.engine.steering.steer import steering
from vxa.hosts.memory import RandomHost
from vxa.methods.local_blend import LocalBlend
from vxa.methods.p2p import PromptEdit, PromptToPrompt, draw_edits, suggest_kind

SIZE = Grid(48, 32)
SOURCE = "a squirrel eating a burger"


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost(dtype=torch.float64)


def make_plan(config: PromptToPrompt, **options: Any) -> SamplingPlan:
    return config.plan(SIZE, (5,), **{"num_steps": 4, "guidance": 3.0, **options})


def start(count: int) -> Start:
    return Start(noise_bcyx=make_noise((4, 6, 4), 5)[None].double().expand(count, -1, -1, -1))


def draw(host: RandomHost, config: PromptToPrompt, blend: LocalBlend | None = None, **options: Any) -> Tensor:
    plan = make_plan(config, **options)
    with host.running():
        return draw_edits(host, config, plan, blend, start=start(len(plan.prompts)))


def draw_plainly(host: RandomHost, config: PromptToPrompt, **options: Any) -> Tensor:
    plan = make_plan(config, **options)
    with host.running():
        return sample(host, plan, start=start(len(plan.prompts)))


def same(ours: Tensor, theirs: Tensor, tolerance: float = 1e-6) -> None:
    torch.testing.assert_close(ours, theirs, atol=tolerance, rtol=tolerance)


REPLACE = PromptEdit("a velociraptor eating a burger", cross=(0.0, 0.5))
REFINE = PromptEdit("a fat squirrel eating a big burger", "refine", cross=(0.25, 1.0))
REWEIGHT = PromptEdit(SOURCE, "reweight", weights=(("burger", 3.0), ("squirrel", -2.0)))
WORD_WINDOWS = PromptEdit("a lion eating a burger", word_windows=(("lion", (0.0, 0.3)), ("burger", (0.5, 1.0))))
CONCEPTS = PromptEdit(
    "a lion eating a pink lasagne", "refine", cross=(0.0, 0.75), weights=(("lion", 2.0),),
    concepts=(("lion", "shape"), ("pink lasagne", "Color"), ("lasagne", "size")),
)  # fmt: skip
COMPOSED = PromptEdit("a fat squirrel eating a burger", "refine", weights=(("fat", 4.0), ("burger", 0.0)))


def strengthen(
    config: PromptToPrompt, edit: PromptEdit, target: TokenTable, site: Site, own: Tensor, mapped: Tensor
) -> None:
    """The insertion of P2P-HRV, in place: own attention times the vector of each word's concept."""
    for words, concept in edit.concepts:
        assert config.vectors is not None
        columns = list(parse_selection(target, words).indices)
        vector_h = torch.from_numpy(config.vectors.at(concept, site.address))
        mapped[..., columns] = own[..., columns] * vector_h.double()[:, None, None]


def published(host: RandomHost, config: PromptToPrompt, limit: int) -> Callable[[Site, Cue, Tensor], Tensor]:
    """The edit core of the authors' code, on the cond half, with corrected mappers: uncond rows come first."""

    def edit(site: Site, cue: Cue, probs_bhqt: Tensor) -> Tensor:
        half = len(cue.rows) // 2
        probs = probs_bhqt.clone()
        base, edited = probs[half], probs[half + 1 :]
        num_calls = cue.clock.num_steps
        if site.kind == "self":
            first, last = (int(bound * num_calls) for bound in config.self_window)
            if first <= cue.clock.step < last and base.shape[1] <= limit:
                edited[:] = base
            return probs
        for edit_config, own in zip(config.edits, edited, strict=True):
            source, target = pad_tables(host.tokenize(config.source)[0], host.tokenize(edit_config.prompt)[0])
            alpha = torch.zeros(num_calls, 77, dtype=torch.float64)
            alpha[int(edit_config.cross[0] * num_calls) : int(edit_config.cross[1] * num_calls)] = 1
            for word, (first, last) in edit_config.word_windows:
                columns = list(parse_selection(target, word).indices)
                alpha[:, columns] = 0
                for step in range(int(first * num_calls), int(last * num_calls)):
                    alpha[step, columns] = 1
            if edit_config.kind == "replace":
                mapped = base @ align_for_replacement(source, target).matrix_st.to(base)
            elif edit_config.kind == "refine":
                alignment = align_for_refinement(source, target)
                mapper = alignment.matrix_st.argmax(0)
                mapped = base[..., mapper] * alignment.share_t + own * (1 - alignment.share_t)
            else:
                mapped = base.clone()
            equalizer = torch.ones(77, dtype=torch.float64)
            for word, weight in edit_config.weights:
                equalizer[list(parse_selection(target, word).indices)] = weight
            strengthen(config, edit_config, target, site, own, mapped)
            now = alpha[cue.clock.step]
            own[:] = mapped * equalizer * now + own * (1 - now)
        return probs

    return edit


@pytest.mark.parametrize("area", [1 / 16, 1 / 4, 1.0])
@pytest.mark.parametrize(
    "edits",
    [(REPLACE,), (REFINE,), (REWEIGHT,), (WORD_WINDOWS,), (COMPOSED,), (REPLACE, REFINE, REWEIGHT)],
    ids=["replace", "refine", "reweight", "word windows", "composed", "several"],
)
def test_it_is_the_published_algorithm(host: RandomHost, edits: tuple[PromptEdit, ...], area: float) -> None:
    config = PromptToPrompt(SOURCE, edits, self_window=(0.0, 0.5), self_area=area)
    with written_out(host, published(host, config, limit=int(6 * 4 * area))):
        expected = draw_plainly(host, config)
    ours, plain = draw(host, config), draw_plainly(host, config)
    same(ours, expected)
    assert all(not torch.allclose(ours[place], plain[place], atol=1e-2) for place in range(1, len(ours)))
    assert torch.equal(ours[0], plain[0]), "the source is drawn as if alone"
    assert count_hooks(host.unet) == 0


def test_words_are_strengthened_by_concepts_as_published(host: RandomHost) -> None:
    swapped = PromptEdit("a velociraptor eating a burger", concepts=(("velociraptor", "shape"),))
    vectors = make_vectors(host.sites.head_layers)
    config = PromptToPrompt(SOURCE, (CONCEPTS, swapped, REPLACE), self_window=(0.0, 0.9), vectors=vectors)
    with written_out(host, published(host, config, limit=1)):
        expected = draw_plainly(host, config)
    ours = draw(host, config)
    same(ours, expected)
    assert not torch.allclose(ours[2], ours[3], atol=1e-2), "the same edit without a concept"
    assert count_hooks(host.unet) == 0


def test_a_neutral_vector_leaves_the_word_its_own_attention(host: RandomHost) -> None:
    neutral = PromptToPrompt(
        SOURCE, (replace(REPLACE, concepts=(("velociraptor", "color"),)),),
        vectors=make_neutral(host.sites.head_layers),
    )  # fmt: skip
    free = PromptToPrompt(SOURCE, (replace(REPLACE, word_windows=(("velociraptor", (0.0, 0.0)),)),))
    same(draw(host, neutral)[1], draw(host, free)[1], 1e-9)


@pytest.mark.parametrize("scheduler", ["pndm", "euler_a", "dpmpp_2m"])
def test_any_sampler_goes(host: RandomHost, scheduler: str) -> None:
    config = PromptToPrompt(SOURCE, (REPLACE, REFINE))
    with written_out(host, published(host, config, limit=1)):
        expected = draw_plainly(host, config, scheduler=scheduler)
    same(draw(host, config, scheduler=scheduler), expected)


@pytest.mark.parametrize("kind", ["replace", "refine", "reweight"])
@pytest.mark.parametrize("last", [0.0, 0.5, 1.0])
def test_the_same_prompt_gives_the_source(host: RandomHost, kind: Any, last: float) -> None:
    edit = PromptEdit(SOURCE, kind, cross=(0.0, last), weights=(("burger", 1.0),))
    drawn = draw(host, PromptToPrompt(SOURCE, (edit,), self_window=(0.0, last), self_area=1.0))
    same(drawn[1], drawn[0], 1e-9)


def test_without_windows_every_bit_is_the_plain_run_s(host: RandomHost) -> None:
    edits = (PromptEdit("a lion eating a burger", cross=(0.0, 0.0)), PromptEdit("a lion", "refine", cross=(0.5, 0.5)))
    config = PromptToPrompt(SOURCE, edits, self_window=(0.0, 0.0))
    with steering(host.conductor, host.sites, [config.method(host.tokenize, make_plan(config))]):
        assert count_hooks(host.unet) == 0
    assert torch.equal(draw(host, config), draw_plainly(host, config))


def test_uncond_rows_keep_every_bit(host: RandomHost) -> None:
    config = PromptToPrompt(SOURCE, (REPLACE, REFINE), self_area=1.0)
    plan = make_plan(config)
    conditioning = host.encode_prompts([*[""] * 3, *plan.prompts], SIZE)
    latents = torch.randn(6, 4, 6, 4, dtype=torch.float64)
    cue = Cue(Clock(1, 4, 700.0), plan.rows, Grid(6, 4))
    with host.running():
        plain = host.predict(latents, conditioning, cue)
        with steering(host.conductor, host.sites, [config.method(host.tokenize, plan)]):
            edited = host.predict(latents, conditioning, cue)
    assert torch.equal(edited[:4], plain[:4]) and not torch.allclose(edited[4], plain[4])


def test_several_seeds_are_edited_apart(host: RandomHost) -> None:
    config = PromptToPrompt(SOURCE, (REPLACE, REFINE), self_area=1.0)
    with host.running():
        plans = [config.plan(SIZE, seeds, num_steps=3) for seeds in ((1, 2), (1,), (2,))]
        both, first, second = (draw_edits(host, config, plan) for plan in plans)
    assert plans[0].sources == (None, 0, 0, None, 3, 3) and plans[0].seeds == (1, 1, 1, 2, 2, 2)
    same(both, torch.cat([first, second]), 1e-3)  # latents are float32 here


def test_two_chunks_and_long_negatives(host: RandomHost) -> None:
    long = PromptEdit("a squirrel eating a burger " + "and more " * 40, "refine")
    assert draw(host, PromptToPrompt(SOURCE, (long,)), num_steps=2).isfinite().all()
    config = PromptToPrompt(SOURCE, (REPLACE,))
    assert draw(host, config, num_steps=2, negative="blurry " * 90).isfinite().all()


@pytest.mark.parametrize("layout", ["sd", "sdxl"])
def test_sdxl_s_layout_and_single_precision(layout: Any) -> None:
    host = RandomHost(layout=layout, widths=(32, 64, 64))
    config = PromptToPrompt(SOURCE, (REPLACE, REFINE, REWEIGHT))
    blend = LocalBlend(("squirrel", "velociraptor", "fat", "burger"), start=0.0)
    with host.running():
        drawn = draw_edits(host, config, config.plan(Grid(64, 96), (1,), num_steps=2), blend)
    assert drawn.isfinite().all() and count_hooks(host.unet) == 0


class LdmHost(RandomHost):
    """The random model with a real ldm UNet in it."""

    def __init__(self) -> None:
        super().__init__()
        openaimodel: Any = pytest.importorskip(
            "ldm.modules.diffusionmodules.openaimodel", reason="stable-diffusion-sdkit is not installed"
        )
        torch.manual_seed(0)
        unet = openaimodel.UNetModel(
            image_size=8, in_channels=4, out_channels=4, model_channels=32, attention_resolutions=[1, 2],
            num_res_blocks=1, channel_mult=(1, 2), num_heads=4, context_dim=32, use_spatial_transformer=True,
            legacy=False,
        )  # fmt: skip
        for weight in unet.parameters():  # ldm begins with zeros at every output
            weight.data.add_(0.1 * torch.randn_like(weight))
        self.unet = unet.eval().requires_grad_(False)

    def _predict(self, latents_bcyx: Tensor, timestep: float, conditioning: Conditioning) -> Tensor:
        timesteps = torch.full((len(latents_bcyx),), timestep)
        return self.unet(latents_bcyx, timesteps=timesteps, context=conditioning.context_btc)


def test_a_real_ldm_unet_is_edited_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    host = LdmHost()
    monkeypatch.setattr("ldm.modules.attention._ATTN_PRECISION", "inputs")
    config = PromptToPrompt(SOURCE, (REPLACE, REFINE, REWEIGHT), self_area=1.0)
    plan = config.plan(Grid(64, 48), (5,), num_steps=3)
    with host.running():
        with written_out(host, published(host, config, limit=48)):
            expected = sample(host, plan)
        plain, ours = sample(host, plan), draw_edits(host, config, plan)
    scale = float(expected.abs().max())
    same(ours / scale, expected / scale, 1e-4)
    assert torch.equal(ours[0], plain[0]) and not torch.allclose(ours[1] / scale, plain[1] / scale, atol=1e-2)


def test_guidance_off(host: RandomHost) -> None:
    config = PromptToPrompt(SOURCE, (REPLACE,), self_window=(0.0, 1.0), self_area=1.0)
    drawn = draw(host, config, guidance=1.0)
    assert torch.equal(drawn[0], draw_plainly(host, config, guidance=1.0)[0])


def test_the_kind_is_suggested_from_the_words(host: RandomHost) -> None:
    source = host.tokenize(SOURCE)[0]
    kinds = [suggest_kind(source, host.tokenize(prompt)[0]) for prompt in (SOURCE, REPLACE.prompt, REFINE.prompt)]
    assert kinds == ["reweight", "replace", "refine"]


def test_what_makes_no_sense_is_refused(host: RandomHost) -> None:
    with pytest.raises(ConfigError, match=r"an edit of kind replace, refine, reweight; got 'swap'"):
        PromptEdit("a", "swap")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"a window of cross-attention replacement .* Write \(0.2, 0.8\)"):
        PromptEdit("a", word_windows=(("a", (0.8, 0.2)),))
    with pytest.raises(ConfigError, match=r"a window of self-attention replacement"):
        PromptToPrompt("a", (REPLACE,), self_window=(0, 2))
    with pytest.raises(ConfigError, match=r"at least one edited prompt"):
        PromptToPrompt("a", ())
    with pytest.raises(ConfigError, match=r"head relevance vectors, for words with a concept; got none"):
        PromptToPrompt("a", (CONCEPTS,))
    for edit, error, message in (
        (PromptEdit("a red squirrel eating a burger"), AlignmentError, "Use refine"),
        (PromptEdit(SOURCE, weights=(("lion", 2.0),)), SelectionError, "got 'lion'"),
        (PromptEdit(SOURCE, word_windows=(("lion", (0.0, 1.0)),)), SelectionError, "got 'lion'"),
        (PromptEdit(SOURCE, concepts=(("lion", "color"),)), SelectionError, "got 'lion'"),
        (PromptEdit(SOURCE, concepts=(("burger", "taste"),)), ConfigError, "There are: color, shape, size"),
    ):
        with pytest.raises(error, match=message):
            draw(host, PromptToPrompt(SOURCE, (edit,), vectors=make_vectors(host.sites.head_layers)))
    assert count_hooks(host.unet) == 0
