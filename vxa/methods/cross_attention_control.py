"""Cross-attention control: edit a picture on one trajectory, taking attention from the source prompt on its latents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from vxa.core.alignment import align_by_blocks
from vxa.core.grid import Grid
from vxa.engine.clock import Cue
from vxa.engine.sampling import SamplingPlan
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention
from vxa.engine.steering.method import Method, Stage
from vxa.methods.prompt_tables import Tokenize, read_tables, weigh_words
from vxa.methods.token_weights import TokenWeights
from vxa.methods.transfer import Mix
from vxa.methods.windows import Window, WindowUnit, check_window, within


@dataclass(frozen=True)
class CrossAttentionControl:
    """A prompt, an edited one or none, and weights of words.

    Both prompts run on the same latents, those of the edited picture: unlike in prompt-to-prompt, no source picture
    is drawn. Windows are noise levels: raising their start frees late detail, lowering their end early composition;
    or, by `unit`, shares of the run's calls.

    Source: CrossAttentionControl by bloc97. Where we differ: all three rows run in one call; attention computed in
    slices is edited whole; an unknown word is an error.
    """

    prompt: str
    """The source prompt; the only one where nothing but weights is edited."""
    edit: str | None = None
    """The edited prompt."""
    weights: tuple[tuple[str, float], ...] = ()
    """Factors on words of the edited prompt, or of the only one; -8 to 3 are usual."""
    tokens: Window | None = (0.0, 1.0)
    """When cross-attention is the source prompt's; None for never."""
    spatial: Window | None = (0.0, 1.0)
    """The same for self-attention, at every size of map."""
    unit: WindowUnit = "noise"
    """Of both windows."""

    def __post_init__(self) -> None:
        for window, what in ((self.tokens, "cross-attention control"), (self.spatial, "self-attention control")):
            if window is not None:
                check_window(window, what)

    @property
    def has_reference(self) -> bool:
        """Whether the source prompt runs along; the edited one takes nothing from its like."""
        return self.edit not in (None, self.prompt) and (self.tokens is not None or self.spatial is not None)

    def plan(self, size: Grid, seeds: Sequence[int], **options: Any) -> SamplingPlan:
        """Plan one picture a seed.

        Args:
            size: Picture size, pixels.
            seeds: At least one.
            **options: Other fields of the plan.
        """
        drawn = self.prompt if self.edit is None else self.edit
        references = (self.prompt,) * len(seeds) if self.has_reference else ()
        return SamplingPlan((drawn,) * len(seeds), size, tuple(seeds), references=references, **options)

    def methods(self, tokenize: Tokenize, plan: SamplingPlan) -> tuple[Method, ...]:
        """Align the prompts, ready for a run of the plan.

        Raises:
            SelectionError: If a weighted word is not in its prompt.
        """
        tables = read_tables(tokenize, plan)
        weights = TokenWeights(weigh_words(tables[plan.prompts[0]], self.weights))
        if not self.has_reference or self.edit is None:
            return (weights,)
        alignment = align_by_blocks(tables[self.prompt], tables[self.edit])
        return CrossAttentionTransfer(self, Mix(alignment.matrix_st, 1 - alignment.share_t)), weights


@dataclass(frozen=True, eq=False)
class CrossAttentionTransfer(Method):
    """Take attention over from the reference rows."""

    stage: ClassVar[Stage] = Stage.TRANSFER

    config: CrossAttentionControl
    """When."""
    mix: Mix
    """Which columns."""

    def touches(self, site: Site) -> bool:
        """Every layer of a kind that has a window."""
        return self._window(site) is not None

    def edit(self, site: Site, cue: Cue, current: Sequence[Attention]) -> Mapping[int, Attention]:
        """Take over the reference's attention while the window lasts."""
        window = self._window(site)
        if window is None or not within(cue.clock, window, self.config.unit):
            return {}
        if site.kind == "self":
            return {row: current[source] for row, source, _ in cue.edits()}
        return {row: self.mix(current[source], current[row]) for row, source, _ in cue.edits()}

    def _window(self, site: Site) -> Window | None:
        return self.config.tokens if site.kind == "cross" else self.config.spatial
