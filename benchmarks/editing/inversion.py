"""Inverting drawn scenes as if they were photographs: how well each way draws them again."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.editing.cases import Subject
from benchmarks.editing.intervals import Line
from benchmarks.editing.pictures import Picture
from benchmarks.editing.question import Desk, Question
from benchmarks.editing.record import Measured, Row
from vxa.app.editing.invert_job import INVERSIONS, InvertJob
from vxa.tiny.intervals import bootstrap_mean
from vxa.tiny.scenes import draw_scene

NEAR = 1.0
"""dB below the autoencoder's own."""


class Inversion(Question):
    """Draws scenes again."""

    name = "inversion"
    num_cases = 10

    def measure(self, subject: Subject, desk: Desk) -> Measured:
        """Invert one scene in every way."""
        picture = draw_scene(subject.seed, desk.split).picture
        row: Row = {"source": subject.caption}
        pictures: dict[str, Picture] = {subject.caption: picture}
        for way in INVERSIONS:
            job = InvertJob(prompt=subject.caption, inversion=way, steps=desk.steps, guidance=desk.guidance)
            inversion = desk.studio.invert(job, picture).inversion
            row |= {"vae": inversion.least_error, way: inversion.error}
            pictures |= {"autoencoder": inversion.encoded, way: inversion.reconstruction}
        return Measured(row, pictures)

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Give PSNR, and what is lost to the autoencoder's own."""
        names = ("vae", *INVERSIONS)
        lines = [Line(f"{name}: PSNR, dB", bootstrap_mean([row[name] for row in rows])) for name in names]
        return lines + [
            Line(
                f"{name}: dB below the autoencoder's own", bootstrap_mean([row["vae"] - row[name] for row in rows]),
                high=NEAR if name == "null-text" else None,
            )
            for name in INVERSIONS
        ]  # fmt: skip
