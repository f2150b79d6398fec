"""Run the job of a saved picture again and write the same files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vxa.app.editing.outcome import Outcome
from vxa.app.editing.rerun import read_given, run_again
from vxa.app.editing.studio import Studio
from vxa.app.jobs import GenerateJob, MapJob, VisualizeJob
from vxa.app.pixels import Picture
from vxa.app.progress import Progress, no_progress
from vxa.app.provenance import SOURCE_NAME, GivenFile, Provenance, parse_provenance, read_provenance
from vxa.app.recording import Recording, Scope, picture_hash, record_generation, record_picture
from vxa.app.result import Result
from vxa.app.saving import MAPS_NAME, SUMMARY_NAME, SavedFiles, save_result
from vxa.app.session import Session, make_loader
from vxa.core.errors import ConfigError, HostError, OutputError, PictureError, VxaError
from vxa.engine.host import Host

_ELSEWHERE = "Choose a folder with --out."

_Record = Callable[[Any, Mapping[str, Picture], Host, Scope, Progress], Recording]
_RECORD: Mapping[type[MapJob], _Record] = {
    VisualizeJob: lambda job, given, *rest: record_picture(job, given[SOURCE_NAME], *rest),
    GenerateJob: lambda job, given, *rest: record_generation(job, *rest),
}
"""How each job on word maps is recorded."""


@dataclass(frozen=True)
class Replay:
    """What running a saved job again gave."""

    result: Result | Outcome
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
        OutputError: If the files cannot be written, or would take the place of another job's; nothing is then.
    """
    png = Path(png)
    found = read_provenance(png)
    if instead.folder is None:
        _check_folder(png.parent, found)  # before the work
    given = _given(png, found, instead)
    host = (load or make_loader())(found.job.model)
    _check_model(found, host, instead.any_model)
    result = _run(found, given, host, progress)
    if isinstance(result, Result):
        names = [found.picture_file, *(f"{name}.png" for name, _, _ in result.plan)]
    else:
        names = [*given, *(f"{name}.png" for name, _ in result.iter_pictures())]
    before = _read_own(png.parent, names, found)
    # pictures that the job was run on have been checked
    if instead.folder is None and (others := [name for name in before if before[name] is None and name not in given]):
        raise OutputError(f"only files of the same job in {png.parent}", got=", ".join(others), remedy=_ELSEWHERE)
    folder = instead.folder or png.parent
    if isinstance(result, Result):
        saved = save_result(result, folder, with_maps=(png.parent / MAPS_NAME).exists())
    else:
        saved = result.save(folder)
    written = [path for path in (*saved.pictures, saved.picture) if before.get(path.name) is not None]
    same = tuple(path for path in written if path.read_bytes() == before[path.name])
    return Replay(result, saved, same, tuple(path for path in written if path not in same))


def _run(found: Provenance, given: Mapping[str, Picture], host: Host, progress: Progress) -> Result | Outcome:
    job = found.job
    if not isinstance(job, MapJob):
        return run_again(job, given, Studio(Session(lambda _: host)), progress)
    began = time.perf_counter()
    recording = _RECORD[type(job)](job, given, host, Scope(keeps_heads=found.keeps_heads), progress)
    return Result(job, recording, host.sites, time.perf_counter() - began)


def _given(png: Path, found: Provenance, instead: Substitutes) -> dict[str, Picture]:
    """Read, by name, what the job was run on."""
    files = found.given
    if isinstance(found.job, MapJob) and not found.job.draws_picture:
        files = (GivenFile(SOURCE_NAME, found.picture_file, found.picture_hash),)
    if instead.picture is not None and SOURCE_NAME not in [each.role for each in files]:
        raise ConfigError("no picture", got=str(instead.picture), remedy="This job draws its own picture.")
    given = {}
    for each in files:
        replaced = instead.picture if each.role == SOURCE_NAME else None
        # the name alone: metadata must not lead out of the folder
        given[each.role] = _read(replaced or png.parent / Path(each.file).name, each.hash)
    return given


def _read(path: Path, wanted_hash: str) -> Picture:
    if not path.is_file():
        raise PictureError(
            "the picture that was looked at", got=f"no file {path}", remedy="Say where it is with --picture."
        )
    picture = read_given(path)
    if picture_hash(picture) != wanted_hash:
        raise PictureError(
            f"the picture that was looked at (hash {wanted_hash})",
            got=f"another one: {path} (hash {picture_hash(picture)})",
            remedy="Say where the right one is with --picture.",
        )
    return picture


def _check_folder(folder: Path, found: Provenance) -> None:
    """Refuse a folder that holds what another job left: the PNG was moved there."""
    summary = folder / SUMMARY_NAME
    if not summary.is_file():
        return
    try:
        other = parse_provenance(summary.read_text(encoding="utf-8"), summary)
    except (VxaError, ValueError) as error:
        raise OutputError(f"a {SUMMARY_NAME} of the same job in {folder}", got=error, remedy=_ELSEWHERE) from error
    if not _is_same(other, found):
        raise OutputError(f"files of the same job in {folder}", got="those of another one", remedy=_ELSEWHERE)


def _read_own(folder: Path, names: Iterable[str], found: Provenance) -> dict[str, bytes | None]:
    """Read the files of some names that are there; None for one of another job, or of none."""
    paths = [path for path in (folder / Path(name).name for name in names) if path.is_file()]
    return {path.name: path.read_bytes() if _is_from(path, found) else None for path in paths}


def _is_from(path: Path, found: Provenance) -> bool:
    try:
        return _is_same(read_provenance(path), found)
    except VxaError:
        return False


def _is_same(one: Provenance, other: Provenance) -> bool:
    """Tell whether two files were made of the same things."""
    made_of = [(each.job, each.picture_hash, each.model_hash, each.given) for each in (one, other)]
    return made_of[0] == made_of[1]


def _check_model(found: Provenance, host: Host, any_model: bool) -> None:
    if host.info.hash != found.model_hash and not any_model:
        raise HostError(
            f"the model {found.model_name} (hash {found.model_hash})",
            got=f"{host.info.name} (hash {host.info.hash})",
            remedy="Name the right one with --model, or take this one with --any-model.",
        )
