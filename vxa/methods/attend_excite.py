"""Attend-and-Excite: what is to be excited, when and how much. What moves the latents is `vxa.methods.exciter`."""

from __future__ import annotations

from dataclasses import dataclass, field

from vxa.core.errors import ConfigError
from vxa.engine.clock import Clock
from vxa.methods.attend_excite_loss import Competition
from vxa.methods.attend_excite_reading import LevelReading, Reading
from vxa.methods.windows import within_steps


@dataclass(frozen=True)
class AttendExcite:
    """Words to excite, and how.

    Moments are shares of the run's UNet calls: at the authors' 50 they are calls 0, 10 and 20, and the first 25.

    Source: Chefer et al. 2023 (arXiv 2301.13826), algorithm 1 and the authors' code. Where we differ: gradients are
    taken of what the UNet reads, so that samplers that scale their latents see the same; refinement ends with the look
    that reaches its threshold, theirs takes one step more; no move is longer than `largest_move`; nothing is computed
    twice; layers are chosen by level, so that any aspect and SDXL work.
    """

    words: tuple[str, ...]
    """Words and phrases of the prompt; see `parse_selection`."""
    thresholds: tuple[tuple[float, float], ...] = ((0.0, 0.05), (0.2, 0.5), (0.4, 0.8))
    """Moments of refinement, each with the peak that the weakest word shall reach."""
    max_refinements: int = 20
    """Most moves of the latents in one refinement."""
    end: float = 0.5
    """Moment after which latents are moved no more."""
    step_size: float = 20.0
    """Factor on the gradient."""
    step_range: tuple[float, float] = (1.0, 0.5)
    """What the square of that is multiplied by at the first and at the last call, linearly between them."""
    largest_move: float = 0.2
    """Longest move: its root mean square, where that of what the UNet reads is about 1; longer ones are shortened. Now
    and then a gradient is a hundred times the usual one, and throws latents out of the range of the model."""
    competition: Competition = field(default_factory=Competition)
    """The loss."""
    reading: Reading = field(default_factory=LevelReading)
    """What the loss is computed from."""

    def __post_init__(self) -> None:
        if not self.words:
            raise ConfigError("words to excite", got="none", remedy="Name the words that shall be seen.")
        for moment, peak in self.thresholds:
            if not (0 <= moment < 1 and 0 <= peak <= 1):
                raise ConfigError("thresholds as moment in [0, 1) and peak in [0, 1]", got=f"{moment:g}={peak:g}")
        if not 0 <= self.end <= 1 or self.max_refinements < 0:
            raise ConfigError("an end in [0, 1] and refinements from 0", got=(self.end, self.max_refinements))
        if self.step_size < 0 or min(self.step_range) < 0:
            raise ConfigError("a step size and range from 0", got=(self.step_size, self.step_range))
        if self.largest_move <= 0:
            raise ConfigError("a largest move above 0", got=self.largest_move)

    def step(self, clock: Clock) -> float:
        """Give the factor on the gradient in a call."""
        first, last = self.step_range
        share = clock.step / (clock.num_steps - 1) if clock.num_steps > 1 else 0.0
        return self.step_size * (first + (last - first) * share) ** 0.5

    def threshold(self, clock: Clock) -> float | None:
        """Give the peak to be reached in a call, if any."""
        found = [peak for moment, peak in self.thresholds if int(moment * clock.num_steps + 1e-9) == clock.step]
        return max(found, default=None)

    def moves(self, clock: Clock) -> bool:
        """Whether latents are moved in a call even where no threshold asks for it."""
        return within_steps(clock, (0.0, self.end))
