"""Pages that were left while something of theirs was going on.

The webui's gradio keeps the connection of such a page open for ever where a handler tells of its progress, as ours
does; and Reload UI waits until the last one is closed.
"""

from __future__ import annotations

from typing import Any

from starlette.websockets import WebSocketState


def end_abandoned(demo: Any) -> None:
    """Make the queue of a gradio 3 page let go of every connection whose event is over.

    Args:
        demo: The webui's page; the next one has a queue of its own. None, or another gradio's, is left alone.
    """
    queue: Any = getattr(demo, "_queue", None)
    if not (hasattr(queue, "process_events") and hasattr(queue, "reset_iterators")):
        return
    process = queue.process_events

    async def process_and_end(events: list[Any], batch: bool) -> None:
        try:
            await process(events, batch)
        finally:
            for event in events:
                # what gradio itself does for those that are still there
                event.websocket.application_state = WebSocketState.DISCONNECTED

    queue.process_events = process_and_end
