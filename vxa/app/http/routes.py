"""The routes, and how they are put on an application: standalone or a program that has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool

import vxa
from vxa.app.http import schema
from vxa.app.http.answering import answer_layers, answer_tokens, answer_visualize, check_size
from vxa.app.http.asking import read_job, read_picture, read_prompt, read_size
from vxa.app.http.failures import TellingRoute
from vxa.app.http.limits import Limits
from vxa.app.http.reading import PICTURE, read_values
from vxa.app.http.waiting import Places, stopping_when_gone
from vxa.app.progress import Progress
from vxa.app.session import Session

PREFIX = "/vxa/v1"

Values = dict[str, Any]


def mount(
    app: FastAPI,
    session: Callable[[], Session],
    *,
    model: str = "",
    dependencies: Sequence[Any] = (),
    limits: Callable[[], Limits] = Limits,
) -> None:
    """Put the API on an application, one that serves already included.

    Args:
        app: Gets the routes under /vxa/v1.
        session: Gives the session at the first request that needs a model.
        model: The `model` of every job; a request cannot name another.
        dependencies: What FastAPI checks before each route, such as credentials.
        limits: Asked at each request.
    """
    router = APIRouter(prefix=PREFIX, tags=["VXA"], dependencies=list(dependencies), route_class=TellingRoute)
    api = Api(session, model, limits)
    for handle, method, operation, answer in (
        (api.visualize, "POST", schema.visualize_operation(), schema.VISUALIZE_ANSWER),
        (api.tokens, "POST", schema.tokens_operation(), schema.TOKENS_ANSWER),
        (api.layers, "GET", schema.layers_operation(), schema.LAYERS_ANSWER),
        (api.health, "GET", {}, schema.HEALTH_ANSWER),
    ):
        path, answers = f"/{handle.__name__}", schema.answers(answer)
        router.add_api_route(path, handle, methods=[method], openapi_extra=operation, responses=answers)
    _add_docs(router)
    app.include_router(router)


class Api:
    """What the routes do; see `mount`."""

    def __init__(self, session: Callable[[], Session], model: str, limits: Callable[[], Limits]) -> None:
        self._session = session
        self._model = model
        self._limits = limits
        self._places = Places()

    async def visualize(self, request: Request) -> JSONResponse:
        """Look at a picture: send it with its prompt, get a map and pictures of each word."""
        limits = self._limits()
        values = await read_values(request, limits.body_bytes)
        with self._places.take(limits.waiting):
            async with stopping_when_gone(request) as progress:
                return await run_in_threadpool(self._visualize, values, limits, progress)

    async def tokens(self, request: Request) -> JSONResponse:
        """Split a prompt into tokens, and resolve a choice among them."""
        limits = self._limits()
        values = await read_values(request, limits.body_bytes)
        return await run_in_threadpool(self._tokens, values, limits)

    async def layers(self, request: Request) -> JSONResponse:
        """List the layers a job may name, with the size of their maps."""
        return await run_in_threadpool(self._layers, dict(request.query_params), self._limits())

    async def health(self) -> JSONResponse:
        """Say which version answers, and what one request may ask for."""
        return JSONResponse({"vxa": vxa.__version__, "limits": asdict(self._limits())})

    def _visualize(self, values: Values, limits: Limits, progress: Progress) -> JSONResponse:
        job, wanted = read_job(values, self._model, limits)
        picture = read_picture(values.get(PICTURE), limits.picture_pixels)
        session = self._session()
        pixels = picture.shape[0] * picture.shape[1]
        check_size(job, wanted, session.host(job.model), pixels=pixels, most_pixels=limits.answer_pixels)
        return JSONResponse(answer_visualize(session.visualize(job, picture, progress), wanted))

    def _tokens(self, values: Values, limits: Limits) -> JSONResponse:
        job = read_prompt(values, limits)
        return JSONResponse(answer_tokens(job, self._session().host(self._model)))

    def _layers(self, values: Values, limits: Limits) -> JSONResponse:
        size = read_size(values, limits)
        return JSONResponse(answer_layers(size, self._session().host(self._model)))


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
