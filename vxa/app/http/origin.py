"""Who may ask: pages of other sites may not make a browser use this server."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, Request

from vxa.app.http.failures import RequestError


def same_origin(request: Request) -> None:
    """Refuse what a browser sends for a page of another site; programs name no origin.

    Raises:
        RequestError: If the origin is not the address that was asked.
    """
    origin = request.headers.get("origin")
    if origin is not None and origin.lower().rpartition("//")[2] != request.headers.get("host", "").lower():
        raise RequestError(
            403, "a request from a page of this server, or from a program", got=f"one from {origin}",
            remedy="Send it from a program, or from the same address.",
        )  # fmt: skip


def by_local_name(request: Request) -> None:
    """Refuse a name that is not this machine's: a foreign page may point its own name here (DNS rebinding).

    Raises:
        RequestError: If the server was asked by such a name.
    """
    host = request.headers.get("host", "")
    if not is_local(host):
        remedy = "Ask http://localhost, or start the app with --host to let others in."
        raise RequestError(403, "this server to be called localhost or 127.0.0.1", got=repr(host), remedy=remedy)


def is_local(host: str) -> bool:
    """Whether an address, with or without a port, names this machine for itself alone.

    Example:
        >>> is_local("localhost:7860"), is_local("[::1]:7860"), is_local("127.0.0.1.example.org")
        (True, True, False)
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def guards(address: str) -> list[Any]:
    """List what to check of every request to a server of ours that listens at an address."""
    checks: list[Callable[[Request], None]] = [same_origin]
    if is_for_this_machine(address):
        checks.append(by_local_name)
    return [Depends(check) for check in checks]


def is_for_this_machine(address: str) -> bool:
    """Whether a server that listens at an address can be reached from this machine alone.

    Example:
        >>> is_for_this_machine("127.0.0.1"), is_for_this_machine("::1"), is_for_this_machine("0.0.0.0")
        (True, True, False)
    """
    return is_local(f"[{address}]" if ":" in address else address)
