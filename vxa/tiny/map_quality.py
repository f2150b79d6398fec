"""How well word maps find what the words mean, on noised pictures whose masks are known.

Uses the engine and the map presets exactly as the product does. Knows scenes and hosts; knows nothing of training.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from vxa.core.grid import Grid
from vxa.core.resize import resize_maps
from vxa.core.threshold import scale_min_max
from vxa.core.tokens import TokenTable, Word
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Host
from vxa.engine.observe import Observation
from vxa.engine.probe import add_noise, make_noise, probe
from vxa.methods.daam import Daam
from vxa.methods.preset import Preset
from vxa.tiny.captions import WordSpan
from vxa.tiny.pixels import pixels_from_pictures
from vxa.tiny.scenes import Scene

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(4, 18))
"""Thresholds of a map in [0, 1] that are tried on the dev split."""

KINDS = ("noun", "color")
"""Kinds of words that are measured: shapes and colours."""

POINTING_TOLERANCE = 15 / 512
"""How far from its mask a peak may lie in the pointing game, as a share of the picture's longer side.

Zhang et al., Top-down Neural Attention by Excitation Backprop (ECCV 2016), as commonly measured: 15 pixels, here of
Stable Diffusion's 512.
"""

_BATCH = 16


@dataclass(frozen=True)
class ScoredMap:
    """One word's map against its mask."""

    kind: str
    """One of `KINDS`."""
    overlaps: NDArray[np.float64]
    """Intersection over union at each of `THRESHOLDS`."""
    peak_distance: float
    """From the map's peak to the nearest pixel of the mask, as a share of the picture's longer side; 0 in the mask."""

    @property
    def is_pointing(self) -> bool:
        """Whether the map's peak lies in the mask."""
        return self.peak_distance == 0

    @property
    def wins_pointing_game(self) -> bool:
        """Whether the map's peak lies in the mask or within `POINTING_TOLERANCE` of it."""
        return self.peak_distance <= POINTING_TOLERANCE


def score_scenes(host: Host, scenes: Sequence[Scene], timestep: int, preset: Preset | None = None) -> list[ScoredMap]:
    """Score the maps of all nouns and colour words of some scenes.

    Args:
        host: The model.
        scenes: Pictures with captions and masks.
        timestep: Noise put on the pictures.
        preset: How maps are reduced; DAAM's mean if None.
    """
    scores: list[ScoredMap] = []
    for scene, (span, map_yx) in word_maps(host, scenes, timestep, preset):
        mask = scene.mask_of(span)
        if mask is not None and mask.any():
            scores.append(score_map(span.kind, map_yx, mask))
    return scores


def word_maps(
    host: Host, scenes: Sequence[Scene], timestep: int, preset: Preset | None = None
) -> Iterator[tuple[Scene, tuple[WordSpan, NDArray[np.float32]]]]:
    """Yield the map of each noun and colour word, in [0, 1], shape (y, x) of the picture, with its scene.

    Args:
        host: The model.
        scenes: Pictures with captions, all of one size.
        timestep: Noise put on the pictures.
        preset: How maps are reduced; DAAM's mean if None.
    """
    for first in range(0, len(scenes), _BATCH):
        yield from _maps_of_batch(host, scenes[first : first + _BATCH], timestep, Daam() if preset is None else preset)


def score_map(kind: str, map_yx: NDArray[np.float32], mask: NDArray[np.bool_]) -> ScoredMap:
    """Compare one map in [0, 1] with a mask of the same shape that is not empty."""
    overlaps = [
        (above & mask).sum() / max((above | mask).sum(), 1)
        for above in (map_yx > threshold for threshold in THRESHOLDS)
    ]
    peak = np.unravel_index(map_yx.argmax(), map_yx.shape)
    distance = np.hypot(*(np.argwhere(mask) - peak).T).min() / max(mask.shape)
    return ScoredMap(kind, np.array(overlaps), float(distance))


def best_threshold(scores: Sequence[ScoredMap]) -> float:
    """Return the threshold of the highest mean overlap; meant for the dev split."""
    return THRESHOLDS[int(np.mean([score.overlaps for score in scores], axis=0).argmax())]


def columns_of(table: TokenTable, span: WordSpan) -> tuple[int, ...]:
    """Return the token columns whose characters lie in a word of the caption."""
    return tuple(
        token.index
        for token in table.tokens
        if token.special is None and token.start < span.end and token.end > span.start
    )


def _maps_of_batch(
    host: Host, scenes: Sequence[Scene], timestep: int, preset: Preset
) -> Iterator[tuple[Scene, tuple[WordSpan, NDArray[np.float32]]]]:
    size = Grid(*scenes[0].picture.shape[:2])
    latent = size.divided(host.info.downscale)
    with host.running():
        pixels_bcyx = pixels_from_pictures(np.stack([scene.picture for scene in scenes])).to(host.device)
        latents_bcyx = host.encode_picture(pixels_bcyx)
        noise_bcyx = torch.stack([make_noise(tuple(latents_bcyx.shape[1:]), scene.seed) for scene in scenes])
        noisy_bcyx = add_noise(host, latents_bcyx, noise_bcyx.to(latents_bcyx), timestep)
        conditioning = host.encode_prompts([scene.caption for scene in scenes], size)
        cue = Cue(Clock(0, 1, float(timestep)), tuple(Row("cond", place) for place in range(len(scenes))), latent)
        observation = Observation(preset.choose(host.sites, latent), stops_early=True)
        recorder = probe(host, noisy_bcyx, conditioning, cue, observation)
    for place, scene in enumerate(scenes):
        table = host.tokenize(scene.caption)[0]
        spans = [span for span in scene.words if span.kind in KINDS]
        words = [Word(span.text, columns_of(table, span)) for span in spans]
        if words:
            maps_wyx = resize_maps(preset.reduce(recorder.maps(place), words)[None], size, preset.scaling)[0]
            for span, map_yx in zip(spans, maps_wyx, strict=True):
                yield scene, (span, scale_min_max(map_yx.numpy()))
