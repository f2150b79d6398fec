"""What each route may be asked: a job, what the answer holds, and which pictures come with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.http.asking import PictureSize, fields_of, refuse_unknown, typed
from vxa.app.http.limits import Limits
from vxa.app.http.pictures import MASKS, PICTURE
from vxa.app.http.wanted import Wanted, WantedSheets
from vxa.app.job import Job
from vxa.app.jobs import GenerateJob, MapJob, VisualizeJob
from vxa.app.settings import Field, from_json
from vxa.app.shelves import Shelves
from vxa.core.errors import ConfigError

NO_FILES = Shelves()
J = TypeVar("J", bound=Job)
W = TypeVar("W", bound=WantedSheets)


@dataclass(frozen=True)
class Question(Generic[J, W]):
    """What a route that runs a job may be asked."""

    job: type[J]
    """The job."""
    wanted: type[W]
    """What the answer may hold besides."""
    picture: Literal["needed", "allowed", "none"]
    """Whether a picture comes with it."""
    masks: bool = False
    """Whether masks come with it, whose words need not be named again."""

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Settings that a client may give."""
        return fields_of(self.job, self.wanted)

    @property
    def implied(self) -> frozenset[str]:
        """Settings without a default that need not be given all the same."""
        return frozenset({"words"}) if self.masks else frozenset()

    @property
    def files(self) -> tuple[str, ...]:
        """Fields that hold pictures."""
        return (*(() if self.picture == "none" else (PICTURE,)), *((MASKS,) if self.masks else ()))

    def read(self, values: Mapping[str, Any], model: str, limits: Limits, shelves: Shelves = NO_FILES) -> tuple[J, W]:
        """Read a request; the job of an answer may be sent again as it is.

        Args:
            values: By name; text is read as if typed into the form.
            model: What the server's jobs name as their model.
            limits: Of the text.
            shelves: Files that it may name.

        Raises:
            ConfigError: If a field is unknown, missing or wrong, or names another model or kind of job.
        """
        fixed = {"job": self.job.kind, "model": model}
        refuse_unknown(values, [*self.fields, *self.files, *fixed])
        for name, value in fixed.items():
            if values.get(name, value) != value:
                raise ConfigError(f"{name} to be {value!r} here", got=repr(values[name]), remedy="Leave it out.")
        found = {
            name: shelves.admit(name, value) if isinstance(value, str) else value
            for name, value in typed(self.fields, values, limits).items()
        }
        if self.masks and "words" not in found and isinstance(values.get(MASKS), Mapping):
            found["words"] = ", ".join(map(str, values[MASKS]))
        job = {name: found[name] for name in fields_of(self.job) if name in found}
        wanted = {name: found[name] for name in fields_of(self.wanted) if name in found}
        return from_json(self.job, {**job, "model": model}), from_json(self.wanted, wanted)


VISUALIZE = Question(VisualizeJob, Wanted, "needed")
GENERATE = Question(GenerateJob, Wanted, "none")
EDIT = Question(EditJob, Wanted, "allowed")
INVERT = Question(InvertJob, WantedSheets, "needed")
PAINT = Question(PaintJob, Wanted, "allowed", masks=True)
EXCITE = Question(ExciteJob, Wanted, "none")
ADJUST = Question(AdjustJob, WantedSheets, "none")
WEAKEN = Question(WeakenJob, WantedSheets, "none")

TOKENS_FIELDS = {name: field for name, field in fields_of(MapJob).items() if name in ("prompt", "tokens")}
"""Fields of a tokens request."""
ALIGN_FIELDS = {
    name: field for name, field in fields_of(EditJob).items() if name in ("prompt", "edit", "method", "edit_kind")
}
"""Fields of an align request."""
LAYERS_FIELDS = fields_of(PictureSize)
"""Fields of a layers request."""
