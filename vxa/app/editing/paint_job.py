"""The job that paints words: where each shall look while a picture is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vxa.app.editing.typed import read_numbers, read_words
from vxa.app.job import DrawJob, LookJob
from vxa.app.settings import again, setting
from vxa.core.errors import ConfigError
from vxa.methods.injection import INJECTIONS
from vxa.methods.windows import Window, check_window
from vxa.render.mask import MAX_FEATHER

PAINT_METHODS = ("pww-std", "pww-max", *INJECTIONS)
"""Paint-with-words in its two forms, and the eight published injections."""

_MOST_SEED, _MOST_FACTOR = 2**32 - 1, 1e4


@dataclass(frozen=True, kw_only=True)
class PaintJob(DrawJob, LookJob):
    """Draw a picture whose words look where masks say; the masks are handed over beside the job."""

    kind: ClassVar[str] = "paint"

    words: str = setting("text", "Painted words", "Words and phrases with a mask each, separated by commas, in order.")
    strengths: str = setting("text", "Strengths", "Factors on the masks of words, such as circle=1.5.", "")
    feathers: str = setting(
        "text", "Feathers", "Pixels by which the borders of masks are softened, such as circle=4.", ""
    )
    seeds: str = setting("text", "Seeds of words", "Seeds of the noise inside masks, such as circle=7.", "")
    method: str = setting(
        "choice", "Method", "Paint-with-words relative to the spread or the maximum of scores, or an injection.",
        "pww-std", names=PAINT_METHODS,
    )  # fmt: skip
    scale: float | None = setting(
        "float", "Scale", "Factor on all masks; auto: 0.4 for paint-with-words, 3 or 30 for injections.", None,
        low=-1000, high=1000, optional=True,
    )  # fmt: skip
    start: float = setting(
        "float", "Window start", "Part of the run, 0 to 1, from which is injected.", 0.0, low=0, high=1
    )
    end: float = setting(
        "float",
        "Window end",
        "Part of the run at which that ends; paint-with-words fades by itself.",
        0.2,
        low=0,
        high=1,
    )
    levels: tuple[int, ...] = setting(
        "ints", "Levels", "Sizes of maps injected into, 0 the latent's, each next one half; blank: the method's own.",
        (), low=0, high=9,
    )  # fmt: skip
    layers: str = setting(
        "text", "Layers", "Layers injected into, in place of levels: names or groups (middle, down, up, all, 16x16), "
        "separated by commas.", "",
    )  # fmt: skip
    heads: tuple[int, ...] = setting("ints", "Heads", "Heads injected into; blank: all.", (), low=0)
    scaling: str = setting(
        "choice", "Relative to", "What the scale of an injection refers to: 1, or the mean or norm of what is there.",
        "absolute", names=("absolute", "mean", "norm"),
    )  # fmt: skip
    renormalise: bool = setting(
        "flag", "Renormalise", "Make attention sum to 1 again after an injection that follows the softmax.", False
    )
    strength: float = setting(
        "float", "Denoising strength", "Share of the steps run on a given picture.", 0.7, low=0, high=1
    )
    compare: bool = setting("flag", "Compare", "Draw the same without painting too.", False)
    steps: int = again(DrawJob, "steps", 30)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.painted:
            raise ConfigError("at least one painted word", got="none", remedy="Name a word for each mask.")
        if len(set(self.painted)) < len(self.painted):
            raise ConfigError("each painted word once", got=self.words, remedy="Join its masks into one.")
        check_window(self.window, "injection")
        for name in ("strengths", "feathers", "seeds"):
            self._check_known(name)
        for word, feather in self.numbers("feathers").items():
            if not 0 <= feather <= MAX_FEATHER:
                raise ConfigError(f"feathers from 0 to {MAX_FEATHER} pixels", got=f"{word}={feather:g}")
        for word, seed in self.numbers("seeds").items():
            if seed < 0 or seed != int(seed):
                raise ConfigError("seeds as whole numbers from 0", got=f"{word}={seed:g}")
        self._check_method()

    @property
    def painted(self) -> tuple[str, ...]:
        """The painted words, in order."""
        return read_words(self.words)

    @property
    def window(self) -> Window:
        """Part of the run during which is injected."""
        return self.start, self.end

    @property
    def is_injection(self) -> bool:
        """Whether maps are injected; else paint-with-words."""
        return self.method in INJECTIONS

    def numbers(self, name: str) -> dict[str, float]:
        """Read "strengths", "feathers" or "seeds" by word."""
        return dict(read_numbers(getattr(self, name), name, _MOST_SEED if name == "seeds" else _MOST_FACTOR))

    def _check_known(self, name: str) -> None:
        for word in self.numbers(name):
            if word not in self.painted:
                raise ConfigError(f"{name} of painted words", got=repr(word), remedy=f"There are: {self.words}.")

    def _check_method(self) -> None:
        plain = {"levels": (), "layers": "", "heads": (), "scaling": "absolute", "renormalise": False}
        changed = [name for name, value in plain.items() if getattr(self, name) != value]
        if changed and not self.is_injection:
            raise ConfigError(f"{changed[0]} with an injection", got=self.method, remedy="Choose inject1 to inject8.")
        if self.levels and self.layers.strip():
            raise ConfigError("levels or layers", got="both", remedy="Leave one of them blank.")
        if self.renormalise and INJECTIONS[self.method].before_softmax:
            raise ConfigError(
                "renormalising with an injection after the softmax",
                got=self.method,
                remedy="Choose inject1, 2, 5 or 6.",
            )
