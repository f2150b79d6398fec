"""Write what an editing job gave to a folder: pictures that carry their job, what it was run on, and a summary."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

import vxa
from vxa.app.atomic import writing_folder
from vxa.app.editing.outcome import Outcome
from vxa.app.provenance import KEY
from vxa.app.saving import SUMMARY_NAME, SavedFiles, write_json, write_picture


def save_outcome(outcome: Outcome, folder: Path | str) -> SavedFiles:
    """Write an outcome, whole or not at all.

    Every PNG carries the whole job in its text chunk `vxa`, so that `vxa replay` makes it again; the same outcome gives
    the same bytes. Files of the same names are replaced, other files in the folder stay.

    Raises:
        OutputError: If something cannot be written.
    """
    home = Path(os.path.abspath(Path(folder).expanduser()))
    pictures = {f"{name}.png": image for name, image in outcome.iter_pictures()}
    given = {name: Image.fromarray(pixels) for name, pixels in outcome.given.items()}
    with writing_folder(home) as draft:
        for name, image in {**given, **pictures}.items():
            write_picture(draft, name, image, png_text(outcome, {"mode": Path(name).stem}))
        write_json(draft / SUMMARY_NAME, summarize(outcome))
        for name, maps in outcome.raw_maps.items():
            maps.save_npz(draft / name)
        more = (*outcome.raw_maps, *outcome.write_more(draft))
    return SavedFiles(
        folder=home,
        pictures=tuple(home / name for name in (*given, *pictures) if name != outcome.main[0]),
        picture=home / outcome.main[0],
        summary=home / SUMMARY_NAME,
        maps=None,
        more=tuple(home / name for name in more),
    )


def summarize(outcome: Outcome) -> dict[str, Any]:
    """Say what was asked and what came of it, as plain data."""
    return {**outcome.describe(), **outcome.figures}


def png_text(outcome: Outcome, shows: Mapping[str, Any]) -> PngImagePlugin.PngInfo:
    """Make the text chunks of a PNG: the job as JSON, and a line for a human reader."""
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Description", describe_in_words(outcome, shows))
    text.add_itxt(KEY, json.dumps({**outcome.describe(), "shows": dict(shows)}, sort_keys=True, ensure_ascii=False))
    return text


def describe_in_words(outcome: Outcome, shows: Mapping[str, Any]) -> str:
    """Say in one line, for a reader of the file's properties, what it shows."""
    job, model = outcome.job, outcome.model
    line = f"VXA {vxa.__version__}: {shows['mode']} of {job.kind} with the prompt “{job.prompt}”; model {model.name} "
    return " ".join(f"{line} ({model.hash})".split())
