"""What an excitement gives: the picture, how strongly its words came to be expressed, and where they look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from PIL import Image

from vxa.app.editing.drawing import Drawn
from vxa.app.editing.excite import ExcitePlan
from vxa.app.editing.outcome import Outcome
from vxa.app.editing.watched import show_maps
from vxa.app.jobs import GenerateJob
from vxa.app.pixels import Picture
from vxa.app.provenance import GENERATED_NAME
from vxa.app.result import Result, file_stems
from vxa.app.saving import MAPS_NAME
from vxa.core.maps import AttentionMaps
from vxa.engine.sites import SiteTable
from vxa.render.plots import curve_plot
from vxa.render.sheet import labelled_sheet


@dataclass(frozen=True, kw_only=True)
class ExciteResult(Outcome):
    """An excited picture."""

    plan: ExcitePlan
    """What was done."""
    drawn: Drawn
    """The picture, its maps, and how strongly words were expressed at every look."""
    plain: Drawn | None = None
    """The same without excitement, if it was asked for."""
    sites: SiteTable
    """Attention layers of the model."""

    @property
    def main(self) -> tuple[str, Picture]:
        """The picture drawn."""
        return GENERATED_NAME, self.drawn.pictures[0]

    @property
    def raw_maps(self) -> Mapping[str, AttentionMaps]:
        """Attention while the picture was drawn."""
        return {MAPS_NAME: self.drawn.maps[0]}

    @cached_property
    def look(self) -> Result:
        """Where the excited words look, as in any picture."""
        return self._look(self.drawn)

    @cached_property
    def plain_look(self) -> Result | None:
        """Where they look without excitement, if that was drawn too."""
        return None if self.plain is None else self._look(self.plain)

    @property
    def peaks(self) -> dict[str, tuple[float, float]]:
        """How strongly each word was expressed at the first look and at the last, in [0, 1]; empty without looks."""
        looks = self.drawn.looks
        if not looks:
            return {}
        return {
            word: (looks[0].peaks[number], looks[-1].peaks[number]) for number, word in enumerate(self.plan.job.excited)
        }

    def sheet(self) -> Image.Image:
        """Draw the pictures, and below each where its words look."""
        columns = [("excited", self.drawn, self.look)]
        if self.plain is not None and self.plain_look is not None:
            columns.insert(0, ("plain", self.plain, self.plain_look))
        cells = [(name, Image.fromarray(drawn.pictures[0])) for name, drawn, _ in columns]
        for number, word in enumerate(self.look.words):
            cells += [
                (f"{name}: “{word.word.text}”", look.draw(look.words[number], "heat")) for name, _, look in columns
            ]
        return labelled_sheet(cells, columns=len(columns) if len(columns) > 1 else None, title=self.plan.job.prompt)

    def iter_pictures(self) -> Iterator[tuple[str, Image.Image]]:
        """Yield the picture, the plain one, each word's map, how words came to be expressed, and the sheet."""
        yield "picture", Image.fromarray(self.main[1])
        if self.plain is not None:
            yield "plain", Image.fromarray(self.plain.pictures[0])
        for name, word in zip(file_stems([w.word.text for w in self.look.words]), self.look.words, strict=True):
            yield f"{name}-heat", self.look.draw(word, "heat")
        if self.drawn.looks:
            yield "peaks", self._plot()
        yield "sheet", self.sheet()

    @property
    def status(self) -> str:
        """One line: how strongly each word was expressed at first and at last, looks, seconds."""
        peaks = ", ".join(f"“{word}” {first:.2f} → {last:.2f}" for word, (first, last) in self.peaks.items())
        return f"{peaks or 'nothing was to be moved'} · {len(self.drawn.looks)} looks · {self.seconds:.1f} s"

    @property
    def figures(self) -> dict[str, Any]:
        """How strongly words were expressed at last, and at every look."""
        looks = [
            {"step": look.step, "moves": look.moves, "loss": look.loss, "peaks": list(look.peaks)}
            for look in self.drawn.looks
        ]
        return {"excited": {word: last for word, (_, last) in self.peaks.items()}, "looks": looks}

    def _look(self, drawn: Drawn) -> Result:
        job = self.plan.job
        shown = GenerateJob(
            prompt=job.prompt, tokens=job.words, preset=job.preset, colormap=job.colormap, opacity=job.opacity
        )
        return show_maps(
            shown, drawn.pictures[0], drawn.maps[0], table=self.plan.table, sites=self.sites, outcome=self
        )  # fmt: skip

    def _plot(self) -> Image.Image:
        numbers = range(1, len(self.drawn.looks) + 1)
        curves = {
            word: (list(numbers), [look.peaks[column] for look in self.drawn.looks])
            for column, word in enumerate(self.plan.job.excited)
        }
        return curve_plot(curves, "Peak of each word before the latents are moved", "look", "peak")
