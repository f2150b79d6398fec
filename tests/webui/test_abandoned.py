from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.websockets import WebSocketState

from vxa.webui.abandoned import end_abandoned


class Queue:
    """The part of gradio 3's queue that counts: it forgets to end the connection of a page that was left."""

    def __init__(self) -> None:
        self.processed: list[Any] = []

    async def process_events(self, events: list[Any], batch: bool) -> None:
        self.processed += events
        if batch:
            raise ValueError("batch")

    async def reset_iterators(self, session_hash: str, fn_index: int) -> None: ...


@pytest.mark.parametrize("fails", [False, True])
def test_a_connection_ends_with_its_event(fails: bool) -> None:
    demo, event = SimpleNamespace(_queue=Queue()), SimpleNamespace(websocket=SimpleNamespace(application_state=None))
    end_abandoned(demo)
    if fails:
        with pytest.raises(ValueError, match="batch"):
            asyncio.run(demo._queue.process_events([event], True))
    else:
        asyncio.run(demo._queue.process_events([event], False))
    assert demo._queue.processed == [event]
    assert event.websocket.application_state is WebSocketState.DISCONNECTED


def test_other_pages_are_left_alone() -> None:
    class Newer:
        async def process_events(self, events: list[Any], batch: bool) -> None: ...

    queue = Newer()
    for demo in (None, SimpleNamespace(), SimpleNamespace(_queue=queue)):
        end_abandoned(demo)
    assert "process_events" not in vars(queue)
