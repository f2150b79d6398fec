"""What an adjustment gives: the picture with the word read as meant, beside the same without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from vxa.app.editing.outcome import Outcome
from vxa.app.heads.adjust import AdjustPlan
from vxa.app.pixels import Picture
from vxa.app.provenance import GENERATED_NAME
from vxa.render.sheet import labelled_sheet


@dataclass(frozen=True, kw_only=True)
class AdjustResult(Outcome):
    """A picture with adjusted words."""

    plan: AdjustPlan
    """What was done."""
    adjusted: Picture
    """Shape (height, width, 3)."""
    plain: Picture
    """The same without."""

    @property
    def main(self) -> tuple[str, Picture]:
        """The adjusted picture."""
        return GENERATED_NAME, self.adjusted

    @property
    def change(self) -> float:
        """Mean absolute difference of the two, in [0, 1]."""
        return float(np.abs(self.adjusted.astype(np.float64) - self.plain).mean() / 255)

    def sheet(self) -> Image.Image:
        """Draw both side by side, labelled."""
        adjusted = ", ".join(f"“{each.words}” as {each.desired}" for each, _ in self.plan.words)
        cells = [("without", Image.fromarray(self.plain)), (adjusted, Image.fromarray(self.adjusted))]
        return labelled_sheet(cells, columns=2, title=self.plan.job.prompt)

    def iter_pictures(self) -> Iterator[tuple[str, Image.Image]]:
        """Yield both pictures, and the sheet."""
        yield "picture", Image.fromarray(self.adjusted)
        yield "plain", Image.fromarray(self.plain)
        yield "sheet", self.sheet()

    @property
    def status(self) -> str:
        """One line: what was read as what, seconds."""
        parts = [
            f"“{each.words}” ({'tokens' if len(columns) > 1 else 'token'} {', '.join(map(str, columns))}) "
            f"as {each.desired}, not {each.undesired}"
            for each, columns in self.plan.words
        ]
        return f"{'; '.join(parts)} · {self.seconds:.1f} s"

    @property
    def figures(self) -> dict[str, Any]:
        """How much the picture changed."""
        return {"change": [self.change]}
