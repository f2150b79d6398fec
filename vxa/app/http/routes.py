"""The routes, and how they are put on an application: standalone or a program that has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse

import vxa
from vxa.app.editing.studio import Studio
from vxa.app.editing.studios import Studios
from vxa.app.http import answers, operations, questions
from vxa.app.http.failures import TellingRoute
from vxa.app.http.handling import Api
from vxa.app.http.limits import Limits
from vxa.app.session import Session
from vxa.app.shelves import Shelves

PREFIX = "/vxa/v1"


def mount(
    app: FastAPI,
    session: Callable[[], Session],
    *,
    studio: Callable[[], Studio] | None = None,
    model: str = "",
    dependencies: Sequence[Any] = (),
    limits: Callable[[], Limits] = Limits,
    shelves: Shelves = questions.NO_FILES,
) -> None:
    """Put the API on an application, one that serves already included.

    Args:
        app: Gets the routes under /vxa/v1.
        session: Gives the session at the first request that needs a model.
        studio: Gives the studio that runs editing jobs; None makes one.
        model: The `model` of every job; a request cannot name another.
        dependencies: What FastAPI checks before each route, such as credentials.
        limits: Asked at each request.
        shelves: Files of the server that a request may name.
    """
    router = APIRouter(prefix=PREFIX, tags=["VXA"], dependencies=list(dependencies), route_class=TellingRoute)
    api = Api(session, studio or Studios(session), model, limits, shelves)
    for handle, method, operation, answer in (
        (api.visualize, "POST", operations.ask(questions.VISUALIZE), answers.VISUALIZE),
        (api.generate, "POST", operations.ask(questions.GENERATE), answers.GENERATE),
        (api.edit, "POST", operations.ask(questions.EDIT), answers.EDIT),
        (api.invert, "POST", operations.ask(questions.INVERT), answers.INVERT),
        (api.paint, "POST", operations.ask(questions.PAINT), answers.PAINT),
        (api.excite, "POST", operations.ask(questions.EXCITE), answers.EXCITE),
        (api.adjust, "POST", operations.ask(questions.ADJUST), answers.ADJUST),
        (api.weaken, "POST", operations.ask(questions.WEAKEN), answers.WEAKEN),
        (api.align, "POST", operations.ask_plainly(questions.ALIGN_FIELDS, operations.ALIGN_EXAMPLE), answers.ALIGN),
        (
            api.tokens,
            "POST",
            operations.ask_plainly(questions.TOKENS_FIELDS, operations.TOKENS_EXAMPLE),
            answers.TOKENS,
        ),
        (api.layers, "GET", operations.query(questions.LAYERS_FIELDS), answers.LAYERS),
        (api.health, "GET", {}, answers.HEALTH),
    ):
        path, described = f"/{handle.__name__}", answers.describe(answer)
        router.add_api_route(path, handle, methods=[method], openapi_extra=operation, responses=described)
    _add_docs(router)
    app.include_router(router)


def _add_docs(router: APIRouter) -> None:
    """Add a page about these routes alone; an application with such a page lists them there too."""
    described = list(router.routes)

    async def openapi(request: Request) -> JSONResponse:
        root = request.scope.get("root_path", "").rstrip("/")
        servers = [{"url": root}] if root else None
        return JSONResponse(get_openapi(title="VXA", version=vxa.__version__, routes=described, servers=servers))

    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(openapi_url="openapi.json", title="VXA")

    router.add_api_route("/openapi.json", openapi, methods=["GET"], include_in_schema=False)
    router.add_api_route("/docs", docs, methods=["GET"], include_in_schema=False)
