"""Saving as the webui does: into its folders, under its names, with the job where its tools look for it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modules import images
from PIL import Image

from vxa.app.hand_over import HandOver
from vxa.app.provenance import KEY, describe, describe_in_words, picture_name, shown_word
from vxa.app.result import Result, file_stems
from vxa.app.saving import MAPS_NAME, SUMMARY_NAME, SavedFiles, summarize
from vxa.core.errors import OutputError
from vxa.webui.infotext import write_infotext


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
    writer = _Writer(result, os.path.abspath(folder))
    source = Path(picture_name(result.job)).stem
    with writer.all_or_nothing():
        # first, so that all others can name it: with it beside them they can be made again
        picture = writer.write(source, Image.fromarray(result.picture), shown_word(None, source))
        for drawing in result.iter_drawings():
            writer.write(drawing.name, drawing.image, shown_word(drawing.word, drawing.mode))
        word = handed.word_of(result)
        writer.write(f"{file_stems([word.word.text])[0]}-inpaint", handed.mask(result), shown_word(word, "inpaint"))
        maps, summary = writer.path(MAPS_NAME), writer.path(SUMMARY_NAME)
        result.maps.save_npz(maps)
        said = json.dumps(writer.naming_the_source(summarize(result)), indent=2, ensure_ascii=False)
        summary.write_text(said + "\n", encoding="utf-8")
    return SavedFiles(
        folder=maps.parent, pictures=tuple(writer.written[1:]), picture=picture, summary=summary, maps=maps
    )


@dataclass
class _Writer:
    result: Result
    folder: str
    written: list[Path] = field(default_factory=list)
    """Pictures so far; the first is the one looked at."""
    base: str = ""
    """Path and start of the name of every file; known once the first is written."""

    def write(self, name: str, image: Image.Image, shows: dict[str, Any]) -> Path:
        """Write one picture with its metadata, which the webui leaves out if it is set to."""
        job, recording = self.result.job, self.result.recording
        facts = {**self.naming_the_source(describe(job, recording)), "shows": shows}
        named: dict[str, Any] = {
            "seed": getattr(job, "seed", None),
            "prompt": job.prompt,
            "info": write_infotext(self.result),
            "existing_info": {
                "Description": describe_in_words(job, recording, shows),
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

    def naming_the_source(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Say what the file of the picture looked at is called here."""
        if not self.written:
            return facts
        return {**facts, "picture": {**facts["picture"], "file": self.written[0].name}}

    def path(self, name: str) -> Path:
        """Name a file that is no picture."""
        return Path(f"{self.base}-{name}")

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Remove what was written if the block fails."""
        try:
            yield
        except BaseException as error:
            for path in (*self.written, self.path(MAPS_NAME), self.path(SUMMARY_NAME)):
                if self.base:
                    path.unlink(missing_ok=True)
            if isinstance(error, OSError) and not isinstance(error, OutputError):
                raise OutputError(
                    f"to write to {self.folder}",
                    got=error.strerror or error,
                    remedy="Choose another folder in the settings, page VXA, on a disk with room.",
                ) from error
            raise
