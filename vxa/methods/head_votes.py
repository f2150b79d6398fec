"""Let every head vote for the concept whose words it attends to most, while pictures are drawn by the host's kernel.

The words are no part of the prompt: their keys are projected once a layer, and the queries come from a read-only hook.

Source: Park et al. 2024 (arXiv 2412.02237), section 3, and the authors' code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vxa.core.concepts import Concepts
from vxa.core.errors import CaptureError, ConfigError
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.engine.probabilities import mean_attention
from vxa.engine.seam import ForwardHook, Seam
from vxa.engine.sites import Site

_WORDS_PER_CALL = 32


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words of a set of concepts as the model reads them: each alone, without any template."""

    concepts: Concepts
    """Whose words."""
    context_wc: Tensor
    """Shape (column, c): BOS, then the tokens of all words one after another."""
    spans: tuple[tuple[tuple[int, int], ...], ...]
    """For each concept and word: its columns, end exclusive."""
    keys: dict[str, Tensor] = field(default_factory=dict)
    """What the layers that ran made of the columns, by address: shape (column, heads · head_dim)."""


def encode_concepts(host: Host, concepts: Concepts, size: Grid) -> Vocabulary:
    """Encode every word of a set of concepts.

    Args:
        host: The model, inside its `running()`.
        concepts: The words.
        size: Picture size in pixels; SDXL is told it.

    Raises:
        ConfigError: If the tokenizer finds nothing in a word.
    """
    texts = [word for words in concepts.words for word in words]
    columns_wc: list[Tensor] = []
    ends = [1]
    for first in range(0, len(texts), _WORDS_PER_CALL):
        batch = texts[first : first + _WORDS_PER_CALL]
        context_btc = host.encode_prompts(batch, size).context_btc
        if not columns_wc:
            columns_wc.append(context_btc[0, :1])
        for text, word_tc in zip(batch, context_btc, strict=True):
            indices = [token.index for token in host.tokenize(text)[0].content]
            if not indices:
                raise ConfigError("a word with at least one token", got=repr(text), remedy="Leave it out.")
            columns_wc.append(word_tc[indices])
            ends.append(ends[-1] + len(indices))
    pairs = pairwise(ends)
    spans = tuple(tuple(next(pairs) for _ in words) for words in concepts.words)
    return Vocabulary(concepts, torch.cat(columns_wc), spans)


def draw_words(concepts: Concepts, seed: int, picture: int, num_calls: int, num_layers: int) -> NDArray[np.intp]:
    """Draw which word of each concept is put to each vote of a picture.

    Args:
        concepts: The words.
        seed: Of the run.
        picture: Its number: the draws of a picture depend on these two alone, whoever counts it.
        num_calls: UNet calls.
        num_layers: Cross-attention layers.

    Returns:
        Shape (call, layer, concept): numbers of words.
    """
    sizes_n = np.array([len(words) for words in concepts.words])
    # `random` gives the same numbers under every release of numpy, which `integers` does not promise
    uniform_sln = np.random.default_rng([seed, picture]).random((num_calls, num_layers, len(concepts)))
    return (uniform_sln * sizes_n).astype(np.intp)


@dataclass(frozen=True, eq=False)
class _Ballots:
    """The words put to the votes of one picture, call by call and layer by layer."""

    columns: tuple[Tensor, ...]
    """For each vote the columns of the vocabulary: BOS, then one word of each concept."""
    sizes_vn: NDArray[np.intp]
    """How many columns BOS and each word take: shape (vote, 1 + concept)."""


def _make_ballots(vocabulary: Vocabulary, draws_sln: NDArray[np.intp], device: torch.device) -> _Ballots:
    draws_vn = draws_sln.reshape(-1, draws_sln.shape[-1])
    bos = np.tile([0, 1], (len(draws_vn), 1))
    spans_vn2 = np.stack([bos, *(np.array(spans)[draws_vn[:, n]] for n, spans in enumerate(vocabulary.spans))], axis=1)
    firsts_vn, sizes_vn = spans_vn2[..., 0], np.diff(spans_vn2)[..., 0]
    firsts, sizes = firsts_vn.ravel(), sizes_vn.ravel()
    columns = np.repeat(firsts - (sizes.cumsum() - sizes), sizes) + np.arange(sizes.sum())
    return _Ballots(torch.from_numpy(columns).to(device).split(sizes_vn.sum(axis=1).tolist()), sizes_vn)


