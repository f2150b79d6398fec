"""The HTTP API in the webui: there with `--api`, protected by `--api-auth`, switched off in the settings."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from modules import shared

from vxa.app.editing.studio import Studio
from vxa.app.http.limits import Limits
from vxa.app.http.routes import mount
from vxa.app.session import Session
from vxa.webui import settings

_CREDENTIALS: Any = Depends(HTTPBasic())


def mount_api(app: FastAPI, session: Callable[[], Session], studio: Callable[[], Studio]) -> None:
    """Put the API on the webui's application, where the webui has one of its own and the settings want ours.

    Args:
        app: A new one after each Reload UI.
        session: Gives the session at the first request.
        studio: Gives the studio, likewise.
    """
    options = shared.cmd_opts
    if not (options.api or options.nowebui) or not settings.is_api_wanted():
        return
    dependencies = [Depends(credentials_check(options.api_auth))] if options.api_auth else []
    mount(app, session, studio=studio, dependencies=dependencies, limits=_limits, shelves=settings.shelves())


def _limits() -> Limits:
    most = settings.max_pixels()
    return Limits(picture_pixels=most, drawn_pixels=min(most, Limits.drawn_pixels))


def credentials_check(pairs: str) -> Callable[..., Any]:
    """Make FastAPI's check of user and password: the webui's own stands before its own routes only.

    Args:
        pairs: As in `--api-auth`: "user:password", several separated by commas.
    """
    passwords = dict(pair.split(":", 1) for pair in pairs.split(","))

    def check(given: HTTPBasicCredentials = _CREDENTIALS) -> None:
        password = passwords.get(given.username)
        if password is None or not secrets.compare_digest(given.password.encode(), password.encode()):
            raise HTTPException(401, "Incorrect username or password", {"WWW-Authenticate": "Basic"})

    return check
