"""How strongly the words of a prompt are expressed in a picture: read from its word maps, without the model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vxa.app.result import Result
from vxa.core.errors import ConfigError
from vxa.core.tokens import TokenTable
from vxa.methods.attend_excite_maps import AttendExciteMaps

PRESET = AttendExciteMaps.name
"""Preset of the maps that are read: words compete for each place, as in Attend-and-Excite, which can mend what is
found."""
WEAK_BELOW = 0.5
"""Peak of a word that nowhere wins against all others. A hint, no verdict: an attribute often loses to its noun, whose
place it shares, and is seen all the same."""

_FUNCTION_WORDS = frozenset(
    "a an the this that these those some one and or but nor with without of in on at by to from for as into onto over "
    "under above below beside besides between behind near next left right top bottom front back inside outside around "
    "through across against along upon is are was were be being been it its his her their there very while".split()
)


@dataclass(frozen=True)
class WordStrength:
    """How strongly a word is expressed."""

    word: str
    """As in the prompt."""
    peak: float
    """Largest share that it wins of any place, in [0, 1]."""
    area: float
    """Share of the picture where its map is above half of its peak, in [0, 1]."""
    overlap: float
    """Overlap (intersection over union) of its map and the one it overlaps most, in [0, 1]; 0 for a single word."""
    other: str
    """The word of that map; "" for a single word."""

    @property
    def is_weak(self) -> bool:
        """Whether it may be missing from the picture."""
        return self.peak < WEAK_BELOW


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """How strongly each word of a result is expressed."""

    result: Result
    """Its maps; of the preset `PRESET`."""

    @cached_property
    def words(self) -> tuple[WordStrength, ...]:
        """One a word, in the order of the prompt."""
        return tuple(self._strength(number) for number in range(len(self.result.words)))

    @property
    def weak(self) -> tuple[str, ...]:
        """Words that may be missing."""
        return tuple(each.word for each in self.words if each.is_weak)

    @property
    def status(self) -> str:
        """One line: which words are weak."""
        weak = ", ".join(f"“{word}”" for word in self.weak)
        return f"weak: {weak}" if weak else "every word wins somewhere"

    def _strength(self, number: int) -> WordStrength:
        found = self.result.words[number]
        others = [other for other in self.result.words if other is not found]
        overlaps = [_overlap(found.map_yx, other.map_yx) for other in others]
        most = int(np.argmax(overlaps)) if overlaps else -1
        return WordStrength(
            found.word.text, found.peak, _area(found.map_yx), max(overlaps, default=0.0),
            others[most].word.text if overlaps else "",
        )  # fmt: skip


def content_words(table: TokenTable) -> tuple[str, ...]:
    """List the words of a prompt that name something to be seen, in order.

    Raises:
        ConfigError: If there is none.
    """
    words = tuple(word for word in table.words if word not in _FUNCTION_WORDS and not word.isdecimal())
    if not words:
        raise ConfigError("a word that names something", got=repr(table.prompt), remedy="Describe the picture.")
    return words


def _area(map_yx: NDArray[np.float32]) -> float:
    top = float(map_yx.max())
    return float((map_yx > top / 2).mean()) if top > 0 else 0.0


def _overlap(one_yx: NDArray[np.float32], other_yx: NDArray[np.float32]) -> float:
    union = float(np.maximum(one_yx, other_yx).sum())
    return float(np.minimum(one_yx, other_yx).sum()) / union if union > 0 else 0.0
