"""Which words the model listens to: does the true caption predict the noise better than one with a false word?

A diffusion classifier of two captions (Li et al. 2023, arXiv 2303.16203). It needs no generated picture and no checker,
and sees what a model begins to learn long before its pictures obey. Knows hosts and scenes; nothing of training.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Host
from vxa.engine.probe import add_noise, make_noise
from vxa.tiny.captions import Caption, WordSpan
from vxa.tiny.layout import Layout
from vxa.tiny.pixels import pixels_from_pictures
from vxa.tiny.scenes import describe_scene, draw_scene
from vxa.tiny.vocabulary import BACKGROUNDS, COLORS, PATTERNS, SHAPES, SIZES

OPPOSITES = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
"""Relations that cannot both be true."""

CHOICES: dict[str, Sequence[str]] = {"noun": SHAPES, "color": tuple(COLORS), "size": tuple(SIZES), "pattern": PATTERNS}
"""Kinds of words of one object, and the words to choose a false one from."""

KINDS = (*CHOICES, "background", "binding", "relation")
"""What can be false about a caption; "binding" exchanges the colours of the first two objects."""

TIMESTEPS = (300, 500, 700, 900)
"""Noise at which captions are compared."""

_BATCH = 16


@dataclass(frozen=True)
class Pair:
    """A scene with its caption and one that says a single false thing."""

    seed: int
    split: str
    true: str
    false: str


def find_pairs(split: str, kind: str, num_pairs: int) -> list[Pair]:
    """Return the first scenes of a split whose caption can be made false in one way, out of `KINDS`."""
    return list(islice(_iter_pairs(split, kind), num_pairs))


def falsify(layout: Layout, caption: Caption, kind: str, random: Random) -> str | None:
    """Make one thing about a caption false.

    Args:
        layout: What the caption is about.
        caption: A true one.
        kind: One of `KINDS`.
        random: Chooses among false words.

    Returns:
        The caption's text with other words, or None where it says nothing of that kind.
    """
    if kind == "background":
        return _with_other_background(layout, caption, random)
    if kind == "relation":
        spans = [span for span in caption.spans if span.kind == kind and span.text in OPPOSITES]
        return _replaced(caption.text, {span: OPPOSITES[span.text] for span in spans})
    if kind == "binding":
        one, other = ([s for s in caption.spans if (s.kind, s.object_index) == ("color", index)] for index in (0, 1))
        if not one or not other or one[0].text == other[0].text:
            return None
        return _replaced(caption.text, {one[0]: other[0].text, other[0]: one[0].text})
    spans = [span for span in caption.spans if span.kind == kind]
    if not spans:
        return None
    span = random.choice(spans)
    said = {span.text for span in spans}
    left = [word for word in CHOICES[kind] if word not in said]
    return _replaced(caption.text, {span: random.choice(left)}) if left else None


def tell_apart(host: Host, pairs: Sequence[Pair]) -> NDArray[np.bool_]:
    """Return for each pair whether the true caption predicts the noise better, shape (pair,).

    Chance is one half. Errors of a timestep are measured in the mean error there, so that every timestep has a say.
    """
    gains = [_gains(host, pairs[first : first + _BATCH]) for first in range(0, len(pairs), _BATCH)]
    return np.concatenate(gains) > 0


def _iter_pairs(split: str, kind: str) -> Iterator[Pair]:
    for seed in count():
        layout, caption = describe_scene(seed, split)
        false = None if caption.is_ambiguous else falsify(layout, caption, kind, Random(seed))
        if false is not None:
            yield Pair(seed, split, caption.text, false)


def _gains(host: Host, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Return how much larger the error is under the false captions, shape (pair,)."""
    size = host.info.sample
    pictures = np.stack([draw_scene(pair.seed, pair.split, size.height).picture for pair in pairs])
    gains = np.zeros(len(pairs))
    with host.running(), torch.inference_mode():
        latents_bcyx = host.encode_picture(pixels_from_pictures(pictures).to(host.device))
        noise_bcyx = torch.stack([make_noise(tuple(latents_bcyx.shape[1:]), pair.seed) for pair in pairs])
        noise_bcyx = noise_bcyx.to(latents_bcyx)
        texts = [pair.true for pair in pairs], [pair.false for pair in pairs]
        captions = [host.encode_prompts(own, size) for own in texts]
        for timestep in TIMESTEPS:
            noisy_bcyx = add_noise(host, latents_bcyx, noise_bcyx, timestep)
            rows = tuple(Row("cond", place) for place in range(len(pairs)))
            cue = Cue(Clock(0, 1, float(timestep)), rows, size.divided(host.info.downscale))
            true_b, false_b = (
                (host.predict(noisy_bcyx, caption, cue) - noise_bcyx).square().mean((1, 2, 3)) for caption in captions
            )
            gains += ((false_b - true_b) / true_b.mean()).double().cpu().numpy()
    return gains


def _with_other_background(layout: Layout, caption: Caption, random: Random) -> str | None:
    said = f"{layout.background} background"
    if said not in caption.text:
        return None
    other = random.choice([name for name in BACKGROUNDS if name != layout.background])
    return caption.text.replace(said, f"{other} background")


def _replaced(text: str, words: dict[WordSpan, str]) -> str | None:
    """Put other words in the place of some, and mend the articles; None for none."""
    if not words:
        return None
    for span in sorted(words, key=lambda span: -span.start):
        text = text[: span.start] + words[span] + text[span.end :]
    text = re.sub(r"\ban? (?=[aeiou])", "an ", text)
    return re.sub(r"\ban (?=[^aeiou])", "a ", text)