class Votes:
    """Takes the votes of some pictures while they are drawn; read with `winners`."""

    def __init__(self, host: Host, vocabulary: Vocabulary, draws: Sequence[NDArray[np.intp]]) -> None:
        self._conductor, self._vocabulary = host.conductor, vocabulary
        self._num_calls, self._num_layers = draws[0].shape[:2]
        self._ballots = [_make_ballots(vocabulary, draws_sln, host.device) for draws_sln in draws]
        self._attention: list[dict[int, Tensor]] = [{} for _ in draws]

    def hear_query(self, site: Site, query_bqc: Tensor) -> None:
        """Let the heads of a layer vote, given its queries, shape (rows, cells, heads · head_dim)."""
        if not self._conductor.is_playing:
            return  # somebody else's run on the same model
        cue = self._conductor.cue
        if cue.is_trial:
            return
        vote = cue.clock.step * self._num_layers + site.layer
        key_wc = self._keys_of(site)
        for row in cue.rows_of("cond"):
            picture = cue.rows[row].picture
            key_kc = key_wc.index_select(0, self._ballots[picture].columns[vote])
            # counted when all is drawn: many small steps on a device cost more than the attention itself
            self._attention[picture][vote] = mean_attention(query_bqc[row], key_kc, site.heads)

    def winners(self) -> NDArray[np.intp]:
        """Give the number of the concept that won each vote: shape (picture, UNet call, head).

        Raises:
            CaptureError: If a vote is missing, or attention was no number.
        """
        return np.stack([self._winners_of(picture) for picture in range(len(self._ballots))])

    def _winners_of(self, picture: int) -> NDArray[np.intp]:
        heard, sizes_vn = self._attention[picture], self._ballots[picture].sizes_vn
        if len(heard) < len(sizes_vn):
            raise CaptureError(
                "a vote of every layer in every UNet call", got=f"{len(sizes_vn) - len(heard)} without",
                remedy="Did the run go through?",
            )  # fmt: skip
        in_order = [heard[vote] for vote in range(len(sizes_vn))]
        flat = torch.cat([attention_hk.flatten() for attention_hk in in_order]).cpu().numpy()
        if not np.isfinite(flat).all():
            raise CaptureError(
                "attention of finite numbers", got="NaN",
                remedy="The model overflows in half precision: run it in float32.",
            )  # fmt: skip
        ends = np.cumsum([attention_hk.numel() for attention_hk in in_order])
        winners = [
            _winner(part.reshape(-1, sizes_n.sum()), sizes_n)
            for part, sizes_n in zip(np.split(flat, ends[:-1]), sizes_vn, strict=True)
        ]
        return np.concatenate(winners).reshape(self._num_calls, -1)

    def _keys_of(self, site: Site) -> Tensor:
        keys = self._vocabulary.keys
        if site.address not in keys:
            # only while the layer runs is it sure to be on its device; past the hooks of other observers
            keys[site.address] = site.module.to_k.forward(self._vocabulary.context_wc)
        return keys[site.address]


def _winner(attention_hk: NDArray[np.float32], sizes_n: NDArray[np.intp]) -> NDArray[np.intp]:
    """Find the word that each head attends to most, by the mean over its tokens; BOS takes no part."""
    sums_hn = np.add.reduceat(attention_hk, sizes_n.cumsum() - sizes_n, axis=1)
    return (sums_hn / sizes_n)[:, 1:].argmax(axis=1)


@contextmanager
def voting(host: Host, vocabulary: Vocabulary, draws: Sequence[NDArray[np.intp]]) -> Iterator[Votes]:
    """Take the votes of all cross-attention heads while the block draws pictures.

    Args:
        host: The model, inside its `running()`.
        vocabulary: From `encode_concepts`.
        draws: For each picture of the batch what `draw_words` gave.
    """
    votes = Votes(host, vocabulary, draws)
    with Seam() as seam:
        for site in host.sites.cross:
            seam.after(site.module.to_q, _listener(votes, site))
        yield votes


def _listener(votes: Votes, site: Site) -> ForwardHook:
    def hook(module: nn.Module, inputs: tuple[object, ...], output: Tensor) -> None:
        votes.hear_query(site, output)

    return hook
