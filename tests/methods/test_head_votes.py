"""Votes on small random models, against heads whose winners are planted and against the votes written out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import Tensor

from vxa.core.concepts import Concepts
from vxa.core.errors import CaptureError, ConfigError
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.engine.observe import Observation, observing
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.seam import ForwardHook, Seam, count_hooks
from vxa.engine.sites import Site
from vxa.hosts.memory import RandomHost
from vxa.methods.head_votes import draw_words, encode_concepts, voting

CONCEPTS = Concepts.of(
    {"Color": ["red", "turquoise", "green"], "Shape": ["round", "star-shaped"], "Size": ["tiny"], "Place": ["left of"]}
)
ONE_WORD = Concepts.of({"Color": ["red"], "Shape": ["round"], "Size": ["tiny"]})
SIZE = Grid(48, 32)
NUM_CALLS = 3
PLAN = SamplingPlan(("a red star", "a tiny blue moon"), SIZE, (3, 4), num_steps=NUM_CALLS, guidance=3.0)


@pytest.fixture(scope="module", params=["sd", "sdxl"])
def host(request: pytest.FixtureRequest) -> RandomHost:
    return RandomHost(layout=request.param)


def draws_of(host: Host, concepts: Concepts, pictures: range = range(2)) -> list[np.ndarray]:
    return [draw_words(concepts, 22, picture, NUM_CALLS, len(host.sites.cross)) for picture in pictures]


def vote(host: Host, concepts: Concepts = CONCEPTS, plan: SamplingPlan = PLAN) -> tuple[np.ndarray, Tensor]:
    """Draw the plan's pictures: winners, and latents."""
    with host.running():
        vocabulary = encode_concepts(host, concepts, SIZE)
        with voting(host, vocabulary, draws_of(host, concepts)) as votes:
            latents = sample(host, plan)
    return votes.winners(), latents


@contextmanager
def planted(host: Host, choice_slh: dict[str, np.ndarray], concepts: Concepts) -> Iterator[None]:
    """Give each head queries that listen to one word of the set alone, another one in every call."""
    words = [words[0] for words in concepts.words]
    context_wc = host.encode_prompts(words, SIZE).context_btc[:, 1]

    def replace(site: Site) -> ForwardHook:
        key_hwd = (context_wc @ site.module.to_k.weight.T).unflatten(1, (site.heads, -1)).transpose(0, 1)
        listening_hdw = torch.linalg.pinv(key_hwd)

        def hook(module: object, inputs: object, query_bqc: Tensor) -> Tensor:
            chosen_h = torch.from_numpy(choice_slh[site.address][host.conductor.cue.clock.step])
            query_hd = 50 * listening_hdw[torch.arange(site.heads), :, chosen_h]
            return query_hd.flatten().expand_as(query_bqc)

        return hook

    with Seam() as seam:
        for site in host.sites.cross:
            seam.after(site.module.to_q, replace(site))
        yield


def test_planted_heads_are_found_exactly(host: RandomHost) -> None:
    random = np.random.default_rng(1)
    choice = {site.address: random.integers(0, 3, (NUM_CALLS, site.heads)) for site in host.sites.cross}
    with planted(host, choice, ONE_WORD):
        winners_bsh, _ = vote(host, ONE_WORD)
    expected_sh = np.concatenate([choice[address] for address in host.sites.head_layers.addresses], axis=1)
    np.testing.assert_array_equal(winners_bsh, np.stack([expected_sh, expected_sh]))


def test_votes_equal_those_written_out(host: RandomHost) -> None:
    queries: dict[tuple[int, str], Tensor] = {}

    def listen(site: Site):
        return lambda module, inputs, output: queries.update({(host.conductor.cue.clock.step, site.address): output})

    with Seam() as seam:
        for site in host.sites.cross:
            seam.after(site.module.to_q, listen(site))
        winners_bsh, _ = vote(host)
    draws = draws_of(host, CONCEPTS)
    margins = []
    for picture, call in np.ndindex(2, NUM_CALLS):
        for layer, site in enumerate(host.sites.cross):
            words = [CONCEPTS.words[concept][word] for concept, word in enumerate(draws[picture][call, layer])]
            query_bqc = queries[call, site.address]
            row = len(query_bqc) - 2 + picture  # uncond rows come first
            strength_hn = naive_strength(host, site, query_bqc[row], words)
            ours_h = winners_bsh[picture, call, host.sites.head_layers.slice_of(site.address)]
            best = np.sort(strength_hn, axis=1)
            margins += [best[:, -1] - strength_hn[np.arange(site.heads), ours_h]]
    assert np.concatenate(margins).max() < 1e-6, "the winner is the strongest, but for rounding"


