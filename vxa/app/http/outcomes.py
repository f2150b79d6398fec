"""From the outcome of an editing job to plain data: what saved files hold, as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.excite_result import ExciteResult
from vxa.app.editing.outcome import Outcome
from vxa.app.editing.paint_result import PaintResult
from vxa.app.editing.saving import png_text, summarize
from vxa.app.http.answering import write_maps, write_png, write_rows
from vxa.app.http.wanted import Wanted, WantedSheets
from vxa.app.provenance import shown_word
from vxa.app.result import Result
from vxa.app.saving import summarize as summarize_result
from vxa.core.errors import ConfigError

_SHEETS = ("sheet", "maps", "levels")
"""Names of pictures made of several."""


def answer_outcome(outcome: Outcome, wanted: WantedSheets) -> dict[str, Any]:
    """Describe an outcome, its pictures as base64 of the very PNGs that saving would write.

    Args:
        outcome: Any.
        wanted: What to add; maps of words only where the job shows some.
    """
    answer = {"status": outcome.status, "seconds": outcome.seconds, **summarize(outcome)}
    answer["pictures"] = {
        name: write_png(image, png_text(outcome, {"mode": name}))
        for name, image in outcome.iter_pictures()
        if wanted.sheet or name not in _SHEETS
    }
    if isinstance(wanted, Wanted):
        looks = dict(_iter_looks(outcome))
        answer["maps"] = [
            {"picture": name, "words": list(_iter_words(outcome, look, wanted))} for name, look in looks.items()
        ]
        if wanted.raw_maps:
            answer["raw_maps"] = {name: write_maps(look) for name, look in looks.items()}
    return answer


def check_shows(job: EditJob, wanted: Wanted) -> None:
    """Refuse maps of an edit that shows none: nothing would be recorded.

    Raises:
        ConfigError: If so.
    """
    if (wanted.word_maps or wanted.raw_maps) and not job.tokens.strip():
        raise ConfigError("words in tokens, for maps to be given", got="none", remedy="Name the words to look for.")


def _iter_looks(outcome: Outcome) -> Iterator[tuple[str, Result]]:
    """Yield, by the name of the picture, where the words of the job look."""
    if isinstance(outcome, EditResult) and outcome.words:
        for name, look in outcome.looks():
            # as pictures are named
            yield "edit" if name == "edit 1" else name.replace(" ", "_"), look
    elif isinstance(outcome, (PaintResult, ExciteResult)):
        yield "picture", outcome.look
        if isinstance(outcome, ExciteResult) and outcome.plain_look is not None:
            yield "plain", outcome.plain_look


def _iter_words(outcome: Outcome, look: Result, wanted: Wanted) -> Iterator[dict[str, Any]]:
    for facts, word in zip(summarize_result(look)["words"], look.words, strict=True):
        text = png_text(outcome, shown_word(word, "heat"))
        shown: dict[str, Any] = {**facts, "pictures": {"heat": write_png(look.draw(word, "heat"), text)}}
        if wanted.word_maps:
            shown["map"] = write_rows(word)
        yield shown
