"""The job that finds noise from which a model draws a given picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vxa.app.job import GuidedJob
from vxa.app.settings import again, setting

INVERSIONS = ("direct", "null-text", "ddim", "refined")
"""Ways to invert a picture; see `InvertJob.inversion`."""


@dataclass(frozen=True, kw_only=True)
class InvertJob(GuidedJob):
    """Make a picture that exists ready to be edited, and see how well the model draws it again."""

    kind: ClassVar[str] = "invert"

    inversion: str = setting(
        "choice",
        "Inversion",
        "DDIM backwards with the picture's latents held (direct: exact, at once), with an empty prompt optimised for "
        "each step (null-text: slow) or as it is (ddim); or with guidance and corrected (refined).",
        "direct",
        names=INVERSIONS,
    )
    steps: int = again(GuidedJob, "steps", 50, help="Sampler steps, there and back.")
    guidance: float = again(GuidedJob, "guidance", 7.5, help="Classifier-free guidance scale of the way back.", low=1)
    null_steps: int = setting(
        "int", "Null-text steps", "Most optimisation steps for each sampler step.", 10, low=0, high=500
    )
