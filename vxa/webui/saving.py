"""Saving as the webui does: into its folders, under its names, with the job where its tools look for it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modules import images
from PIL import Image

from vxa.app.editing.outcome import Outcome
from vxa.app.editing.saving import summarize as summarize_outcome
from vxa.app.hand_over import HandOver
from vxa.app.provenance import KEY, picture_name, shown_word
from vxa.app.result import Result, file_stems
from vxa.app.saving import MAPS_NAME, SUMMARY_NAME, SavedFiles, summarize
from vxa.core.errors import OutputError
from vxa.webui.said import About, about_outcome, about_result


def save_by_settings(result: Result, handed: HandOver, folder: Path) -> SavedFiles:
    """Write a result's pictures, the mask looked at, the raw maps and the job, all or nothing.

    The webui names the first picture; all others are named like it, so that what was saved together stands together.
    Pictures are always PNG, whatever the webui's format: masks have to stay exact, and the job needs a text chunk.

    Args:
        result: What to write.
        handed: The word looked at, and how its mask is cut.
        folder: Where the webui's subfolder goes.

    Raises:
        OutputError: If something cannot be written; what was written is removed.
    """
    writer = _Writer(about_result(result), os.path.abspath(folder))
    source = Path(picture_name(result.job)).stem
    with writer.all_or_nothing():
        # first, so that all others can name it: with it beside them they can be made again
        picture = writer.write(source, Image.fromarray(result.picture), shown_word(None, source))
        for drawing in result.iter_drawings():
            writer.write(drawing.name, drawing.image, shown_word(drawing.word, drawing.mode))
        word = handed.word_of(result)
        writer.write(f"{file_stems([word.word.text])[0]}-inpaint", handed.mask(result), shown_word(word, "inpaint"))
        maps = writer.path(MAPS_NAME)
        result.maps.save_npz(maps)
        summary = writer.summarize(summarize(result))
    return SavedFiles(
        folder=maps.parent, pictures=tuple(writer.written[1:]), picture=picture, summary=summary, maps=maps
    )


def save_outcome_by_settings(outcome: Outcome, folder: Path) -> SavedFiles:
    """Write what an editing job was run on, all that came of it, and the job, all or nothing, as `save_by_settings`.

    Args:
        outcome: What to write.
        folder: Where the webui's subfolder goes.

    Raises:
        OutputError: If something cannot be written; what was written is removed.
    """
    writer = _Writer(about_outcome(outcome), os.path.abspath(folder))
    given = {Path(name).stem: Image.fromarray(pixels) for name, pixels in outcome.given.items()}
    main = Path(outcome.main[0]).stem
    with writer.all_or_nothing():
        for name, image in given.items():
            writer.write(name, image, {"mode": name})
        paths = {name: writer.write(name, image, {"mode": name}) for name, image in outcome.iter_pictures()}
        for name, maps in outcome.raw_maps.items():
            maps.save_npz(writer.path(name))
        more = [*map(writer.path, outcome.raw_maps), *writer.write_more(outcome)]
        summary = writer.summarize(summarize_outcome(outcome))
    picture = paths.pop(main)
    pictures = (*writer.written[: len(given)], *paths.values())
    return SavedFiles(
        folder=picture.parent, pictures=pictures, picture=picture, summary=summary, maps=None, more=tuple(more)
    )


@dataclass
class _Writer:
    about: About
    folder: str
    written: list[Path] = field(default_factory=list)
    """Pictures so far."""
    others: list[Path] = field(default_factory=list)
    """Further files begun."""
    base: str = ""
    """Path and start of the name of every file; known once the first is written."""

    def write(self, name: str, image: Image.Image, shows: dict[str, Any]) -> Path:
        """Write one picture with its metadata, which the webui leaves out if it is set to."""
        facts = {**self.about.facts(self._start), "shows": shows}
        named: dict[str, Any] = {
            "seed": self.about.seed,
            "prompt": self.about.prompt_of(name),
            "info": self.about.infotext(name),
            "existing_info": {
                "Description": self.about.in_words(shows),
                KEY: json.dumps(facts, sort_keys=True, ensure_ascii=False),
            },
        }
        if self.base:
            home, start = os.path.split(self.base)
            path, _ = images.save_image(image, home, "", forced_filename=f"{start}-{name}", save_to_dirs=False, **named)
        else:
            path, _ = images.save_image(image, self.folder, "", suffix=f"-{name}", **named)
            self.base = os.path.splitext(path)[0].removesuffix(f"-{name}")
        self.written.append(Path(path))
        return self.written[-1]

    def write_more(self, outcome: Outcome) -> list[Path]:
        """Write what is not a picture, named like the pictures."""
        with tempfile.TemporaryDirectory(dir=Path(self.base).parent) as draft:
            return [(Path(draft) / name).replace(self.path(name)) for name in outcome.write_more(Path(draft))]

    def summarize(self, said: Mapping[str, Any]) -> Path:
        """Write the job and what came of it."""
        path = self.path(SUMMARY_NAME)
        text = json.dumps({**said, **self.about.facts(self._start)}, indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        return path

    def path(self, name: str) -> Path:
        """Name a file that is no picture."""
        path = Path(f"{self.base}-{name}")
        if path not in self.others:
            self.others.append(path)
        return path

    @property
    def _start(self) -> str:
        return f"{os.path.basename(self.base)}-" if self.base else ""

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Remove what was written if the block fails."""
        try:
            yield
        except BaseException as error:
            for path in (*self.written, *self.others):
                path.unlink(missing_ok=True)
            if isinstance(error, OSError) and not isinstance(error, OutputError):
                raise OutputError(
                    f"to write to {self.folder}",
                    got=error.strerror or error,
                    remedy="Choose another folder in the settings, page VXA, on a disk with room.",
                ) from error
            raise
