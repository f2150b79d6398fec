"""Settings of a job: one declaration from which flags, widgets, JSON and checks are made.

A setting is a dataclass field whose metadata carries a `Setting`. Knows no particular job.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from vxa.core.errors import ConfigError, did_you_mean

Kind = Literal["text", "flag", "int", "float", "ints", "choice", "choices"]

_KEY = "vxa"
_WRITTEN: dict[str, str] = {
    "text": "text",
    "flag": "yes or no",
    "int": "a whole number",
    "float": "a number",
    "ints": "whole numbers separated by commas",
    "choice": "a name",
    "choices": "names separated by commas",
}
T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """What there is to know about one field of a job."""

    kind: Kind
    """How it is typed in: text, a yes/no flag, a number, a list of whole numbers, or one or several of some names."""
    label: str
    """Short name for a form."""
    help: str
    """One sentence; ends with a point."""
    low: float | None = None
    """Smallest number allowed."""
    high: float | None = None
    """Largest number allowed."""
    names: tuple[str, ...] = ()
    """Names to choose from."""
    optional: bool = False
    """Whether None is allowed (typed as "auto")."""


@dataclass(frozen=True)
class Field:
    """A setting together with its name and default."""

    name: str
    """Field of the job, JSON key, and `--flag` with dashes."""
    default: Any
    """Value when nothing is given; `dataclasses.MISSING` if it must be given."""
    setting: Setting
    """The declaration."""


def setting(kind: Kind, label: str, help: str, default: Any = dataclasses.MISSING, **limits: Any) -> Any:
    """Declare a dataclass field with a `Setting`; see there for the arguments."""
    metadata = {_KEY: Setting(kind, label, help, **limits)}
    return dataclasses.field(default=default, metadata=metadata)


def again(job: type, name: str, default: Any, **changes: Any) -> Any:
    """Declare a setting of a base class again, with another default and other parts of its `Setting`."""
    declared = {field.name: field.setting for field in iter_fields(job)}[name]
    return dataclasses.field(default=default, metadata={_KEY: dataclasses.replace(declared, **changes)})


def iter_fields(job: type) -> Iterator[Field]:
    """Yield the settings of a job class in declaration order."""
    for field in dataclasses.fields(job):
        if _KEY in field.metadata:
            yield Field(field.name, field.default, field.metadata[_KEY])


def check(job: Any) -> None:
    """Check every setting of a job against its declaration.

    Raises:
        ConfigError: If one is of the wrong kind, out of range or not among the names.
    """
    for field in iter_fields(type(job)):
        check_value(field, getattr(job, field.name))


def check_value(field: Field, value: Any) -> None:
    """Check one value against the declaration of its setting.

    Raises:
        ConfigError: If it is of the wrong kind, out of range or not among the names.
    """
    declared = field.setting
    if value is None and declared.optional:
        return
    if declared.kind in ("choices", "ints"):
        if not isinstance(value, tuple):
            raise ConfigError(f"{field.name} as a list", got=repr(value), remedy="One value is a list too: [value].")
        for part in value:
            _check_one(field, part)
    else:
        _check_one(field, value)


def _check_one(field: Field, value: Any) -> None:
    declared = field.setting
    kinds: Mapping[str, tuple[type, ...]] = {
        "text": (str,),
        "choice": (str,),
        "choices": (str,),
        "flag": (bool,),
        "int": (int,),
        "ints": (int,),
        "float": (int, float),
    }
    is_bool_for_number = isinstance(value, bool) and declared.kind != "flag"
    if not isinstance(value, kinds[declared.kind]) or is_bool_for_number:
        raise ConfigError(f"{field.name} as {_WRITTEN[declared.kind]}", got=repr(value))
    if isinstance(value, str):
        _check_text(field, value)
    elif declared.kind != "flag":
        low, high = declared.low, declared.high
        # written so that NaN fails too
        if not ((low is None or value >= low) and (high is None or value <= high)):
            raise ConfigError(f"{field.name} {_range(low, high)}", got=value)


def _check_text(field: Field, text: str) -> None:
    if not _is_unicode(text):
        raise ConfigError(f"{field.name} as Unicode text", got=ascii(text), remedy="Check the terminal's encoding.")
    names = field.setting.names
    if names and text not in names:
        raise ConfigError(f"{field.name} to be a known name", got=repr(text), remedy=did_you_mean(text, names))


def _is_unicode(text: str) -> bool:
    """Whether the text can be saved: bytes that a terminal could not decode arrive as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return f"of at least {low:g}"
    if low is None:
        return f"of at most {high:g}"
    return f"from {low:g} to {high:g}"


def parse_text(field: Field, text: str) -> Any:
    """Turn what was typed into the value of a setting; does not check ranges.

    Raises:
        ConfigError: If it is not of the setting's kind.
    """
    text = text.strip() if field.setting.kind != "text" else text
    if field.setting.optional and text in ("", "auto"):
        return None
    if field.setting.kind in ("text", "choice"):
        return text
    if field.setting.kind == "choices":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        if field.setting.kind == "flag":
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
        if field.setting.kind == "ints":
            return tuple(_whole(part) for part in text.split(",") if part.strip())
        return _whole(text) if field.setting.kind == "int" else float(text)
    except (ValueError, KeyError, OverflowError) as error:
        raise ConfigError(f"{field.name} as {_WRITTEN[field.setting.kind]}", got=repr(text)) from error


def _whole(text: str) -> int:
    # the original's box held "1.0": a whole number in float spelling stays welcome
    number = float(text)
    if number != int(number):
        raise ValueError(text)
    return int(number)


def to_json(job: Any) -> dict[str, Any]:
    """Write a job as plain data, tuples as lists."""
    values = {field.name: getattr(job, field.name) for field in iter_fields(type(job))}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def from_json(job: type[T], values: Mapping[str, Any]) -> T:
    """Make a job from plain data; missing settings take their defaults.

    Raises:
        ConfigError: If a setting is unknown, missing without default, or wrong.
    """
    fields = {field.name: field for field in iter_fields(job)}
    for name in values:
        if name not in fields:
            raise ConfigError(f"a setting of {job.__name__}", got=repr(name), remedy=did_you_mean(name, fields))
    for name, field in fields.items():
        if field.default is dataclasses.MISSING and name not in values:
            raise ConfigError(f"the setting {name!r}", got="nothing", remedy=field.setting.help)
    return job(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
