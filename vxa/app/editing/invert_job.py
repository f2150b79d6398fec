"""The job that finds noise from which a model draws a given picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vxa.app.job import Job
from vxa.app.settings import setting

INVERSIONS = ("direct", "null-text", "ddim", "refined")
"""Ways to invert a picture; see `InvertJob.inversion`."""


@dataclass(frozen=True, kw_only=True)
class InvertJob(Job):
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
    negative: str = setting("text", "Negative prompt", "Text to steer away from.", "")
    steps: int = setting("int", "Steps", "Sampler steps, there and back.", 50, low=1, high=1000)
    guidance: float = setting(
        "float", "Guidance", "Classifier-free guidance scale of the way back.", 7.5, low=1, high=100
    )
    null_steps: int = setting(
        "int", "Null-text steps", "Most optimisation steps for each sampler step.", 10, low=0, high=500
    )
