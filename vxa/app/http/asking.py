"""From plain values by name to what is asked for, checked by the declarations that tab and flags are made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from vxa.app.http.limits import Limits
from vxa.app.settings import Field, Setting, check, from_json, iter_fields, parse_text, setting
from vxa.app.shelves import HELP
from vxa.core.errors import ConfigError, did_you_mean

OF_THE_SERVER = frozenset({"job", "model"})
"""Fields that an answer repeats and a question may not change: the model is the one the server runs on."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class PictureSize:
    """The size of a picture whose layers are listed."""

    height: int = setting("int", "Height", "Pixels; 0 takes the model's own.", 0, low=0, high=8192)
    width: int = setting("int", "Width", "Pixels; 0 takes the model's own.", 0, low=0, high=8192)

    def __post_init__(self) -> None:
        check(self)


def fields_of(*kinds: type) -> dict[str, Field]:
    """Gather the settings that a client may give, by name."""
    found = [field for kind in kinds for field in iter_fields(kind) if field.name not in OF_THE_SERVER]
    return {field.name: replace(field, setting=_described(field)) for field in found}


def _described(field: Field) -> Setting:
    return replace(field.setting, help=HELP.get(field.name, field.setting.help))


def read_fields(kind: type[T], fields: Mapping[str, Field], values: Mapping[str, Any], limits: Limits) -> T:
    """Read a request that has nothing but these settings.

    Args:
        kind: Made of them.
        fields: Those that a client may give.
        values: By name; text is read as if typed into the form.
        limits: Of the text.

    Raises:
        ConfigError: If a field is unknown, missing or wrong.
    """
    refuse_unknown(values, fields)
    return from_json(kind, typed(fields, values, limits))


def refuse_unknown(values: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse a field that is not known, with the nearest that is.

    Raises:
        ConfigError: If there is one.
    """
    for name in values:
        if name not in known:
            offered = [each for each in known if each not in OF_THE_SERVER]
            raise ConfigError("a field of this request", got=repr(name), remedy=did_you_mean(name, offered))


def typed(fields: Mapping[str, Field], values: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """Read what is text as the form would, and leave what has a type.

    Raises:
        ConfigError: If a text is too long or not of the setting's kind.
    """
    found = {name: value for name, value in values.items() if name in fields}
    for name, value in found.items():
        if isinstance(value, str):
            if len(value) > limits.text_length:
                raise ConfigError(f"{name} of at most {limits.text_length:,} characters", got=f"{len(value):,}")
            found[name] = parse_text(fields[name], value)
    return found
