"""Tell what a job gave and where it was written: for a person, and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vxa.app.editing.outcome import Outcome
from vxa.app.editing.saving import summarize as summarize_outcome
from vxa.app.output import Output
from vxa.app.result import Result
from vxa.app.saving import SavedFiles, summarize


def report(result: Result, saved: SavedFiles, output: Output) -> None:
    """Write the words, their figures and the files."""
    output.line(result.status)
    output.line()
    pictures = _pictures_by_word(result, saved)
    rows = [
        [
            word.word.text,
            f"{word.peak:.3g}",
            f"{word.threshold:.2f}",
            f"{word.spread:.2f}",
            ", ".join(Path(path).name for path in files.values()),
        ]
        for word, files in zip(result.words, pictures, strict=True)
    ]
    output.table(["word", "peak", "threshold", "spread", "pictures"], rows)
    output.line()
    output.line(f"Written to {saved.folder}: {len(saved.all)} files. Start with {saved.pictures[-1].name}.")
    output.summary(as_json(result, saved))


def report_outcome(outcome: Outcome, saved: SavedFiles, output: Output) -> None:
    """Write what an editing job gave, and where it is."""
    output.line(outcome.status)
    sheet = next((path.name for path in saved.pictures if path.stem == "sheet"), saved.picture.name)
    output.line(f"Written to {saved.folder}: {len(saved.all)} files. Start with {sheet}.")
    output.summary(as_json(outcome, saved))


def as_json(result: Result | Outcome, saved: SavedFiles) -> dict[str, Any]:
    """Say it as plain data, paths absolute."""
    if isinstance(result, Result):
        summary = summarize(result)
        for word, pictures in zip(summary["words"], _pictures_by_word(result, saved), strict=True):
            word["pictures"] = pictures
    else:
        summary = summarize_outcome(result)
    return {
        **summary,
        "seconds": round(result.seconds, 3),
        "folder": str(saved.folder),
        "files": [str(path) for path in saved.all],
    }


def _pictures_by_word(result: Result, saved: SavedFiles) -> list[dict[str, str]]:
    """Give each word's files by mode."""
    return [
        {
            mode: str(path)
            for (_, mode, shown), path in zip(result.plan, saved.pictures, strict=True)
            if shown is word and mode in result.job.modes
        }
        for word in result.words
    ]
