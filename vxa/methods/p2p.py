"""Prompt-to-prompt: edit a picture by editing its prompt, keeping the attention of the source picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from vxa.core.alignment import Alignment, align_for_refinement, align_for_replacement, split_words
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.head_vectors import HeadVectors
from vxa.core.tokens import TokenTable, parse_selection
from vxa.engine.clock import Clock, Cue
from vxa.engine.host import Host
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention
from vxa.engine.steering.method import Method, Stage
from vxa.engine.steering.steer import steering
from vxa.methods.head_weights import HeadWeights, weigh_heads
from vxa.methods.local_blend import LocalBlend
from vxa.methods.prompt_tables import Tokenize, read_tables, weigh_words
from vxa.methods.transfer import Mix
from vxa.methods.windows import Window, check_window, is_empty, within_steps

EditKind = Literal["replace", "refine", "reweight"]
EDIT_KINDS: tuple[EditKind, ...] = ("replace", "refine", "reweight")


@dataclass(frozen=True)
class PromptEdit:
    """One edited prompt, and how it takes over the source's attention."""

    prompt: str
    """The edited prompt; for "reweight" usually the source prompt again."""
    kind: EditKind = "replace"
    """Swap words ("replace"), add words ("refine"), or take the source's attention as it is ("reweight")."""
    cross: Window = (0.0, 0.8)
    """Part of the run during which cross-attention is the source's, as fractions of its calls."""
    word_windows: tuple[tuple[str, Window], ...] = ()
    """The same for single words of the edited prompt, in place of `cross`."""
    weights: tuple[tuple[str, float], ...] = ()
    """Factors on words of the edited prompt while the source's attention is taken, such as ("fried", 10); any sign."""
    concepts: tuple[tuple[str, str], ...] = ()
    """Words of the edited prompt with a concept each, such as ("red", "Color"). While the source's attention is taken
    they keep the edit's own, each head's multiplied by how relevant it is to the concept."""

    def __post_init__(self) -> None:
        if self.kind not in EDIT_KINDS:
            raise ConfigError(f"an edit of kind {', '.join(EDIT_KINDS)}", got=repr(self.kind))
        for window in (self.cross, *(window for _, window in self.word_windows)):
            check_window(window, "cross-attention replacement")

    @property
    def is_idle(self) -> bool:
        """Whether it never takes over cross-attention."""
        return all(is_empty(window) for window in (self.cross, *(window for _, window in self.word_windows)))


@dataclass(frozen=True)
class PromptToPrompt:
    """A source prompt and its edits, all drawn together from the same noise.

    Source: Hertz et al. 2022 (arXiv 2208.01626) and the authors' code. Where we differ: corrected mappers (see
    `vxa.core.alignment`); windows count UNet calls, so that every sampler works; the resolution limit of self-attention
    is a share of the latent's area; words are found by character spans and an unknown one is an error.

    With `concepts` of an edit it is P2P-HRV, Park et al. 2024 (arXiv 2412.02237), who give all words one concept and
    take (0, 0.9) as the self window.
    """

    source: str
    """Prompt of the source picture."""
    edits: tuple[PromptEdit, ...]
    """At least one."""
    self_window: Window = (0.0, 0.4)
    """Part of the run during which self-attention is the source's."""
    self_area: float = 1 / 16
    """Largest self-attention maps replaced, as a share of the latent's area: 1/16 in the authors' first notebook (16²
    of 64²), 1/4 in their later one."""
    cross_layers: tuple[str, ...] | None = None
    """Addresses of the layers whose cross-attention is taken over; None for all."""
    vectors: HeadVectors | None = None
    """Relevance of the model's heads to concepts, for edits that name some."""

    def __post_init__(self) -> None:
        if not self.edits:
            raise ConfigError("at least one edited prompt", got="none")
        if self.vectors is None and any(edit.concepts for edit in self.edits):
            raise ConfigError("head relevance vectors, for words with a concept", got="none")
        check_window(self.self_window, "self-attention replacement")

    def plan(self, size: Grid, seeds: Sequence[int], **options: Any) -> SamplingPlan:
        """Plan the source and its edits, once a seed.

        Args:
            size: Picture size, pixels.
            seeds: One a source picture.
            **options: Other fields of the plan.
        """
        prompts = (self.source, *(edit.prompt for edit in self.edits))
        sources: list[int | None] = []
        for number in range(len(seeds)):
            first = number * len(prompts)
            sources += [None, *[first] * len(self.edits)]
        return SamplingPlan(
            prompts=prompts * len(seeds),
            size=size,
            seeds=tuple(seed for seed in seeds for _ in prompts),
            sources=tuple(sources),
            **options,
        )

    def method(self, tokenize: Tokenize, plan: SamplingPlan) -> PromptToPromptMethod:
        """Align the prompts, ready for a run of the plan.

        Raises:
            AlignmentError: If prompts to replace have different numbers of words.
            SelectionError: If a word is not in its prompt.
            ConfigError: If there is no such concept.
        """
        tables = read_tables(tokenize, plan)
        transfers = tuple(
            _Transfer.of(edit, tables[self.source], tables[edit.prompt], self.vectors) for edit in self.edits
        )
        return PromptToPromptMethod(self, transfers)


