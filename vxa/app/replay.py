"""Run the job of a saved picture again and write the same files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.progress import Progress, no_progress
from vxa.app.provenance import Provenance, read_provenance
from vxa.app.recording import Scope, picture_hash, record_generation, record_picture
from vxa.app.result import Result
from vxa.app.saving import MAPS_NAME, SavedFiles, save_result
from vxa.app.session import make_loader
from vxa.core.errors import ConfigError, HostError, PictureError
from vxa.engine.host import Host
from vxa.render.picture import read_picture


@dataclass(frozen=True)
class Replay:
    """What running a saved job again gave."""

    result: Result
    """The new result."""
    saved: SavedFiles
    """The files written."""
    same: tuple[Path, ...]
    """Pictures that are byte for byte what lay beside the PNG."""
    changed: tuple[Path, ...]
    """Pictures that differ from it: another device, or other releases of the libraries, round differently."""


@dataclass(frozen=True)
class Substitutes:
    """What to take instead of what the metadata name."""

    picture: Path | None = None
    """Picture looked at; None takes the one beside the PNG."""
    folder: Path | None = None
    """Where to write; None writes beside the PNG."""
    any_model: bool = False
    """Go on although the model is not the one that the picture was made with."""


def replay(
    png: Path | str,
    *,
    instead: Substitutes = Substitutes(),
    load: Callable[[str], Host] | None = None,
    progress: Progress = no_progress,
) -> Replay:
    """Run the job of a saved picture again, and write its files again.

    With the same model, libraries and device, every picture comes out byte for byte the same.

    Args:
        png: Any picture that `save_result` wrote.
        instead: Another picture, folder or model.
        load: Gives the model by the name in the job; by default `make_loader`'s.
        progress: Told (done, total, what).

    Raises:
        PictureError: If the PNG carries no job, or the picture looked at is missing or another one.
        ConfigError: If a substitute picture is given for a job that draws its own, or the metadata are damaged.
        HostError: If the model is another one.
        OutputError: If the files cannot be written; nothing is then.
    """
    png = Path(png)
    found = read_provenance(png)
    picture = _source(png, found, instead)
    host = (load or make_loader())(found.job.model)
    _check_model(found, host, instead.any_model)
    result = _run(found, picture, host, progress)
    before = _read_old(png.parent, [found.picture_file, *(f"{name}.png" for name, _, _ in result.plan)])
    saved = save_result(result, instead.folder or png.parent, with_maps=(png.parent / MAPS_NAME).exists())
    written = [path for path in (*saved.pictures, saved.picture) if path.name in before]
    same = tuple(path for path in written if path.read_bytes() == before[path.name])
    return Replay(result, saved, same, tuple(path for path in written if path not in same))


def _run(found: Provenance, picture: NDArray[np.uint8] | None, host: Host, progress: Progress) -> Result:
    job, scope = found.job, Scope(keeps_heads=found.keeps_heads)
    began = time.perf_counter()
    if isinstance(job, VisualizeJob) and picture is not None:
        recording = record_picture(job, picture, host, scope, progress)
    elif isinstance(job, GenerateJob):
        recording = record_generation(job, host, scope, progress)
    else:
        raise ConfigError("a job that this version can run again", got=repr(job.kind), remedy="Update VXA.")
    return Result(job, recording, host.sites, time.perf_counter() - began)


def _read_old(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Read the files that are there before new ones take their place."""
    paths = [folder / Path(name).name for name in names]
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def _source(png: Path, found: Provenance, instead: Substitutes) -> NDArray[np.uint8] | None:
    if not isinstance(found.job, VisualizeJob):
        if instead.picture is not None:
            raise ConfigError("no picture", got=str(instead.picture), remedy="This job draws its own picture.")
        return None
    # the name alone: metadata must not lead out of the folder
    path = instead.picture or png.parent / Path(found.picture_file).name
    if not path.is_file():
        raise PictureError(
            "the picture that was looked at", got=f"no file {path}", remedy="Say where it is with --picture."
        )
    picture = read_picture(path)
    if picture_hash(picture) != found.picture_hash:
        raise PictureError(
            f"the picture that was looked at (hash {found.picture_hash})",
            got=f"another one: {path} (hash {picture_hash(picture)})",
            remedy="Say where the right one is with --picture.",
        )
    return picture


def _check_model(found: Provenance, host: Host, any_model: bool) -> None:
    if host.info.hash != found.model_hash and not any_model:
        raise HostError(
            f"the model {found.model_name} (hash {found.model_hash})",
            got=f"{host.info.name} (hash {host.info.hash})",
            remedy="Name the right one with --model, or take this one with --any-model.",
        )
