"""What the viewer shows, ready to be handed on: as an overlay, or the word as a mask for inpainting."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from PIL import Image

from vxa.app.jobs import MODES
from vxa.app.result import Result
from vxa.app.settings import check, from_json, setting
from vxa.app.word_maps import WordMap, otsu_of
from vxa.core.errors import ConfigError
from vxa.render.mask import MAX_FEATHER, soft_mask
from vxa.render.overlay import grey


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """Which word somebody looks at and how; declared as a job is, so that its widgets come from here too."""

    word: int = setting("int", "Word", "Place of the word among those shown, from 0.", 0, low=0)
    mode: str = setting("choice", "Output mode", "How the viewer shows the word.", MODES[0], names=MODES)
    threshold: float | None = setting(
        "float", "Threshold", "Value above which a pixel belongs to the mask; auto: Otsu's.", None,
        low=0, high=1, optional=True,
    )  # fmt: skip
    feather: int = setting(
        "int", "Mask feather", "Standard deviation in pixels that softens the mask's border.", 0,
        low=0, high=MAX_FEATHER,
    )  # fmt: skip
    invert: bool = setting("flag", "Invert mask", "The mask takes everything but the word.", False)

    def __post_init__(self) -> None:
        check(self)

    def word_of(self, result: Result) -> WordMap:
        """Find the word shown.

        Raises:
            ConfigError: If the result has fewer words.
        """
        if self.word >= len(result.words):
            raise ConfigError(f"one of {len(result.words)} words", got=f"word {self.word + 1}", remedy="Click a word.")
        return result.words[self.word]

    def mask(self, result: Result) -> Image.Image:
        """Cut the word out of the result's picture: greyscale (mode L) of the picture's size, white where it is.

        The map is cut in the 256 levels that the viewer shows, so that what is handed over is what was seen.
        """
        word = self.word_of(result)
        threshold = otsu_of(word.map_yx) if self.threshold is None else self.threshold
        shown_yx = np.asarray(grey(word.map_yx, word.map_yx.shape)) / 255
        return soft_mask(shown_yx, threshold, feather=self.feather, invert=self.invert)

    def overlay(self, result: Result) -> Image.Image:
        """Draw the word as it is shown, in the colours and opacity of the result's job."""
        if self.mode == "threshold":
            return self.mask(result)
        return result.draw(self.word_of(result), self.mode)


def read_hand_over(text: str) -> HandOver:
    """Read what the browser sent as JSON; blank gives the defaults.

    Raises:
        ConfigError: If it is malformed or out of range.
    """
    try:
        values = json.loads(text or "{}")
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise ConfigError("what the viewer shows, as JSON", got=repr(text[:80]), remedy="Reload the page.")
    return from_json(HandOver, values)
