"""Lines of the status bar as HTML; whatever comes from users is escaped."""

from __future__ import annotations

import html


def say(text: str) -> str:
    """Write a plain line."""
    return _line("note", text)


def say_done(text: str) -> str:
    """Write what a finished run used."""
    return _line("done", text)


def say_error(error: Exception | str) -> str:
    """Write what was wrong and what to do."""
    return _line("error", str(error), role="alert")


def say_progress(what: str, done: int, total: int) -> str:
    """Write how far a run is; a total of 0 means that nobody knows."""
    text = f"{what[:1].upper()}{what[1:]} …" + (f" {done} of {total}" if total else "")
    bar = f'<progress max="{total}" value="{done}"></progress>' if total else "<progress></progress>"
    return _line("busy", text, bar)


def _line(kind: str, text: str, bar: str = "", role: str = "status") -> str:
    # gradio 6 fills ${…} in HTML values as a template
    safe = html.escape(text).replace("${", "&#36;{")
    return f'<div class="vxa-status vxa-{kind}" role="{role}" aria-live="polite"><span>{safe}</span>{bar}</div>'
