"""The job that makes words be read as meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vxa.app.editing.typed import Adjustment, read_adjustments
from vxa.app.job import DrawJob, VectorsJob
from vxa.app.settings import setting
from vxa.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class AdjustJob(DrawJob, VectorsJob):
    """Draw a picture in which words that can be read two ways are read as meant, beside the same without."""

    kind: ClassVar[str] = "adjust"

    adjust: str = setting(
        "text", "Adjusted words", "Words, each with the concept that it shall be read as and the one that it shall "
        "not, such as rose=color not shape.",
    )  # fmt: skip
    clamp: float | None = setting(
        "float", "Clamp", "Entries of the vectors are cut off at this; 0 leaves them; auto: 9 for models with as many "
        "heads as SDXL, 1 for those with fewer than a hundred, else none.", None, low=0, high=1e4, optional=True,
    )  # fmt: skip
    strength: float | None = setting(
        "float", "Strength", "How far heads are reweighted: 0 not at all, 1 as published; auto: 1, or 0.7 for models "
        "with fewer than a hundred heads.", None, low=0, high=1, optional=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.adjustments:
            raise ConfigError("at least one adjusted word", got="none", remedy="Write it as rose=color not shape.")

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """What is adjusted, in order."""
        return read_adjustments(self.adjust)
