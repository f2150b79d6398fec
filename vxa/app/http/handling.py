"""What the routes do: read, check, run in turn, answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

import vxa
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.studio import Studio
from vxa.app.http import questions
from vxa.app.http.answering import (
    answer_align,
    answer_generate,
    answer_layers,
    answer_tokens,
    answer_visualize,
    check_size,
)
from vxa.app.http.asking import PictureSize, read_fields
from vxa.app.http.effort import check_effort
from vxa.app.http.limits import Limits
from vxa.app.http.outcomes import answer_outcome, check_shows
from vxa.app.http.pictures import MASKS, PICTURE, is_absent, read_masks, read_picture
from vxa.app.http.reading import read_values
from vxa.app.http.waiting import Places, stopping_when_gone
from vxa.app.jobs import MapJob
from vxa.app.pixels import Picture, drawn_size
from vxa.app.progress import Progress
from vxa.app.session import Session
from vxa.app.shelves import Shelves

Values = dict[str, Any]
Work = Callable[[Values, Limits, Progress], Values]


class Api:
    """What the routes do; see `mount`."""

    def __init__(
        self, session: Callable[[], Session], studio: Callable[[], Studio], model: str, limits: Callable[[], Limits],
        shelves: Shelves,
    ) -> None:  # fmt: skip
        self._session = session
        self._studio = studio
        self._model = model
        self._limits = limits
        self._shelves = shelves
        self._places = Places()

    async def visualize(self, request: Request) -> JSONResponse:
        """Look at a picture: send it with its prompt, get a map and pictures of each word."""
        return await self._run(request, self._visualize)

    async def generate(self, request: Request) -> JSONResponse:
        """Draw a picture, and see which words each pixel listened to."""
        return await self._run(request, self._generate)

    async def edit(self, request: Request) -> JSONResponse:
        """Edit a picture by editing its prompt: one sent, or one that is drawn."""
        return await self._run(request, self._edit)

    async def invert(self, request: Request) -> JSONResponse:
        """Make a picture ready to be edited; edits of it with the same settings then need not."""
        return await self._run(request, self._invert)

    async def paint(self, request: Request) -> JSONResponse:
        """Draw a picture whose words look where masks say."""
        return await self._run(request, self._paint)

    async def excite(self, request: Request) -> JSONResponse:
        """Draw a picture in which words are seen that would be left out."""
        return await self._run(request, self._excite)

    async def adjust(self, request: Request) -> JSONResponse:
        """Draw a picture whose words are read as meant, beside the same without."""
        return await self._run(request, self._adjust)

    async def weaken(self, request: Request) -> JSONResponse:
        """Weaken the heads of a concept one after another, and score what is left of the prompt."""
        return await self._run(request, self._weaken)

    async def align(self, request: Request) -> JSONResponse:
        """Align edited prompts with their source, token by token; the model does not run."""
        limits = self._limits()
        values = await read_values(request, limits.body_bytes)
        return await run_in_threadpool(self._align, values, limits)

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

    async def _run(self, request: Request, work: Work) -> JSONResponse:
        limits = self._limits()
        values = await read_values(request, limits.body_bytes)
        with self._places.take(limits.waiting):
            async with stopping_when_gone(request) as progress:
                # written within the thread: an answer of many pictures takes its time
                return await run_in_threadpool(lambda: JSONResponse(work(values, limits, progress)))

    def _visualize(self, values: Values, limits: Limits, progress: Progress) -> Values:
        job, wanted = questions.VISUALIZE.read(values, self._model, limits, self._shelves)
        picture = read_picture(values.get(PICTURE), limits.picture_pixels)
        session = self._session()
        pixels = picture.shape[0] * picture.shape[1]
        check_size(job, wanted, session.host(job.model), pixels=pixels, most_pixels=limits.answer_pixels)
        return answer_visualize(session.visualize(job, picture, progress), wanted)

    def _generate(self, values: Values, limits: Limits, progress: Progress) -> Values:
        job, wanted = questions.GENERATE.read(values, self._model, limits, self._shelves)
        session = self._session()
        host = session.host(job.model)
        check_effort(job, host, limits)
        pixels = drawn_size(job.height, job.width, host).cells
        check_size(job, wanted, host, pixels=pixels, most_pixels=limits.answer_pixels)
        return answer_generate(session.generate(job, progress), wanted)

    def _edit(self, values: Values, limits: Limits, progress: Progress) -> Values:
        job, wanted = questions.EDIT.read(values, self._model, limits, self._shelves)
        check_shows(job, wanted)
        picture = _given(values, limits)
        check_effort(job, self._session().host(job.model), limits, picture)
        return answer_outcome(self._studio().edit(job, picture, progress), wanted)

    def _invert(self, values: Values, limits: Limits, progress: Progress) -> Values:
        job, wanted = questions.INVERT.read(values, self._model, limits, self._shelves)
        picture = read_picture(values.get(PICTURE), limits.drawn_pixels)
        check_effort(job, self._session().host(job.model), limits, picture)
        return answer_outcome(self._studio().invert(job, picture, progress), wanted)

    def _paint(self, values: Values, limits: Limits, progress: Progress) -> Values:
        job, wanted = questions.PAINT.read(values, self._model, limits, self._shelves)
        masks = read_masks(values.get(MASKS), limits.masks, limits.drawn_pixels)
        picture = _given(values, limits)
        check_effort(job, self._session().host(job.model), limits, picture)
        return answer_outcome(self._studio().paint(job, masks, picture, progress), wanted)

    def _excite(self, values: Values, limits: Limits, progress: Progress) -> Values:
        job, wanted = questions.EXCITE.read(values, self._model, limits, self._shelves)
        check_effort(job, self._session().host(job.model), limits)
        return answer_outcome(self._studio().excite(job, progress), wanted)

    def _adjust(self, values: Values, limits: Limits, progress: Progress) -> Values:
        job, wanted = questions.ADJUST.read(values, self._model, limits, self._shelves)
        check_effort(job, self._session().host(job.model), limits)
        return answer_outcome(self._studio().adjust(job, progress), wanted)

    def _weaken(self, values: Values, limits: Limits, progress: Progress) -> Values:
        job, wanted = questions.WEAKEN.read(values, self._model, limits, self._shelves)
        check_effort(job, self._session().host(job.model), limits)
        return answer_outcome(self._studio().weaken(job, progress), wanted)

    def _align(self, values: Values, limits: Limits) -> JSONResponse:
        job = read_fields(EditJob, questions.ALIGN_FIELDS, values, limits)
        return JSONResponse(answer_align(job, self._session().host(self._model)))

    def _tokens(self, values: Values, limits: Limits) -> JSONResponse:
        job = read_fields(MapJob, questions.TOKENS_FIELDS, values, limits)
        return JSONResponse(answer_tokens(job, self._session().host(self._model)))

    def _layers(self, values: Values, limits: Limits) -> JSONResponse:
        size = read_fields(PictureSize, questions.LAYERS_FIELDS, values, limits)
        return JSONResponse(answer_layers(size, self._session().host(self._model)))


def _given(values: Values, limits: Limits) -> Picture | None:
    value = values.get(PICTURE)
    return None if is_absent(value) else read_picture(value, limits.drawn_pixels)
