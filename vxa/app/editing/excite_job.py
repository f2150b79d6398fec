"""The job that excites words: what a picture leaves out shall be seen in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vxa.app.editing.typed import read_names, read_numbers, read_words
from vxa.app.job import DrawJob, LookJob, VectorsJob
from vxa.app.settings import again, setting
from vxa.core.errors import ConfigError
from vxa.methods.attend_excite import AttendExcite
from vxa.methods.smoothing import KERNELS

PADDINGS = ("auto", "competes", "apart")
"""Whether EOS and padding compete with words: auto as the authors do, apart in SD 2.x alone."""


@dataclass(frozen=True, kw_only=True)
class ExciteJob(DrawJob, LookJob, VectorsJob):
    """Draw a picture in which words are seen that would be left out: Attend-and-Excite, or A&E-HRV with concepts."""

    kind: ClassVar[str] = "excite"

    words: str = setting("text", "Words to excite", "Words and phrases that shall be seen, separated by commas.")
    concepts: str = setting(
        "text", "Concepts of words", "Concept of each word, such as circle=shape, red=color: all layers are read then, "
        "each head by its relevance; blank: the layers of one size, all heads alike.", "",
    )  # fmt: skip
    thresholds: str = setting(
        "text", "Thresholds", "Moments (share of the run) and the peak that every word shall reach there.",
        "0=0.05, 0.2=0.5, 0.4=0.8",
    )  # fmt: skip
    refinements: int = setting(
        "int", "Refinements", "Most moves of the latents to reach a threshold.", 20, low=0, high=1000
    )
    end: float = setting("float", "End", "Part of the run after which latents are moved no more.", 0.5, low=0, high=1)
    step_size: float = setting("float", "Step size", "How far latents are moved.", 20.0, low=0, high=10_000)
    step_end: float = setting(
        "float", "Step size at the end", "What the square of the step size falls to over the run, as a share.", 0.5,
        low=0, high=1,
    )  # fmt: skip
    largest_move: float = setting(
        "float", "Largest move", "How far latents are moved at most in one move, as a share of their noise: a wild "
        "gradient throws them out of the model's range otherwise.", 0.2, low=0.001, high=10_000,
    )  # fmt: skip
    cells: int | None = setting(
        "int", "Cells", "Longer side of the maps read, cells: the nearest that the model has; auto: 16, or 8 with "
        "concepts.", None, low=1, high=1024, optional=True,
    )  # fmt: skip
    sharpness: float | None = setting(
        "float", "Sharpness", "Factor on attention before words compete; auto: 100, or 20 for models with fewer than a "
        "hundred heads.", None, low=0.001, high=10_000, optional=True,
    )  # fmt: skip
    smoothing: float | None = setting(
        "float", "Smoothing", "Sigma of the smoothing of maps, cells; 0: none; auto: 0.5, or none with concepts.", None,
        low=0, high=100, optional=True,
    )  # fmt: skip
    kernel: str = setting(
        "choice", "Kernel", "Kernel of the smoothing: of the authors of Attend-and-Excite (wider than its sigma) or a "
        "Gaussian; auto: the authors', a Gaussian with concepts.", "auto", names=("auto", *KERNELS),
    )  # fmt: skip
    padding: str = setting(
        "choice", "Padding", "Whether padding competes with words or stays apart; auto: apart for SD 2.x.", "auto",
        names=PADDINGS,
    )  # fmt: skip
    compare: bool = setting("flag", "Compare", "Draw the same without excitement too.", False)
    preset: str = again(LookJob, "preset", "attend-excite")
    steps: int = again(DrawJob, "steps", 50)

    def __post_init__(self) -> None:
        super().__post_init__()
        AttendExcite(self.excited, self.moments, self.refinements, self.end)  # for its errors
        if len(set(self.excited)) < len(self.excited):
            raise ConfigError("each word once", got=self.words)
        named = self.concept_of
        if named and set(named) != set(self.excited):
            differing = sorted(set(named) ^ set(self.excited))
            raise ConfigError(
                "a concept for each word to excite, or for none", got=", ".join(differing), remedy="Write word=concept."
            )

    @property
    def excited(self) -> tuple[str, ...]:
        """The words, in order."""
        return read_words(self.words)

    @property
    def concept_of(self) -> dict[str, str]:
        """Concept of each word; none where all heads count alike."""
        return dict(read_names(self.concepts, "concepts of words"))

    @property
    def moments(self) -> tuple[tuple[float, float], ...]:
        """Thresholds as (share of the run, peak)."""
        found = []
        for moment, peak in read_numbers(self.thresholds, "thresholds"):
            try:
                found.append((float(moment), peak))
            except ValueError as error:
                raise ConfigError(
                    "thresholds as moment=peak", got=f"{moment}={peak:g}", remedy="Such as 0.2=0.5."
                ) from error
        return tuple(found)
