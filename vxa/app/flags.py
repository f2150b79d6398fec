"""Command-line flags of a job, made from its declaration."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any, TypeVar

from vxa.app.settings import Field, from_json, iter_fields, parse_text

J = TypeVar("J")


def add_job_flags(parser: argparse.ArgumentParser, job: type[Any]) -> None:
    """Add one flag for every setting of a job.

    Flags stay absent from the parsed arguments unless they are typed, so that defaults live in the job alone.
    """
    group = parser.add_argument_group("job")
    for field in iter_fields(job):
        if field.setting.kind == "flag":
            group.add_argument(
                flag_name(field), action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=_help(field)
            )
            continue
        group.add_argument(
            flag_name(field),
            default=argparse.SUPPRESS,
            required=field.default is dataclasses.MISSING,
            metavar=_placeholder(field),
            help=_help(field),
        )


def job_from_flags(job: type[J], arguments: argparse.Namespace) -> J:
    """Make the job that parsed flags describe.

    Raises:
        ConfigError: If a value is malformed or out of range.
    """
    typed: dict[str, Any] = {}
    for field in iter_fields(job):
        if hasattr(arguments, field.name):
            value = getattr(arguments, field.name)
            typed[field.name] = value if isinstance(value, bool) else parse_text(field, value)
    return from_json(job, typed)


def flag_name(field: Field) -> str:
    """Name the flag of a setting, such as --layer-sheet."""
    return f"--{field.name.replace('_', '-')}"


def _placeholder(field: Field) -> str:
    kinds = {"text": "TEXT", "int": "N", "float": "X", "ints": "N,N", "choice": "NAME", "choices": "NAME,NAME"}
    return kinds[field.setting.kind]


def _help(field: Field) -> str:
    declared = field.setting
    parts = [declared.help]
    if declared.names:
        parts.append(f"One of {', '.join(declared.names)}." if declared.kind == "choice" else "")
        parts.append(f"Of {', '.join(declared.names)}." if declared.kind == "choices" else "")
    if declared.low is not None and declared.high is not None:
        parts.append(f"From {declared.low:.10g} to {declared.high:.10g}.")
    if field.default is not dataclasses.MISSING:
        parts.append(f"Default: {_default_text(field)}.")
    # argparse reads % as a format
    return " ".join(part for part in parts if part).replace("%", "%%")


def _default_text(field: Field) -> str:
    default = field.default
    if default is None:
        return "auto"
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, tuple):
        return ",".join(map(str, default)) or "blank"
    return str(default) or "blank"
