"""What a job gives: pictures by name, made from maps without the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.app.jobs import MapJob
from vxa.app.layers import choose_sites
from vxa.app.recording import Recording
from vxa.app.word_maps import WordMap, make_word_maps
from vxa.core.maps import AttentionMaps
from vxa.engine.sites import Site, SiteTable
from vxa.render.overlay import grey, heat, masked, threshold_mask
from vxa.render.sheet import labelled_sheet, token_sheet


@dataclass(frozen=True)
class Result:
    """A finished job. Pictures are drawn when asked for."""

    job: MapJob
    """What was asked."""
    recording: Recording
    """What was recorded."""
    sites: SiteTable
    """Attention layers of the model."""
    seconds: float = 0.0
    """Time the model ran; 0 when the recording came from the cache."""

    @property
    def picture(self) -> NDArray[np.uint8]:
        """The picture looked at or drawn, shape (height, width, 3)."""
        return self.recording.picture

    @cached_property
    def maps(self) -> AttentionMaps:
        """The raw record, all draws added up."""
        return self.recording.total

    @cached_property
    def layers(self) -> tuple[Site, ...]:
        """The layers the word maps are made of."""
        return choose_sites(self.job, self.sites, self.recording.draws[0].latent)

    @cached_property
    def words(self) -> list[WordMap]:
        """One map a word, at picture size, in [0, 1]."""
        return make_word_maps(self.job, self.recording, self.layers)

    def draw(self, word: WordMap, mode: str) -> Image.Image:
        """Draw one word in one mode: "heat", "mask", "grey" or "threshold"."""
        size = self.picture.shape[0], self.picture.shape[1]
        if mode == "mask":
            return masked(self.picture, word.map_yx)
        if mode == "grey":
            return grey(word.map_yx, size)
        if mode == "threshold":
            return threshold_mask(word.map_yx, size, word.threshold)
        return heat(self.picture, word.map_yx, colormap=self.job.colormap, opacity=self.job.opacity)

    def iter_pictures(self) -> Iterator[tuple[str, Image.Image]]:
        """Yield (file stem, picture) of every word in every mode, then the sheets."""
        names = file_stems([word.word.text for word in self.words])
        for name, word in zip(names, self.words, strict=True):
            for mode in self.job.modes:
                yield f"{name}-{mode}", self.draw(word, mode)
        yield "sheet", self.word_sheet()
        if self.job.layer_sheet:
            yield "layers", self.layer_sheet()

    def word_sheet(self) -> Image.Image:
        """Draw the picture and all words side by side, labelled."""
        maps = [(word.word.text, word.map_yx) for word in self.words]
        return token_sheet(
            self.picture, maps, colormap=self.job.colormap, opacity=self.job.opacity, title=self.job.prompt
        )

    def layer_sheet(self) -> Image.Image:
        """Draw the first word as every recorded layer sees it, labelled with address and map size."""
        latent = self.recording.draws[0].latent
        recorded = {layer.address for layer in self.recording.draws[0].layers}
        cells = []
        for site in self.sites.cross:
            if site.address in recorded:
                word = make_word_maps(self.job, self.recording, (site,))[0]
                label = f"{site.address.removesuffix('.cross')} ({latent.level(site.level)})"
                cells.append((label, self.draw(word, "heat")))
        return labelled_sheet(cells, title=f"“{self.words[0].word.text}” in {self.job.prompt}")

    @property
    def status(self) -> str:
        """One line: tokens matched, layers fired, calls, seconds."""
        tokens = ", ".join(f"“{w.word.text}” = {_ranges(w.word.indices)}" for w in self.words[:6])
        more = f" and {len(self.words) - 6} more" if len(self.words) > 6 else ""
        took = f"{self.seconds:.1f} s" if self.seconds else "from the cache"
        num_calls = sum(maps.num_calls for maps in self.recording.draws)
        return f"{tokens}{more} · {len(self.layers)} layers · {num_calls} UNet calls · {took}"


def file_stems(names: list[str]) -> list[str]:
    """Turn labels into distinct file names.

    Example:
        >>> file_stems(["red car", "a/b", "a b"])
        ['red_car', 'a_b', 'a_b_2']
    """
    stems: list[str] = []
    for name in names:
        stem = re.sub(r"[^\w.-]+", "_", name).strip("._")[:60] or "token"
        count = sum(1 for other in stems if other == stem or re.fullmatch(re.escape(stem) + r"_\d+", other))
        stems.append(f"{stem}_{count + 1}" if count else stem)
    return stems


def _ranges(indices: tuple[int, ...]) -> str:
    if len(indices) > 2 and indices == tuple(range(indices[0], indices[-1] + 1)):
        return f"tokens {indices[0]}-{indices[-1]}"
    return f"token{'s' if len(indices) > 1 else ''} {', '.join(map(str, indices))}"
