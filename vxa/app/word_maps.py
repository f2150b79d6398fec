"""From a recording to one map a word at picture size, in [0, 1]: no model, milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vxa.app.jobs import MapJob
from vxa.app.recording import Recording
from vxa.core.threshold import otsu_threshold, scale_min_max
from vxa.core.tokens import Selection, Word, parse_selection
from vxa.engine.sites import Site
from vxa.methods.preset import Preset
from vxa.render.scale import upscale

_MOST_SPREAD_SIDE = 256


@dataclass(frozen=True)
class WordMap:
    """One word's map, ready to be drawn."""

    word: Word
    """Name and token columns."""
    map_yx: NDArray[np.float32]
    """Shape of the picture, in [0, 1], as the preset displays it."""
    peak: float
    """Largest value before it was brought to [0, 1]; with a preset of means, a probability."""
    threshold: float
    """Value of `map_yx` above which a pixel belongs to the word: the job's, or Otsu's choice in the middle half."""
    spread_yx: NDArray[np.float32] | None = None
    """Standard deviation between noise draws in the units of `map_yx`, cut off at 1; None for one draw and for an
    empty map. Shape of the
    picture, shrunk to at most 256 a side: it is looked at, not measured."""

    @property
    def spread(self) -> float:
        """Mean of `spread_yx` over the picture; 0 for one draw."""
        return 0.0 if self.spread_yx is None else float(self.spread_yx.mean())


def select(job: MapJob, recording: Recording) -> Selection:
    """Resolve the job's tokens; with `combine`, into one word."""
    selection = parse_selection(recording.tables[0], job.tokens)
    if not job.combine or len(selection.words) == 1:
        return selection
    name = " + ".join(word.text for word in selection.words)
    return Selection(selection.text, (Word(name, selection.indices),))


def make_word_maps(
    job: MapJob, recording: Recording, sites: Sequence[Site], preset: Preset
) -> list[WordMap]:  # fmt: skip
    """Reduce a recording as the job asks.

    Args:
        job: Heads, tokens, threshold.
        recording: Must hold the sites, and the heads if the job picks some.
        sites: Layers to reduce, as `choose_sites` gives them.
        preset: How, as `preset_of` gives it.

    Returns:
        One map a word, in the order asked for.
    """
    words = select(job, recording).words
    addresses = [site.address for site in sites]
    if preset.keeps_heads:
        draws = [maps.only(addresses) for maps in recording.draws]
    elif job.heads:
        draws = [maps.only(addresses).with_heads(job.heads) for maps in recording.draws]
    else:
        # averaged first even where heads were kept apart: what is shown must not depend on how it was recorded
        draws = [maps.only(addresses) for maps in recording.head_means]
    raw = [preset.reduce(maps, words) for maps in draws]
    # a mean of sums is a ratio of means: every draw has the same number of calls
    mean_wyx = torch.stack(raw).mean(0)
    return [
        _word_map(job, recording, word, _Reduced(preset, mean_wyx[i], [draw_wyx[i] for draw_wyx in raw]))
        for i, word in enumerate(words)
    ]


@dataclass(frozen=True)
class _Reduced:
    """One word's map as a preset reduces it, before display."""

    preset: Preset
    mean_yx: Tensor
    draws_yx: list[Tensor]


def _word_map(job: MapJob, recording: Recording, word: Word, reduced: _Reduced) -> WordMap:
    scale = _Scale(reduced.preset, recording, peak=float(reduced.mean_yx.max()))
    map_yx, unit = scale.display(reduced.mean_yx)
    has_spread = len(reduced.draws_yx) > 1 and scale.peak > 0
    spread_yx = scale.deviation(reduced.draws_yx, unit) if has_spread else None
    return WordMap(word, map_yx, scale.peak, otsu_of(map_yx) if job.threshold is None else job.threshold, spread_yx)


def otsu_of(map_yx: NDArray[np.float32]) -> float:
    """Find the value that best parts a word's map in two, within the middle half of its range."""
    # Otsu sees the map from its minimum to its maximum; the answer goes back to the map's own scale
    low, high = float(map_yx.min()), float(map_yx.max())
    return low + (high - low) * otsu_threshold(scale_min_max(map_yx), low=0.25, high=0.75)


@dataclass(frozen=True)
class _Scale:
    """Brings reduced maps to the picture and to [0, 1]."""

    preset: Preset
    recording: Recording
    peak: float

    def display(self, mean_yx: Tensor) -> tuple[NDArray[np.float32], float]:
        """Scale a word's map; also say how much of its peak became 1."""
        if self.peak <= 0:
            return np.zeros((self.recording.padding.height, self.recording.padding.width), np.float32), 1.0
        # scaled after cropping, so that what lies in the padding cannot darken the picture
        cropped_yx = self._cropped(mean_yx.clamp_min(0) / self.peak)
        low, high = float(cropped_yx.min()), float(cropped_yx.max())
        if self.preset.display == "min-max":
            return scale_min_max(cropped_yx), max(high - low, 1e-12)
        return (cropped_yx / max(high, 1e-12)).astype(np.float32), max(high, 1e-12)

    def deviation(self, draws_yx: Sequence[Tensor], unit: float) -> NDArray[np.float32]:
        """Measure how far the draws lie apart, in the units of the displayed map."""
        spread_yx = self._cropped((torch.stack(list(draws_yx)).std(0) / (self.peak * unit)).clamp_max(1))
        shrink = min(1.0, _MOST_SPREAD_SIDE / max(spread_yx.shape))
        height, width = (max(1, round(side * shrink)) for side in spread_yx.shape)
        return upscale(spread_yx, height, width, "bilinear")

    def _cropped(self, map_yx: Tensor) -> NDArray[np.float32]:
        return self.recording.padding.crop_map(map_yx.numpy().astype(np.float32), self.preset.scaling)
