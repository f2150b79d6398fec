"""What an edit gives: the source beside its edits, how their prompts align, and the maps of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from vxa.app.editing.drawing import Drawn
from vxa.app.editing.edit import EditPlan
from vxa.app.editing.inversion import Inversion
from vxa.app.editing.invert_result import describe_inversion, error_of
from vxa.app.editing.outcome import Outcome
from vxa.app.editing.sharing import share_out
from vxa.app.editing.token_pairs import TokenPairs
from vxa.app.editing.typed import read_words
from vxa.app.editing.watched import show_maps
from vxa.app.jobs import GenerateJob
from vxa.app.pixels import Picture
from vxa.app.provenance import SOURCE_NAME
from vxa.app.result import Result, file_stems
from vxa.core.errors import NoMapsError
from vxa.core.maps import AttentionMaps
from vxa.core.tokens import TokenTable
from vxa.engine.sites import SiteTable
from vxa.render.sheet import labelled_sheet


@dataclass(frozen=True, kw_only=True)
class EditResult(Outcome):
    """A picture and its edits."""

    plan: EditPlan
    """What was done."""
    drawn: Drawn
    """The source as the model drew it, then the edits."""
    tables: tuple[TokenTable, ...]
    """Token table of each prompt."""
    sites: SiteTable
    """Attention layers of the model."""
    picture: Picture | None = None
    """The picture given, if any."""
    inversion: Inversion | None = None
    """How it was inverted."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """The source prompt, then that of each edit."""
        return self.plan.prompts

    @property
    def pairs(self) -> tuple[TokenPairs, ...]:
        """How each edited prompt is aligned with the source."""
        return self.plan.pairs

    @property
    def source(self) -> Picture:
        """The picture given or else drawn, shape (height, width, 3)."""
        return self.drawn.pictures[0] if self.picture is None else self.picture

    @property
    def edits(self) -> tuple[Picture, ...]:
        """The edited pictures."""
        return self.drawn.pictures[1:]

    @property
    def reconstruction(self) -> Picture | None:
        """The picture given as the model draws it again; None where none was inverted."""
        return None if self.inversion is None else self.inversion.reconstruction

    @property
    def changes(self) -> list[float]:
        """Mean absolute difference of each edit from the source, in [0, 1]."""
        return [float(np.abs(edit.astype(np.float64) - self.source).mean() / 255) for edit in self.edits]

    @property
    def main(self) -> tuple[str, Picture]:
        """The first edit."""
        return "edit.png", self.edits[0]

    @property
    def given(self) -> Mapping[str, Picture]:
        """The picture given."""
        return {} if self.picture is None else {SOURCE_NAME: self.picture}

    @property
    def raw_maps(self) -> Mapping[str, AttentionMaps]:
        """Attention while source and edits were drawn, if the job asks for maps of words."""
        maps = self.drawn.maps if self.words else ()
        return {f"maps-{name.replace(' ', '-')}.npz": each for name, each in zip(self.names, maps, strict=bool(maps))}

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Words whose maps the job asks for."""
        return read_words(self.plan.job.tokens)

    def looks(self, tokens: str | None = None) -> list[tuple[str, Result]]:
        """Show where words look in the source and in each edit.

        Args:
            tokens: Words, separated by commas; each picture shows those its prompt has. None takes the job's.

        Returns:
            Name of each picture, and its maps; pictures whose prompt has none of the words are left out.

        Raises:
            NoMapsError: If no attention was recorded.
            SelectionError: If no prompt has a word.
        """
        if not self.drawn.maps:
            raise NoMapsError("recorded attention", got="none", remedy="Name words in the job's tokens.")
        shared = share_out(self.words if tokens is None else read_words(tokens), self.tables)
        looks = []
        for number, words in enumerate(shared):
            if words:
                table = self.tables[number]
                looks.append((self.names[number], show_maps(
                    self._map_job(table.prompt, words), (self.source, *self.edits)[number], self.drawn.maps[number],
                    table=table, sites=self.sites, outcome=self,
                )))  # fmt: skip
        return looks

    def sheet(self) -> Image.Image:
        """Draw source, reconstruction and edits side by side, labelled."""
        cells = [("source: " + self.prompts[0], Image.fromarray(self.source))]
        if self.inversion is not None:
            label = f"drawn again: {self.inversion.error:.1f} dB"
            cells.append((label, Image.fromarray(self.inversion.reconstruction)))
        cells += [
            (f"edit: {prompt}", Image.fromarray(edit))
            for prompt, edit in zip(self.prompts[1:], self.edits, strict=True)
        ]
        return labelled_sheet(cells, columns=len(cells) if len(cells) < 5 else None, title=self._title)

    def maps_sheet(self, tokens: str | None = None) -> Image.Image:
        """Draw the maps of words in the source and in each edit; see `looks`."""
        looks = self.looks(tokens)
        cells = [
            (f"“{word.word.text}” in the {name}", look.draw(word, "heat"))
            for name, look in looks
            for word in look.words
        ]
        most = max(len(look.words) for _, look in looks)
        title = f"Attention {'before' if self.plan.job.maps_before else 'after'} the edit"
        return labelled_sheet(cells, columns=most if most * len(looks) == len(cells) else None, title=title)

    def iter_pictures(self) -> Iterator[tuple[str, Image.Image]]:
        """Yield the source where it was drawn, edits, reconstruction and sheets."""
        if self.picture is None:
            yield "source", Image.fromarray(self.source)
        if self.inversion is not None:
            yield "reconstruction", Image.fromarray(self.inversion.reconstruction)
        for name, edit in zip(file_stems(["edit"] * len(self.edits)), self.edits, strict=True):
            yield name, Image.fromarray(edit)
        yield "sheet", self.sheet()
        if self.words:
            yield "maps", self.maps_sheet()

    @property
    def status(self) -> str:
        """One line: kinds of edit, reconstruction, seconds."""
        kinds = ", ".join(dict.fromkeys(pairs.kind for pairs in self.pairs))
        parts = [f"{len(self.edits)} edit{'s' if len(self.edits) > 1 else ''} ({kinds})"]
        if self.inversion is not None:
            parts.append(describe_inversion(self.inversion))
        return " · ".join([*parts, f"{self.seconds:.1f} s"])

    @property
    def figures(self) -> dict[str, Any]:
        """Alignment of the prompts, how much each edit changed, and how well the picture was drawn again."""
        found: dict[str, Any] = {"alignments": [pairs.to_json() for pairs in self.pairs], "change": self.changes}
        if self.inversion is not None:
            found["reconstruction"] = error_of(self.inversion)
        return found

    def _map_job(self, prompt: str, words: Sequence[str]) -> GenerateJob:
        job = self.plan.job
        return GenerateJob(
            prompt=prompt, tokens=", ".join(words), preset=job.preset, colormap=job.colormap, opacity=job.opacity
        )

    @property
    def names(self) -> list[str]:
        """What each picture is called: the source, then each edit."""
        count = len(self.edits)
        return ["source", *(["edit"] if count == 1 else [f"edit {number + 1}" for number in range(count)])]

    @property
    def _title(self) -> str:
        names = {"p2p": "Prompt-to-prompt", "cac": "Cross-attention control"}
        return f"{names[self.plan.job.method]}: {', '.join(dict.fromkeys(pairs.kind for pairs in self.pairs))}"
