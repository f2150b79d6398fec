"""What a job gives: pictures by name, made from maps without the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.app.jobs import MapJob
from vxa.app.layers import choose_sites
from vxa.app.lens import preset_of
from vxa.app.provenance import describe_maps
from vxa.app.recording import Recording
from vxa.app.word_maps import WordMap, make_word_maps
from vxa.core.maps import AttentionMaps
from vxa.engine.sites import Site, SiteTable
from vxa.render.overlay import grey, heat, masked, threshold_mask
from vxa.render.sheet import labelled_sheet, token_sheet

if TYPE_CHECKING:
    from vxa.app.saving import SavedFiles


@dataclass(frozen=True)
class Drawing:
    """One picture of a result, and what it shows."""

    name: str
    """File name without ending, distinct within the result."""
    image: Image.Image
    """The picture."""
    mode: str
    """"heat", "mask", "grey", "threshold", "sheet" (all words) or "layers" (the first word in every layer)."""
    word: WordMap | None = None
    """The word shown; None for a sheet of all."""


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
        """The raw record, all draws added up, with its provenance."""
        return replace(self.recording.total, provenance=describe_maps(self.job, self.recording))

    @cached_property
    def layers(self) -> tuple[Site, ...]:
        """The layers the word maps are made of."""
        return choose_sites(self.job, self.sites, self.recording.draws[0].latent)

    @cached_property
    def words(self) -> list[WordMap]:
        """One map a word, at picture size, in [0, 1]."""
        return make_word_maps(self.job, self.recording, self.layers, preset_of(self.job, self.sites))

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

    @property
    def plan(self) -> list[tuple[str, str, WordMap | None]]:
        """List (name, mode, word) of every drawing, in order; see `Drawing`."""
        names = file_stems([word.word.text for word in self.words])
        modes = tuple(dict.fromkeys(self.job.modes))
        drawings: list[tuple[str, str, WordMap | None]] = [
            (f"{name}-{mode}", mode, word) for name, word in zip(names, self.words, strict=True) for mode in modes
        ]
        drawings.append(("sheet", "sheet", None))
        if self.job.layer_sheet:
            drawings.append(("layers", "layers", self.words[0]))
        return drawings

    def iter_drawings(self) -> Iterator[Drawing]:
        """Draw every word in every mode, then the sheets, one at a time."""
        for name, mode, word in self.plan:
            if mode == "sheet":
                image = self.word_sheet()
            elif mode == "layers" or word is None:
                image = self.layer_sheet()
            else:
                image = self.draw(word, mode)
            yield Drawing(name, image, mode, word)

    def iter_pictures(self) -> Iterator[tuple[str, Image.Image]]:
        """Yield (file stem, picture) of every drawing."""
        for drawing in self.iter_drawings():
            yield drawing.name, drawing.image

    def save(self, folder: Path | str, *, with_maps: bool = True) -> SavedFiles:
        """Write every picture, the raw maps and the job into a folder, all or nothing; see `vxa.app.saving`."""
        from vxa.app.saving import save_result

        return save_result(self, folder, with_maps=with_maps)

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
        cells, preset = [], preset_of(self.job, self.sites)
        for site in self.sites.cross:
            if site.address in recorded:
                word = make_word_maps(self.job, self.recording, (site,), preset)[0]
                label = f"{site.address.removesuffix('.cross')} ({latent.level(site.level)})"
                cells.append((label, self.draw(word, "heat")))
        return labelled_sheet(cells, title=f"“{self.words[0].word.text}” in {self.job.prompt}")

    @property
    def status(self) -> str:
        """One line: tokens matched, layers fired, draws or calls, seconds."""
        tokens = ", ".join(f"“{w.word.text}” = {_ranges(w.word.indices)}" for w in self.words[:6])
        more = f" and {len(self.words) - 6} more" if len(self.words) > 6 else ""
        took = f"{self.seconds:.1f} s" if self.seconds else "from the cache"
        # a picture looked at takes one call a draw, a picture drawn one draw of many calls
        num_calls = sum(maps.num_calls for maps in self.recording.draws)
        looked = _count(num_calls, "UNet call" if self.job.draws_picture else "draw")
        return " · ".join([tokens + more, _count(len(self.layers), "layer"), looked, took])

    def shown_as(self, job: MapJob) -> Result | None:
        """Show the same recording as another job asks; None if it lacks a layer or a head for that.

        Only what is rendered may differ between the jobs.
        """
        if not holds(self.recording, job, self.sites):
            return None
        return replace(self, job=job, seconds=0.0)


def holds(recording: Recording, job: MapJob, sites: SiteTable) -> bool:
    """Whether a recording has the layers, and if need be the heads, that a job shows."""
    maps = recording.draws[0]
    recorded = {layer.address for layer in maps.layers}
    shown = list(sites.cross) if job.layer_sheet else choose_sites(job, sites, maps.latent)
    has_layers = all(site.address in recorded for site in shown)
    return has_layers and (not job.needs_heads or all(maps.sums[s.address].shape[0] == s.heads for s in shown))


def file_stems(names: Sequence[str]) -> list[str]:
    """Turn labels into file names that are distinct also where case does not count.

    Example:
        >>> file_stems(["red car", "a/b", "A b"])
        ['red_car', 'a_b', 'A_b_2']
    """
    stems: list[str] = []
    taken: set[str] = set()
    for name in names:
        bare = re.sub(r"[^\w.-]+", "_", name).strip("._")[:60] or "token"
        stem, count = bare, 1
        while stem.casefold() in taken:
            count += 1
            stem = f"{bare}_{count}"
        taken.add(stem.casefold())
        stems.append(stem)
    return stems


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _ranges(indices: tuple[int, ...]) -> str:
    if len(indices) > 2 and indices == tuple(range(indices[0], indices[-1] + 1)):
        return f"tokens {indices[0]}-{indices[-1]}"
    return f"token{'s' if len(indices) > 1 else ''} {', '.join(map(str, indices))}"