def naive_strength(host: Host, site: Site, query_qc: Tensor, words: list[str]) -> np.ndarray:
    """Mean attention to each word, of BOS and all words one after another, in float64: shape (head, word)."""
    columns, owners = [host.encode_prompts(words, SIZE).context_btc[0, 0]], [-1]
    for number, word in enumerate(words):
        context_tc = host.encode_prompts([word], SIZE).context_btc[0]
        for token in host.tokenize(word)[0].content:
            columns.append(context_tc[token.index])
            owners.append(number)
    query_qc, weight = query_qc.double(), site.module.to_k.weight.double()
    strength_hn = np.zeros((site.heads, len(words)))
    for head in range(site.heads):
        part = slice(head * site.head_dim, (head + 1) * site.head_dim)
        logits_qk = query_qc[:, part] @ (torch.stack(columns).double() @ weight[part].T).T * site.head_dim**-0.5
        mean_k = torch.softmax(logits_qk, dim=1).mean(0).numpy()
        for number in range(len(words)):
            strength_hn[head, number] = mean_k[np.array(owners) == number].mean()
    return strength_hn


def test_pictures_are_those_drawn_without_votes_and_no_hook_stays(host: RandomHost) -> None:
    with host.running():
        plain = sample(host, PLAN)
    assert torch.equal(vote(host)[1], plain)
    with pytest.raises(KeyboardInterrupt), host.running():
        with voting(host, encode_concepts(host, CONCEPTS, SIZE), draws_of(host, CONCEPTS)):
            raise KeyboardInterrupt
    assert count_hooks(host.unet) == 0


def test_an_observer_beside_sees_what_it_sees_alone(host: RandomHost) -> None:
    observation = Observation(tuple(host.sites.cross))
    with host.running(), observing(host.conductor, observation) as alone:
        sample(host, PLAN)
    with observing(host.conductor, observation) as beside:
        vote(host)
    for address, sums in alone.maps().sums.items():
        assert torch.equal(beside.maps().sums[address], sums)


def test_draws_depend_on_seed_and_picture_alone() -> None:
    draws_sln = draw_words(CONCEPTS, 22, 7, 50, 16)
    np.testing.assert_array_equal(draws_sln, draw_words(CONCEPTS, 22, 7, 50, 16))
    assert (draws_sln != draw_words(CONCEPTS, 22, 8, 50, 16)).any()
    assert (draws_sln != draw_words(CONCEPTS, 23, 7, 50, 16)).any()
    shares = [np.bincount(draws_sln[..., n].ravel()) / draws_sln[..., n].size for n in range(4)]
    assert [len(share) for share in shares] == [3, 2, 1, 1]
    np.testing.assert_allclose(shares[0], 1 / 3, atol=0.08)


def test_a_vocabulary_holds_bos_and_every_token_once(host: RandomHost) -> None:
    with host.running():
        vocabulary = encode_concepts(host, CONCEPTS, SIZE)
    # pieces of at most six letters: turquo|ise, star|-|shaped, left|of
    assert vocabulary.spans == (((1, 2), (2, 4), (4, 5)), ((5, 6), (6, 9)), ((9, 10),), ((10, 12),))
    assert len(vocabulary.context_wc) == 12


def test_a_word_of_which_the_tokenizer_keeps_nothing_is_refused(
    host: RandomHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = host.tokenize("")
    monkeypatch.setattr(host, "tokenize", lambda word: nothing)
    with pytest.raises(ConfigError, match="at least one token; got 'red'"), host.running():
        encode_concepts(host, CONCEPTS, SIZE)


def test_missing_and_broken_votes_are_told(host: RandomHost) -> None:
    with host.running(), voting(host, encode_concepts(host, CONCEPTS, SIZE), draws_of(host, CONCEPTS)) as votes:
        pass
    with pytest.raises(CaptureError, match="a vote of every layer"):
        votes.winners()
    site = host.sites.cross[0]
    with Seam() as seam:
        seam.after(site.module.to_q, lambda module, inputs, output: output * float("nan"))
        with pytest.raises(CaptureError, match="finite"):
            vote(host)
