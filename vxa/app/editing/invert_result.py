"""What inverting a picture gives: the picture drawn again, how alike both are, and noise to edit it from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from vxa.app.editing.inversion import INVERSION_NAME, Inversion, save_inversion
from vxa.app.editing.outcome import Outcome
from vxa.app.pixels import Picture
from vxa.app.provenance import SOURCE_NAME
from vxa.render.sheet import labelled_sheet


@dataclass(frozen=True, kw_only=True)
class InvertResult(Outcome):
    """An inverted picture."""

    inversion: Inversion
    """Everything found."""

    @property
    def main(self) -> tuple[str, Picture]:
        """The picture drawn again."""
        return "reconstruction.png", self.inversion.reconstruction

    @property
    def given(self) -> Mapping[str, Picture]:
        """The picture inverted."""
        return {SOURCE_NAME: self.inversion.picture}

    def iter_pictures(self) -> Iterator[tuple[str, Image.Image]]:
        """Yield the picture drawn again, and both beside each other."""
        yield "reconstruction", Image.fromarray(self.inversion.reconstruction)
        yield "sheet", self.sheet()

    def sheet(self) -> Image.Image:
        """Draw the picture, what the encoder alone makes of it, and the reconstruction, labelled."""
        found = self.inversion
        cells = [
            ("the picture", Image.fromarray(found.picture)),
            (f"encoded: {found.least_error:.1f} dB", Image.fromarray(found.encoded)),
            (f"drawn again: {found.error:.1f} dB", Image.fromarray(found.reconstruction)),
        ]
        return labelled_sheet(cells, columns=3, title=f"{found.job.inversion} inversion: {found.job.prompt}")

    def write_more(self, folder: Path) -> tuple[str, ...]:
        """Write the inversion, which `vxa edit --inverted` takes."""
        save_inversion(self.inversion, folder / INVERSION_NAME)
        return (INVERSION_NAME,)

    @property
    def status(self) -> str:
        """One line: how, how well, seconds."""
        return f"{describe_inversion(self.inversion)} · {self.seconds:.1f} s"

    @property
    def figures(self) -> dict[str, Any]:
        """How well the picture was drawn again."""
        return {"reconstruction": error_of(self.inversion)}


def describe_inversion(inversion: Inversion) -> str:
    """Say how a picture was inverted and how well it is drawn again."""
    return (
        f"{inversion.job.inversion} inversion: drawn again at {inversion.error:.1f} dB "
        f"(encoder alone {inversion.least_error:.1f} dB)"
    )


def error_of(inversion: Inversion) -> dict[str, Any]:
    """Give the PSNR of reconstruction and encoder, dB; None for infinite, which JSON does not know."""
    figures = {"psnr": inversion.error, "psnr_encoder": inversion.least_error}
    return {name: None if value == float("inf") else value for name, value in figures.items()}
