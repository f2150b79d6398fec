"""Errors as the API tells them: the words of the tab, with the status that fits."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from vxa.core.errors import (
    CaptureError,
    HostError,
    InterruptedRunError,
    LayerNotFoundError,
    StaleHostError,
    UnsupportedModelError,
    VxaError,
)


class RequestError(VxaError, ValueError):
    """A request that cannot be read, or that must not be sent from there.

    Args:
        status: HTTP status, 4xx.
        expected: See `VxaError`, as are the others.
        got: What came.
        remedy: What to do.
    """

    def __init__(self, status: int, expected: str, *, got: object = None, remedy: str = "") -> None:
        super().__init__(expected, got=got, remedy=remedy)
        self.status = status


# The nearest class of an error's ancestry decides.
_STATUS: dict[type, int] = {
    VxaError: 422,
    LayerNotFoundError: 422,
    CaptureError: 409,
    InterruptedRunError: 409,
    UnsupportedModelError: 409,
    StaleHostError: 409,
    HostError: 503,
}


def tell(error: VxaError) -> JSONResponse:
    """Write an error as JSON: `{"error": {"type", "expected", "got", "remedy", "message"}}`."""
    status = error.status if isinstance(error, RequestError) else _status(type(error))
    told = {
        "type": type(error).__name__,
        "expected": error.expected,
        "got": None if error.got is None else str(error.got),
        "remedy": error.remedy,
        "message": str(error),
    }
    return JSONResponse({"error": told}, status)


def _status(kind: type[VxaError]) -> int:
    return next(_STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in _STATUS)


class TellingRoute(APIRoute):
    """A route that tells of a `VxaError` itself, whatever handlers the application around it has."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route, its dependencies included."""
        handle = super().get_route_handler()

        async def handle_or_tell(request: Request) -> Response:
            try:
                return await handle(request)
            except VxaError as error:
                return tell(error)

        return handle_or_tell
