"""What a sweep is: a job, one or two settings and their values. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vxa.app.job import Job
from vxa.app.settings import from_json, iter_fields, parse_text
from vxa.core.errors import ConfigError, did_you_mean

MOST_CELLS = 400
"""Cells that one sheet can show."""


@dataclass(frozen=True)
class Axis:
    """One setting and its values."""

    name: str
    """Field of the job."""
    values: tuple[str, ...]
    """As typed on the command line, at least one."""

    def __post_init__(self) -> None:
        if not self.values or len(set(self.values)) < len(self.values):
            raise ConfigError(f"distinct values of {self.name}", got=", ".join(self.values) or "none")


@dataclass(frozen=True)
class Cell:
    """One job of a sweep."""

    values: tuple[str, ...]
    """Of each axis, as typed."""
    job: Job
    """What is run."""


@dataclass(frozen=True)
class Sweep:
    """A job over one or two lists."""

    kind: type[Job]
    """Class of the job."""
    settings: Mapping[str, str]
    """Its other settings, as typed."""
    axes: tuple[Axis, ...]
    """Columns of the sheet, then rows; one or two."""

    def __post_init__(self) -> None:
        names = [axis.name for axis in self.axes]
        if not 1 <= len(names) <= 2 or len(set(names)) < len(names):
            raise ConfigError("one or two settings to go through", got=", ".join(names) or "none")
        count = 1
        for axis in self.axes:
            count *= len(axis.values)
        if count > MOST_CELLS:
            raise ConfigError(f"at most {MOST_CELLS} cells", got=count, remedy="Shorten the lists.")

    @property
    def columns(self) -> int:
        """Cells in a row."""
        return len(self.axes[0].values)

    def cells(self) -> list[Cell]:
        """List the jobs, row by row, each checked.

        Raises:
            ConfigError: If a setting is unknown or a value wrong.
        """
        rows = self.axes[1].values if len(self.axes) == 2 else ("",)
        combinations = [(column, row) if row else (column,) for row in rows for column in self.axes[0].values]
        return [Cell(values, self._job(values)) for values in combinations]

    def to_json(self) -> dict[str, Any]:
        """Write it as plain data."""
        axes = [{"name": axis.name, "values": list(axis.values)} for axis in self.axes]
        return {"job": self.kind.kind, "settings": dict(self.settings), "axes": axes}

    def _job(self, values: Sequence[str]) -> Job:
        fields = {field.name: field for field in iter_fields(self.kind)}
        typed = {**self.settings, **{axis.name: value for axis, value in zip(self.axes, values, strict=True)}}
        for name in typed:
            if name not in fields:
                raise ConfigError(
                    f"a setting of the job {self.kind.kind}", got=repr(name), remedy=did_you_mean(name, fields)
                )
        return from_json(self.kind, {name: parse_text(fields[name], value) for name, value in typed.items()})


def read_axis(text: str) -> Axis:
    """Read an axis typed as NAME=VALUE,VALUE; with | between values that have commas themselves.

    Raises:
        ConfigError: If it is not of that form.

    Example:
        >>> read_axis("weights=red=1, hat=2|red=3").values
        ('red=1, hat=2', 'red=3')
    """
    name, values = read_setting(text)
    parts = values.split("|" if "|" in values else ",")
    return Axis(name, tuple(part.strip() for part in parts if part.strip()))


def read_setting(text: str) -> tuple[str, str]:
    """Read a setting typed as NAME=VALUE.

    Raises:
        ConfigError: If it is not of that form.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError("NAME=VALUE", got=repr(text))
    return name.strip().lstrip("-").replace("-", "_"), value
