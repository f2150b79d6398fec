"""Injecting attention by hand: maps added to, or put in place of, a word's attention, before or after the softmax."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from torch import Tensor

from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.engine.clock import Cue
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention
from vxa.engine.steering.method import Method, Stage
from vxa.methods.windows import Window, WindowUnit, check_window, within
from vxa.methods.word_map import Size, WordMap, stack_by_column

Mode = Literal["add", "replace"]
Scaling = Literal["absolute", "mean", "norm"]

_SIZES: dict[str, Size] = {
    "mean": lambda values: values.abs().mean(-1, keepdim=True),
    "norm": lambda values: values.norm(dim=-1, keepdim=True),
}


@dataclass(frozen=True)
class Injection:
    """How maps are injected.

    Source: the eight functions published with "controlling cross-attention by hand" (presets `inject1` to `inject8`).
    Where we differ: any level, head, window and aspect; maps are brought to each size by averaging; renormalising and
    scaling relative to the attention that is there are offered: an absolute scale means something else in each layer.
    """

    mode: Mode = "add"
    """Add to a word's attention, or put the map in its place."""
    before_softmax: bool = False
    """Whether scores are changed, so that words still share out attention of 1, or probabilities."""
    scale: float = 3.0
    """Factor on all maps; about ten times as much is needed before the softmax."""
    levels: tuple[int, ...] | None = (0, 1)
    """Levels to change, 0 being maps of the latent's size (64² at 512²), each next one half of it; None for all."""
    layers: tuple[str, ...] = ()
    """Addresses of layers to change, in place of levels."""
    heads: tuple[int, ...] = ()
    """Heads to change; none for all."""
    window: Window = (0.8, 1.0)
    """When maps are injected; noise levels (0.8, 1) are the first fifth of a run."""
    unit: WindowUnit = "noise"
    """Of the window."""
    scaling: Scaling = "absolute"
    """What the scale refers to: 1, or what makes the map's mean or norm that of the word's attention in each head."""
    renormalises: bool = False
    """Whether probabilities are made to sum to 1 again; needless before the softmax."""

    def __post_init__(self) -> None:
        check_window(self.window, "injection")
        if any(number < 0 for number in (*self.heads, *(self.levels or ()))):
            raise ConfigError("heads and levels from 0", got=(self.heads, self.levels))
        if self.mode not in ("add", "replace") or self.scaling not in ("absolute", "mean", "norm"):
            raise ConfigError("mode add or replace, scaling absolute, mean or norm", got=(self.mode, self.scaling))
        if self.renormalises and self.before_softmax:
            raise ConfigError("renormalising after the softmax only", got="before it", remedy="The softmax does that.")

    def method(self, word_maps: Sequence[WordMap]) -> Method:
        """Inject maps into the cond rows of a run.

        Raises:
            ConfigError: If there are none.
        """
        if not word_maps:
            raise ConfigError("at least one map to inject", got="none")
        kind = ScoreInjection if self.before_softmax else ProbabilityInjection
        return kind(self, tuple(word_maps))


INJECTIONS: dict[str, Injection] = {
    "inject1": Injection("add", levels=(0,)),
    "inject2": Injection("replace", levels=(0,)),
    "inject3": Injection("add", before_softmax=True, scale=30.0, levels=(0,)),
    "inject4": Injection("replace", before_softmax=True, scale=30.0, levels=(0,)),
    "inject5": Injection("add"),
    "inject6": Injection("replace"),
    "inject7": Injection("add", before_softmax=True, scale=30.0),
    "inject8": Injection("replace", before_softmax=True, scale=30.0),
}
"""The eight published functions."""


@dataclass(frozen=True, eq=False)
class _InjectionMethod(Method):
    """What injecting before and after the softmax share."""

    config: Injection
    word_maps: tuple[WordMap, ...]
    _stacks: dict[Grid, tuple[tuple[int, ...], Tensor]] = field(default_factory=dict)

    def touches(self, site: Site) -> bool:
        """The layers chosen; none where nothing would be added."""
        if site.kind != "cross" or self._is_nothing:
            return False
        if self.config.layers:
            return site.address in self.config.layers
        return self.config.levels is None or site.level in self.config.levels

    def edit(self, site: Site, cue: Cue, current: Sequence[Attention]) -> Mapping[int, Attention]:
        """Inject while the window lasts."""
        if not within(cue.clock, self.config.window, self.config.unit):
            return {}
        if self.config.heads and max(self.config.heads) >= site.heads:
            raise ConfigError(f"heads from 0 to {site.heads - 1} of {site.address}", got=self.config.heads)
        grid = cue.latent.level(site.level)
        return {row: self._inject(grid, current[row]) for row in cue.rows_of("cond")}

    def _inject(self, grid: Grid, attention: Attention) -> Attention:
        raise NotImplementedError

    @property
    def _is_nothing(self) -> bool:
        adds_nothing = self.config.scale == 0 or all(
            word_map.strength == 0 or not word_map.map_yx.any() for word_map in self.word_maps
        )
        return self.config.mode == "add" and not self.config.renormalises and adds_nothing

    def _stack(self, grid: Grid) -> tuple[tuple[int, ...], Tensor]:
        """Columns and their maps, scaled: shape (columns, q)."""
        if grid not in self._stacks:
            adds, size = self.config.mode == "add", _SIZES.get(self.config.scaling)
            columns, maps_nq = stack_by_column(self.word_maps, grid, adds, size)
            self._stacks[grid] = columns, self.config.scale * maps_nq
        return self._stacks[grid]

    def _inject_into(self, tensor_hqt: Tensor, grid: Grid) -> Tensor:
        """Inject into scores or probabilities written out: shape (h, q, t)."""
        columns, maps_nq = self._stack(grid)
        heads = list(self.config.heads) or list(range(len(tensor_hqt)))
        size, edited_hqt = _SIZES.get(self.config.scaling), tensor_hqt.clone()
        for column, map_q in zip(columns, maps_nq.to(tensor_hqt), strict=True):
            there_hq = tensor_hqt[heads, :, column]
            injected_hq = map_q * size(there_hq) if size is not None else map_q
            edited_hqt[heads, :, column] = there_hq + injected_hq if self.config.mode == "add" else injected_hq
        if self.config.renormalises:
            edited_hqt[heads] = edited_hqt[heads] / edited_hqt[heads].sum(-1, keepdim=True)
        return edited_hqt


@dataclass(frozen=True, eq=False)
class ScoreInjection(_InjectionMethod):
    """Inject before the softmax."""

    stage: ClassVar[Stage] = Stage.SCORES

    def _inject(self, grid: Grid, attention: Attention) -> Attention:
        return attention.with_scores(lambda scores_hqt: self._inject_into(scores_hqt, grid))


@dataclass(frozen=True, eq=False)
class ProbabilityInjection(_InjectionMethod):
    """Inject after the softmax."""

    stage: ClassVar[Stage] = Stage.WEIGHTS

    def _inject(self, grid: Grid, attention: Attention) -> Attention:
        if self.config.scaling != "absolute" or self.config.renormalises:
            return attention.reshaped(lambda probs_hqt: self._inject_into(probs_hqt, grid))
        columns, maps_nq = self._stack(grid)
        injected = Attention.painted(maps_nq, columns, self.config.heads)
        return (attention if self.config.mode == "add" else attention.without(columns, self.config.heads)) + injected
