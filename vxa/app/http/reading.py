"""From the body of a request to plain values by name: JSON, or a form with a file."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from vxa.app.http.failures import RequestError
from vxa.app.http.origin import same_origin
from vxa.app.http.pictures import PICTURE

_MOST_PARTS = 100


async def read_values(request: Request, most_bytes: int) -> dict[str, Any]:
    """Read a body, JSON or a multipart form.

    Args:
        request: Its content type says which.
        most_bytes: Size allowed, whether announced or not.

    Returns:
        JSON values by name; of a form, text and, for the picture, bytes.

    Raises:
        RequestError: If it is too large, damaged, or of another type.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    limited = _limit(request, most_bytes)
    if kind == "application/json":
        return _parse(await limited.body())
    if kind == "multipart/form-data":
        # unlike JSON, browsers send a form anywhere without asking
        same_origin(request)
        return await _read_form(limited)
    raise RequestError(
        415, "application/json or multipart/form-data", got=repr(kind), remedy="Set the header Content-Type."
    )


def _limit(request: Request, most_bytes: int) -> Request:
    """Make the same request, which ends in an error once its body has grown too large."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise _too_large(most_bytes)
    return Request(request.scope, _counted(request.receive, most_bytes))


def _counted(receive: Callable[[], Awaitable[Any]], most_bytes: int) -> Callable[[], Awaitable[Any]]:
    num_bytes = 0

    async def receive_counted() -> Any:
        nonlocal num_bytes
        message = await receive()
        num_bytes += len(message.get("body", b""))
        if num_bytes > most_bytes:
            raise _too_large(most_bytes)
        return message

    return receive_counted


def _too_large(most_bytes: int) -> RequestError:
    remedy = "Send a smaller picture, or a compressed one."
    return RequestError(413, f"a request of at most {most_bytes:,} bytes", got="a larger one", remedy=remedy)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "a body in JSON", got=error) from error
    if not isinstance(values, dict):
        raise RequestError(400, "a JSON object of fields by name", got=type(values).__name__)
    return values


async def _read_form(request: Request) -> dict[str, Any]:
    try:
        async with request.form(max_files=1, max_fields=_MOST_PARTS) as form:
            parts = [(name, await _part(name, part)) for name, part in form.multi_items()]
    except HTTPException as error:
        raise RequestError(400, "a multipart form with at most one file", got=error.detail) from error
    return _joined(parts)


async def _part(name: str, part: UploadFile | str) -> bytes | str:
    if isinstance(part, str):
        return part
    if name != PICTURE:
        raise RequestError(400, f"a file as {PICTURE!r} only", got=f"one as {name!r}", remedy="Send it as text.")
    return await part.read()


def _joined(parts: list[tuple[str, bytes | str]]) -> dict[str, Any]:
    """Gather the parts by name; what is given several times is a list, as it would be typed."""
    values: dict[str, Any] = {}
    for name, part in parts:
        before = values.get(name)
        values[name] = f"{before}, {part}" if isinstance(before, str) and isinstance(part, str) else part
    return values
