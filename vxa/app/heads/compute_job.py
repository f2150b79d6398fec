"""The job of counting votes, as one dataclass of settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from vxa.app.job import DrawJob
from vxa.app.settings import again, check, setting, to_json


@dataclass(frozen=True, kw_only=True)
class ComputeJob:
    """Draw pictures of many prompts, and let every head vote in every UNet call. Defaults are the published ones."""

    kind: ClassVar[str] = "heads compute"

    model: str = again(DrawJob, "model", "")
    concepts: str = setting("text", "Concepts", "visual, scenes, or a .csv, .txt or .json file.", "visual")
    negative: str = again(DrawJob, "negative", "")
    steps: int = again(DrawJob, "steps", 50)
    guidance: float = again(DrawJob, "guidance", 7.5)
    seed: int = again(DrawJob, "seed", 22, help="Of the first picture and of the words; each picture has the next.")
    height: int = again(DrawJob, "height", 0)
    width: int = again(DrawJob, "width", 0)
    scheduler: str = again(DrawJob, "scheduler", "pndm")
    batch: int = setting(
        "int", "Batch", "Pictures drawn at once; votes of other batch sizes may differ by rounding.", 1, low=1, high=64
    )

    def __post_init__(self) -> None:
        check(self)

    def to_json(self) -> dict[str, Any]:
        """Write the job as plain data."""
        return {"job": self.kind, **to_json(self)}