def draw_edits(
    host: Host, config: PromptToPrompt, plan: SamplingPlan, blend: LocalBlend | None = None, **options: Any
) -> Tensor:
    """Draw the source and its edits.

    Args:
        host: The model, inside its `running()`.
        config: What to edit.
        plan: From `config.plan`.
        blend: Keep the background of the source.
        **options: As of `sample`.

    Returns:
        Clean latents, shape (picture, channels, y, x): source, edits, and so on for the next seed.
    """
    after_step = [*options.pop("after_step", ())]
    with ExitStack() as stack:
        steered = stack.enter_context(steering(host.conductor, host.sites, [config.method(host.tokenize, plan)]))
        if blend is not None:
            after_step.append(stack.enter_context(blend.blending(host, plan, steered.probabilities_after)))
        return sample(host, plan, after_step=after_step, **options)


def suggest_kind(source: TokenTable, target: TokenTable) -> EditKind:
    """Suggest the kind of edit: "reweight" for the same tokens, "replace" for as many words, else "refine"."""
    if [token.id for token in source.content] == [token.id for token in target.content]:
        return "reweight"
    return "replace" if len(split_words(source)) == len(split_words(target)) else "refine"


@dataclass(frozen=True, eq=False)
class PromptToPromptMethod(Method):
    """Prompt-to-prompt on the rows of a plan; edit k of a source follows the k-th edited prompt."""

    stage: ClassVar[Stage] = Stage.TRANSFER

    config: PromptToPrompt
    """What to edit."""
    transfers: tuple[_Transfer, ...]
    """One an edited prompt."""

    def touches(self, site: Site) -> bool:
        """Cross-attention in the layers chosen, self-attention up to the limit; nothing whose windows are empty."""
        if site.kind == "cross":
            layers = self.config.cross_layers
            is_chosen = layers is None or site.address in layers
            return is_chosen and not all(edit.is_idle for edit in self.config.edits)
        return self._is_small(site) and not is_empty(self.config.self_window)

    def edit(self, site: Site, cue: Cue, current: Sequence[Attention]) -> Mapping[int, Attention]:
        """Take over the source's attention where the windows say so."""
        if site.kind == "self":
            is_on = within_steps(cue.clock, self.config.self_window)
            return {row: current[source] for row, source, _ in cue.edits()} if is_on else {}
        mixes = {row: (self.transfers[edit - 1].mix(cue.clock, site), source) for row, source, edit in cue.edits()}
        return {row: mix(current[source], current[row]) for row, (mix, source) in mixes.items() if not mix.is_nothing}

    def _is_small(self, site: Site) -> bool:
        return 4.0**-site.level <= self.config.self_area


@dataclass(frozen=True, eq=False)
class _Transfer:
    """One edit of cross-attention: α · c · (a · A_source M + (1 − a) · s · A_own) + (1 − α) · A_own, by columns."""

    alignment: Alignment
    weights_t: Tensor
    """c, shape (columns,)."""
    windows: tuple[Window, ...]
    """When α is 1, one a column."""
    strengths: HeadWeights | None
    """s, head by head; None where all is 1."""
    _mixes: dict[tuple[object, ...], Mix] = field(default_factory=dict)

    @classmethod
    def of(cls, edit: PromptEdit, source: TokenTable, target: TokenTable, vectors: HeadVectors | None) -> _Transfer:
        windows = [edit.cross] * len(target.tokens)
        for words, window in edit.word_windows:
            for column in parse_selection(target, words).indices:
                windows[column] = window
        alignment, strengths = _align(edit.kind, source, target), None
        if vectors is not None and edit.concepts:
            pairs = [(parse_selection(target, words).indices, vectors.of(name)) for words, name in edit.concepts]
            strengths = HeadWeights(vectors.layers, weigh_heads(len(target.tokens), pairs))
            own = [column for columns, _ in pairs for column in columns]
            alignment = replace(alignment, share_t=alignment.share_t.index_fill(0, torch.tensor(own), 0))
        return cls(alignment, weigh_words(target, edit.weights), tuple(windows), strengths)

    def mix(self, clock: Clock, site: Site) -> Mix:
        is_on = tuple(within_steps(clock, window) for window in self.windows)
        key = (is_on, self.strengths and site.address)
        if key not in self._mixes:
            on_t = torch.tensor(is_on, dtype=torch.float64) * self.weights_t
            taken_t = on_t * self.alignment.share_t
            own = on_t * (1 - self.alignment.share_t)
            if self.strengths is not None:
                own = own * self.strengths.of(site)
            self._mixes[key] = Mix(self.alignment.matrix_st * taken_t, own + (~torch.tensor(is_on)).double())
        return self._mixes[key]


def _align(kind: EditKind, source: TokenTable, target: TokenTable) -> Alignment:
    if kind == "replace":
        return align_for_replacement(source, target)
    if kind == "refine":
        return align_for_refinement(source, target)
    columns = len(target.tokens)
    return Alignment(torch.eye(columns, dtype=torch.float64), torch.ones(columns, dtype=torch.float64))
