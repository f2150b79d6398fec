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
from vxa.methods.registry import make_preset


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
    spread: float
    """Mean over the picture of the standard deviation between noise draws, in the units of the map; 0 for one draw."""


def select(job: MapJob, recording: Recording) -> Selection:
    """Resolve the job's tokens; with `combine`, into one word."""
    selection = parse_selection(recording.tables[0], job.tokens)
    if not job.combine or len(selection.words) == 1:
        return selection
    name = " + ".join(word.text for word in selection.words)
    return Selection(selection.text, (Word(name, selection.indices),))


def make_word_maps(job: MapJob, recording: Recording, sites: Sequence[Site]) -> list[WordMap]:
    """Reduce a recording as the job asks.

    Args:
        job: Preset, heads, tokens, threshold.
        recording: Must hold the sites, and the heads if the job picks some.
        sites: Layers to reduce, as `choose_sites` gives them.

    Returns:
        One map a word, in the order asked for.
    """
    preset = make_preset(job.preset)
    words = select(job, recording).words
    addresses = [site.address for site in sites]
    if job.heads:
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
    map_yx = _displayed(reduced.mean_yx, reduced.preset, recording)
    peak = float(reduced.mean_yx.max())
    return WordMap(word, map_yx, peak, _threshold(job, map_yx), _spread(peak, reduced.draws_yx))


def _spread(peak: float, draws_yx: Sequence[Tensor]) -> float:
    if len(draws_yx) < 2 or peak <= 0:
        return 0.0
    return float((torch.stack(list(draws_yx)).std(0) / peak).mean())


def _threshold(job: MapJob, map_yx: NDArray[np.float32]) -> float:
    if job.threshold is not None:
        return job.threshold
    # Otsu sees the map from its minimum to its maximum; the answer goes back to the map's own scale
    low, high = float(map_yx.min()), float(map_yx.max())
    return low + (high - low) * otsu_threshold(scale_min_max(map_yx), low=0.25, high=0.75)


def _displayed(mean_yx: Tensor, preset: Preset, recording: Recording) -> NDArray[np.float32]:
    raw_yx = mean_yx.clamp_min(0).numpy()
    peak = float(raw_yx.max())
    if peak <= 0:
        return np.zeros((recording.padding.height, recording.padding.width), np.float32)
    # scaled after cropping, so that what lies in the padding cannot darken the picture
    cropped_yx = recording.padding.crop_map((raw_yx / peak).astype(np.float32), preset.scaling)
    if preset.display == "min-max":
        return scale_min_max(cropped_yx)
    return (cropped_yx / max(float(cropped_yx.max()), 1e-12)).astype(np.float32)
