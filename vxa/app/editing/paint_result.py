"""What a painting gives: the picture, and where words look in it beside where they were painted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from vxa.app.editing.drawing import Drawn
from vxa.app.editing.masks import Painted, mask_names, preview_levels
from vxa.app.editing.outcome import Outcome
from vxa.app.editing.paint import PaintPlan
from vxa.app.editing.watched import show_maps
from vxa.app.jobs import GenerateJob
from vxa.app.pixels import Picture
from vxa.app.provenance import GENERATED_NAME, SOURCE_NAME
from vxa.app.result import Result, file_stems
from vxa.app.saving import MAPS_NAME
from vxa.core.maps import AttentionMaps
from vxa.engine.sites import SiteTable
from vxa.render.overlay import heat
from vxa.render.sheet import labelled_sheet


@dataclass(frozen=True, kw_only=True)
class PaintResult(Outcome):
    """A painted picture."""

    plan: PaintPlan
    """What was done."""
    drawn: Drawn
    """The picture and its maps."""
    sites: SiteTable
    """Attention layers of the model."""
    picture: Picture | None = None
    """The picture it began with, if any."""
    plain: Picture | None = None
    """The same without painting, if it was asked for."""

    @property
    def main(self) -> tuple[str, Picture]:
        """The picture drawn."""
        return GENERATED_NAME, self.drawn.pictures[0]

    @property
    def given(self) -> Mapping[str, Picture]:
        """Masks, and the picture it began with."""
        names = mask_names([each.word for each in self.plan.painted])
        masks = {name: each.mask_yx for name, each in zip(names, self.plan.painted, strict=True)}
        return {**({} if self.picture is None else {SOURCE_NAME: self.picture}), **masks}

    @property
    def raw_maps(self) -> Mapping[str, AttentionMaps]:
        """Attention while the picture was drawn."""
        return {MAPS_NAME: self.drawn.maps[0]}

    @cached_property
    def look(self) -> Result:
        """The maps that resulted, one a painted word, as of any picture."""
        job = self.plan.job
        shown = GenerateJob(
            prompt=job.prompt, tokens=job.words, preset=job.preset, colormap=job.colormap, opacity=job.opacity
        )
        return show_maps(
            shown, self.main[1], self.drawn.maps[0], table=self.plan.table, sites=self.sites, outcome=self
        )  # fmt: skip

    @property
    def inside(self) -> dict[str, float]:
        """For each painted word, the share of its attention that lies where it was painted, in [0, 1]."""
        shares = {}
        for each, word in zip(self.plan.painted, self.look.words, strict=True):
            total = float(word.map_yx.sum())
            shares[each.word] = float((word.map_yx * each.soft()).sum()) / total if total else 0.0
        return shares

    def sheet(self) -> Image.Image:
        """Draw the pictures, then for each word where it was painted beside where it looks."""
        drawn, job = self.main[1], self.plan.job
        cells = [("drawn", Image.fromarray(drawn))]
        if self.picture is not None:
            cells.insert(0, ("begun with", Image.fromarray(self.picture)))
        if self.plain is not None:
            cells.append(("without painting", Image.fromarray(self.plain)))
        if len(cells) % 2:  # so that what belongs together stands side by side
            cells.append(("painted", self._draw_painted(self.plan.painted)))
        for each, word in zip(self.plan.painted, self.look.words, strict=True):
            cells.append((f"“{each.word}” painted", self._draw_painted((each,))))
            cells.append((f"“{each.word}” looks, {self.inside[each.word]:.0%} inside", self.look.draw(word, "heat")))
        return labelled_sheet(cells, columns=2 if len(cells) < 7 else 4, title=f"{job.method}: {job.prompt}")

    def _draw_painted(self, painted: Sequence[Painted]) -> Image.Image:
        mask_yx = np.max([each.soft() for each in painted], axis=0)
        canvas = np.full_like(self.main[1], 128)
        return heat(canvas, mask_yx, colormap=self.plan.job.colormap)

    def levels_sheet(self) -> Image.Image:
        """Draw what each level receives."""
        latent = self.drawn.maps[0].latent
        return preview_levels(self.plan.painted, latent, self.plan.levels or (0,))

    def iter_pictures(self) -> Iterator[tuple[str, Image.Image]]:
        """Yield the picture, the plain one, each word's map, what levels receive, and the sheet."""
        yield "picture", Image.fromarray(self.main[1])
        if self.plain is not None:
            yield "plain", Image.fromarray(self.plain)
        for name, word in zip(file_stems([w.word.text for w in self.look.words]), self.look.words, strict=True):
            yield f"{name}-heat", self.look.draw(word, "heat")
        yield "levels", self.levels_sheet()
        yield "sheet", self.sheet()

    @property
    def status(self) -> str:
        """One line: how much of each word's attention lies where it was painted, seconds."""
        shares = ", ".join(f"“{word}” looks {share:.0%} inside" for word, share in self.inside.items())
        return f"{self.plan.job.method}: {shares} · {self.seconds:.1f} s"

    @property
    def figures(self) -> dict[str, Any]:
        """Share of each word's attention inside its mask, and the levels that received it."""
        return {"inside": self.inside, "levels": list(self.plan.levels)}
