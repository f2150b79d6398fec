"""Write a result to a folder: pictures that carry their job, raw maps, and a summary in JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from vxa.app.atomic import writing_folder
from vxa.app.provenance import KEY, describe, describe_in_words, picture_name, shown_word
from vxa.app.result import Result

MAPS_NAME = "maps.npz"
"""The raw maps; `vxa.AttentionMaps.load_npz` reads them."""
SUMMARY_NAME = "job.json"
"""The job and what came of it."""


@dataclass(frozen=True)
class SavedFiles:
    """What was written."""

    folder: Path
    """Where everything is, absolute."""
    pictures: tuple[Path, ...]
    """Words in each mode, in the order of the words, then the sheets and what else was asked for."""
    picture: Path
    """The picture looked at or drawn."""
    summary: Path
    """`job.json`."""
    maps: Path | None
    """`maps.npz`, unless it was left out."""
    more: tuple[Path, ...] = ()
    """What else there is that is no picture."""

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file written."""
        return (*self.pictures, self.picture, self.summary, *([self.maps] if self.maps else []), *self.more)


def save_result(
    result: Result, folder: Path | str, *, with_maps: bool = True, also: Mapping[str, Image.Image] | None = None
) -> SavedFiles:
    """Write a result, whole or not at all.

    Every PNG carries the whole job in its text chunk `vxa`, so that `vxa replay` makes it again; the same result gives
    the same bytes. Files of the same names are replaced, other files in the folder stay.

    Args:
        result: What to write.
        folder: Made if absent.
        with_maps: Write the raw maps too.
        also: Further pictures made from the result, by file name without ending; they end `pictures`.

    Raises:
        OutputError: If something cannot be written.
    """
    home = Path(os.path.abspath(Path(folder).expanduser()))
    with writing_folder(home) as draft:
        names = [write_picture(draft, name, image, text) for name, image, text in _iter_pictures(result)]
        for name, image in (also or {}).items():
            names.append(write_picture(draft, f"{name}.png", image, png_text(result, {"mode": name})))
        write_json(draft / SUMMARY_NAME, summarize(result))
        if with_maps:
            result.maps.save_npz(draft / MAPS_NAME)
    return SavedFiles(
        folder=home,
        pictures=tuple(home / name for name in names[1:]),
        picture=home / names[0],
        summary=home / SUMMARY_NAME,
        maps=home / MAPS_NAME if with_maps else None,
    )


def summarize(result: Result) -> dict[str, Any]:
    """Say what was asked and what came of it, as plain data."""
    words = [
        {
            "text": word.word.text,
            "tokens": list(word.word.indices),
            "peak": word.peak,
            "threshold": word.threshold,
            "spread": word.spread,
        }
        for word in result.words
    ]
    layers = [site.address for site in result.layers]
    return {**describe(result.job, result.recording), "words": words, "layers": layers}


def png_text(result: Result, shows: Mapping[str, Any]) -> PngImagePlugin.PngInfo:
    """Make the text chunks of a PNG: the job as JSON, and a line for a human reader.

    Args:
        result: What the picture is part of.
        shows: See `vxa.app.provenance.shown_word`.
    """
    text = PngImagePlugin.PngInfo()
    facts = {**describe(result.job, result.recording), "shows": dict(shows)}
    text.add_itxt("Description", describe_in_words(result.job, result.recording, shows))
    text.add_itxt(KEY, json.dumps(facts, sort_keys=True, ensure_ascii=False))
    return text


def _iter_pictures(result: Result) -> Iterator[tuple[str, Image.Image, PngImagePlugin.PngInfo]]:
    name = picture_name(result.job)
    yield name, Image.fromarray(result.picture), png_text(result, shown_word(None, Path(name).stem))
    for drawing in result.iter_drawings():
        shows = shown_word(drawing.word, drawing.mode)
        yield f"{drawing.name}.png", drawing.image, png_text(result, shows)


def write_picture(draft: Path, name: str, image: Image.Image, text: PngImagePlugin.PngInfo) -> str:
    """Write a PNG with its text chunks into a folder; give its name."""
    with (draft / name).open("wb") as file:
        image.save(file, format="PNG", pnginfo=text)
    return name


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain data as a person would like to read it."""
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
