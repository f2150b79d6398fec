"""Where a result came from, as plain data: what every saved file carries, and how it is read back.

The same job gives the same data: no times, no paths of the machine but those the user typed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, PngImagePlugin

import vxa
from vxa.app.job import Job
from vxa.app.jobs import MapJob, job_from_json
from vxa.app.recording import Recording
from vxa.core.errors import ConfigError, PictureError, VxaError

if TYPE_CHECKING:
    from vxa.app.word_maps import WordMap

FORMAT = 1
"""Raised when metadata change so that an older VXA would misread them."""
KEY = "vxa"
"""Name of the PNG text chunk."""
SWEEP_KEY = "vxa sweep"
"""The same of a sweep's sheet, which is of many jobs."""
SOURCE_NAME = "source.png"
"""The picture looked at, beside the pictures made from it."""
GENERATED_NAME = "picture.png"
"""The picture drawn, beside the pictures made from it."""


@dataclass(frozen=True)
class GivenFile:
    """A picture or mask that a job was run on."""

    role: str
    """What it was to the job: its name among files saved by `Outcome.save`; the webui names files otherwise."""
    file: str
    """Its name in the same folder."""
    hash: str
    """Hash of its pixels."""


@dataclass(frozen=True)
class Provenance:
    """What a saved picture says of itself."""

    job: Job
    """What was asked."""
    picture_file: str
    """Name of the picture looked at or drawn, in the same folder."""
    picture_hash: str
    """Hash of its pixels."""
    model_name: str
    """Checkpoint, as the user knows it."""
    model_hash: str
    """Short hash of its weights."""
    keeps_heads: bool
    """How the maps were recorded; see `vxa.app.recording.Scope`."""
    device: str
    """Where it ran, such as "cpu float32"."""
    given: tuple[GivenFile, ...] = ()
    """What an editing job was run on."""


def picture_name(job: MapJob) -> str:
    """Name the file of the picture looked at or drawn."""
    return GENERATED_NAME if job.draws_picture else SOURCE_NAME


def describe(job: MapJob, recording: Recording) -> dict[str, Any]:
    """Say what was asked and how it was answered, without what one file shows."""
    picture = recording.picture
    return {
        "format": FORMAT,
        "vxa": vxa.__version__,
        "job": job.to_json(),
        "picture": {
            "file": picture_name(job),
            "hash": recording.facts.picture_hash,
            "height": int(picture.shape[0]),
            "width": int(picture.shape[1]),
        },
        "model": {"name": recording.model.name, "hash": recording.model.hash, "family": recording.model.family},
        "recording": {"keeps_heads": recording.facts.keeps_heads, "device": recording.facts.device},
    }


def describe_maps(job: MapJob, recording: Recording) -> dict[str, Any]:
    """Say of raw maps what they are maps of: `describe`, with tokens, draws, rows and the reduction."""
    records = recording.draws
    padding = recording.padding
    return {
        **describe(job, recording),
        "tokens": recording.tables[0].to_json(),
        "draws": len(records),
        "calls": sum(maps.num_calls for maps in records),
        "rows": "cond",
        "heads": "all" if recording.facts.keeps_heads else "mean",
        "reduction": "sum over draws and UNet calls of the probabilities, float32",
        "padded": {"height": padding.padded_height, "width": padding.padded_width},
    }


def shown_word(word: WordMap | None, mode: str) -> dict[str, Any]:
    """Say what one file shows."""
    if word is None:
        return {"mode": mode}
    return {"mode": mode, "word": word.word.text, "tokens": list(word.word.indices)}


def describe_in_words(job: MapJob, recording: Recording, shows: Mapping[str, Any]) -> str:
    """Say in one line, for a reader of the file's properties, what it shows."""
    word = f" of “{shows['word']}”" if "word" in shows else ""
    act = "drawn from" if job.draws_picture else "seen with"
    made = f"VXA {vxa.__version__}: {shows['mode']}{word}, {act} the prompt “{job.prompt}”"
    return " ".join(f"{made}; preset {job.preset}, model {recording.model.name} ({recording.model.hash})".split())


def read_provenance(path: Path | str) -> Provenance:
    """Read what a PNG saved by VXA says of itself.

    Raises:
        PictureError: If the file is no PNG, or carries nothing from VXA.
        ConfigError: If what it carries is damaged or from a newer VXA.
    """
    path = Path(path)
    return parse_provenance(_read_text(path), path)


def parse_provenance(text: str, path: Path) -> Provenance:
    """Read what `describe` wrote.

    Args:
        text: JSON; what else it says is passed over.
        path: Where it was found, for errors.

    Raises:
        ConfigError: If it is damaged or from a newer VXA.
    """
    try:
        found = json.loads(text)
        version = found["format"]
        if version != FORMAT:
            raise ConfigError(
                f"metadata of format {FORMAT} in {path}", got=f"{version}", remedy="Update VXA to the version it names."
            )
        return Provenance(
            job_from_json(found["job"]),
            str(found["picture"]["file"]),
            str(found["picture"]["hash"]),
            str(found["model"]["name"]),
            str(found["model"]["hash"]),
            bool(found["recording"]["keeps_heads"]),
            str(found["recording"]["device"]),
            tuple(
                GivenFile(str(each.get("as", each["file"])), str(each["file"]), str(each["hash"]))
                for each in found.get("given", ())
            ),
        )
    except VxaError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"a whole job in the metadata of {path}", got=repr(error), remedy="Save the picture again with VXA."
        ) from error


def _read_text(path: Path) -> str:
    if not path.is_file():
        raise PictureError("a PNG saved by VXA", got=f"no such file: {path}", remedy="Check the path.")
    try:
        with Image.open(path) as image:
            image.load()
            chunks = image.text if isinstance(image, PngImagePlugin.PngImageFile) else {}
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PictureError("a PNG saved by VXA", got=f"{path}, which cannot be read ({error})") from error
    if SWEEP_KEY in chunks:
        raise PictureError(
            "a picture of one job", got=f"{path}, the sheet of a sweep",
            remedy="Replay a picture in its folder cells, or go on with `vxa sweep --out`.",
        )  # fmt: skip
    if KEY not in chunks:
        raise PictureError(
            "a PNG saved by VXA",
            got=f"{path}, which carries no job",
            remedy="Programs that save a picture anew drop its metadata: take the file VXA wrote.",
        )
    return str(chunks[KEY])
