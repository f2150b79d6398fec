"""From plain values by name to what is asked for, checked by the declarations that tab and flags are made of."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vxa.app.http.limits import Limits
from vxa.app.http.reading import PICTURE
from vxa.app.jobs import MapJob, VisualizeJob
from vxa.app.settings import Field, check, from_json, iter_fields, parse_text, setting
from vxa.core.errors import ConfigError, PictureError, did_you_mean
from vxa.render.picture import decode_picture

OF_THE_SERVER = frozenset({"job", "model"})
"""Fields that an answer repeats and a question may not change: the model is the one the server runs on."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an answer holds besides the words and their pictures."""

    sheet: bool = setting("flag", "Sheet", "Give the picture and all words side by side too.", True)
    word_maps: bool = setting(
        "flag", "Word maps", "Give each word's map as rows of numbers from 0 to 1, of the picture's size.", False
    )
    raw_maps: bool = setting(
        "flag", "Raw maps", "Give all that was recorded as base64 of an .npz, which vxa.AttentionMaps reads.", False
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, kw_only=True)
class PictureSize:
    """The size of a picture whose layers are listed."""

    height: int = setting("int", "Height", "Pixels; 0 takes the model's own.", 0, low=0, high=8192)
    width: int = setting("int", "Width", "Pixels; 0 takes the model's own.", 0, low=0, high=8192)

    def __post_init__(self) -> None:
        check(self)


def fields_of(*kinds: type) -> dict[str, Field]:
    """Gather the settings that a client may give, by name."""
    return {field.name: field for kind in kinds for field in iter_fields(kind) if field.name not in OF_THE_SERVER}


VISUALIZE_FIELDS = fields_of(VisualizeJob, Wanted)
"""Fields of a visualize request, besides the picture."""
TOKENS_FIELDS = {name: field for name, field in fields_of(MapJob).items() if name in ("prompt", "tokens")}
"""Fields of a tokens request."""
LAYERS_FIELDS = fields_of(PictureSize)
"""Fields of a layers request."""


def read_job(values: Mapping[str, Any], model: str, limits: Limits) -> tuple[VisualizeJob, Wanted]:
    """Read a visualize request; the job of an answer may be sent again as it is.

    Args:
        values: By name; text is read as if typed into the form.
        model: What the server's jobs name as their model.
        limits: Of the text.

    Raises:
        ConfigError: If a field is unknown, missing or wrong, or names another model or kind of job.
    """
    fixed = {"job": VisualizeJob.kind, "model": model}
    _refuse_unknown(values, [*VISUALIZE_FIELDS, PICTURE, *fixed])
    for name, value in fixed.items():
        if values.get(name, value) != value:
            raise ConfigError(f"{name} to be {value!r} here", got=repr(values[name]), remedy="Leave it out.")
    typed = _typed(VISUALIZE_FIELDS, values, limits.text_length)
    job = {name: typed[name] for name in fields_of(VisualizeJob) if name in typed}
    wanted = {name: typed[name] for name in fields_of(Wanted) if name in typed}
    return from_json(VisualizeJob, {**job, "model": model}), from_json(Wanted, wanted)


def read_prompt(values: Mapping[str, Any], limits: Limits) -> MapJob:
    """Read a tokens request, as a job of which only prompt and tokens count.

    Raises:
        ConfigError: If a field is unknown, missing or wrong.
    """
    _refuse_unknown(values, TOKENS_FIELDS)
    return from_json(MapJob, _typed(TOKENS_FIELDS, values, limits.text_length))


def read_size(values: Mapping[str, Any], limits: Limits) -> PictureSize:
    """Read a layers request.

    Raises:
        ConfigError: If a field is unknown or wrong.
    """
    _refuse_unknown(values, LAYERS_FIELDS)
    return from_json(PictureSize, _typed(LAYERS_FIELDS, values, limits.text_length))


def read_picture(value: object, max_pixels: int) -> NDArray[np.uint8]:
    """Decode the picture of a request: shape (height, width, 3), uint8.

    Args:
        value: Bytes of a file, or their base64, also as a data URL. Nothing is fetched and no path is opened.
        max_pixels: Height × width allowed.

    Raises:
        PictureError: If there is none, or it cannot be used.
    """
    if value in (None, "", b""):
        raise PictureError("a picture", got="none", remedy=f"Send a file, or its base64, as {PICTURE!r}.")
    if not isinstance(value, (str, bytes)):
        raise PictureError("a picture as base64", got=type(value).__name__)
    return decode_picture(_from_base64(value) if isinstance(value, str) else value, max_pixels=max_pixels)


def _from_base64(text: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        shown = repr(text if len(text) < 40 else f"{text[:40]}…")
        remedy = "Addresses and paths are not opened: send the file itself."
        raise PictureError("a picture as base64", got=f"{shown} ({error})", remedy=remedy) from error


def _refuse_unknown(values: Mapping[str, Any], known: Collection[str]) -> None:
    for name in values:
        if name not in known:
            offered = [each for each in known if each not in OF_THE_SERVER]
            raise ConfigError("a field of this request", got=repr(name), remedy=did_you_mean(name, offered))


def _typed(fields: Mapping[str, Field], values: Mapping[str, Any], most_letters: int) -> dict[str, Any]:
    """Read what is text as the form would, and leave what has a type."""
    typed = {name: value for name, value in values.items() if name in fields}
    for name, value in typed.items():
        if isinstance(value, str):
            if len(value) > most_letters:
                raise ConfigError(f"{name} of at most {most_letters:,} characters", got=f"{len(value):,}")
            typed[name] = parse_text(fields[name], value)
    return typed
