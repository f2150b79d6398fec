"""Run a sweep cell by cell; finished cells are kept in the folder and not run again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

import vxa
from vxa.app.atomic import writing_folder
from vxa.app.editing.rerun import check_before, run_again
from vxa.app.editing.studio import Studio
from vxa.app.jobs import GenerateJob, Job, VisualizeJob, job_text
from vxa.app.pixels import Picture
from vxa.app.progress import Progress, no_progress
from vxa.app.provenance import SOURCE_NAME, SWEEP_KEY
from vxa.app.recording import picture_hash
from vxa.app.saving import SUMMARY_NAME, save_result
from vxa.app.session import Session
from vxa.app.sweeps.sweep import Cell, Sweep
from vxa.core.errors import ConfigError, OutputError
from vxa.render.picture import read_picture
from vxa.render.sheet import labelled_sheet

SHEET_NAME, TABLE_NAME, SWEEP_NAME = "sweep.png", "sweep.csv", "sweep.json"
_CELLS = "cells"


@dataclass(frozen=True)
class SweptFiles:
    """What a sweep wrote."""

    folder: Path
    """Where everything is."""
    cells: tuple[Path, ...]
    """Folder of each cell, row by row."""
    num_run: int
    """Cells that were run now; the others were there."""

    @property
    def sheet(self) -> Path:
        """All cells on one page."""
        return self.folder / SHEET_NAME

    @property
    def table(self) -> Path:
        """All figures, as CSV."""
        return self.folder / TABLE_NAME


def run_sweep(
    sweep: Sweep, folder: Path | str, session: Session, given: Mapping[str, Picture] | None = None,
    progress: Progress = no_progress,
) -> SweptFiles:  # fmt: skip
    """Run a sweep.

    Every cell is a folder of its own, named by its job, its model and what it was run on, and written whole or not at
    all: after an interrupt the sweep goes on where it was.

    Args:
        sweep: What to run.
        folder: Where results go.
        session: Gives models.
        given: By file name, the picture and the masks that jobs are run on.
        progress: Told (cells done, cells, what) after every cell.

    Raises:
        VxaError: If a setting of any cell is wrong, before the first is run; if a cell fails, when it is its turn.
    """
    home = Path(folder).expanduser().absolute()
    cells, studio, given = sweep.cells(), Studio(session), given or {}
    for cell in cells:
        check_before(cell.job, given, session.host(cell.job.model))
    folders, num_run = [], 0
    for number, cell in enumerate(cells):
        place = home / _CELLS / _name(cell.job, session, given)
        if not (place / SUMMARY_NAME).is_file():
            _run_cell(cell.job, place, session, studio, given)
            num_run += 1
        folders.append(place)
        progress(number + 1, len(cells), "running the cells")
    with writing_folder(home) as draft:
        _write(sweep, cells, folders, draft)
    return SweptFiles(home, tuple(folders), num_run)


def _name(job: Job, session: Session, given: Mapping[str, Picture]) -> str:
    parts = [job_text(job), str(session.host(job.model).state_key), vxa.__version__]
    parts += [f"{name} {picture_hash(pixels)}" for name, pixels in sorted(given.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _run_cell(job: Job, place: Path, session: Session, studio: Studio, given: Mapping[str, Picture]) -> None:
    if isinstance(job, GenerateJob):
        save_result(session.generate(job), place, with_maps=False)
    elif isinstance(job, VisualizeJob):
        if SOURCE_NAME not in given:
            raise ConfigError("a picture to look at", got="none", remedy="Name its file.")
        save_result(session.visualize(job, given[SOURCE_NAME]), place, with_maps=False)
    else:
        run_again(job, given, studio, no_progress).save(place)


def _write(sweep: Sweep, cells: Sequence[Cell], folders: Sequence[Path], draft: Path) -> None:
    summaries = [_read_summary(folder) for folder in folders]
    labels = [" · ".join(cell.values) for cell in cells]
    pictures = [
        Image.fromarray(read_picture(folder / _shown(cell.job, summary)))
        for cell, folder, summary in zip(cells, folders, summaries, strict=True)
    ]
    title = f"{' · '.join(axis.name for axis in sweep.axes)} of {sweep.kind.kind}: {cells[0].job.prompt}"
    sheet = labelled_sheet(list(zip(labels, pictures, strict=True)), columns=sweep.columns, title=title)
    text = json.dumps(sweep.to_json(), indent=2, ensure_ascii=False)
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("Description", f"VXA {vxa.__version__}: sweep of {sweep.kind.kind}")
    chunks.add_itxt(SWEEP_KEY, text)
    sheet.save(draft / SHEET_NAME, pnginfo=chunks)
    (draft / SWEEP_NAME).write_text(text + "\n", encoding="utf-8")
    (draft / TABLE_NAME).write_text(_table(sweep, cells, folders, summaries), encoding="utf-8", newline="")


def _shown(job: Job, summary: Mapping[str, Any]) -> str:
    return "sheet.png" if isinstance(job, VisualizeJob) else str(summary["picture"]["file"])


def _read_summary(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / SUMMARY_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OutputError("a finished cell", got=f"{folder} ({error})", remedy="Delete it and run again.") from error


def _table(sweep: Sweep, cells: Sequence[Cell], folders: Sequence[Path], summaries: Sequence[Mapping[str, Any]]) -> str:
    figures = [figures_of(summary) for summary in summaries]
    names = list(dict.fromkeys(name for each in figures for name in each))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*(axis.name for axis in sweep.axes), *names, "folder"])
    for cell, folder, each in zip(cells, folders, figures, strict=True):
        writer.writerow([*cell.values, *(each.get(name, "") for name in names), f"{_CELLS}/{folder.name}"])
    return stream.getvalue()


def figures_of(summary: Mapping[str, Any]) -> dict[str, float]:
    """Take the numbers out of a job's summary.

    Example:
        >>> figures_of({"inside": {"hat": 0.5}, "change": [0.25], "words": [{"text": "hat", "peak": 0.125}]})
        {'inside hat': 0.5, 'change 1': 0.25, 'peak hat': 0.125}
    """
    found: dict[str, float] = {}
    for group in ("inside", "reconstruction", "change", "excited", "area"):
        values = summary.get(group, {})
        named = values if isinstance(values, Mapping) else {str(n + 1): value for n, value in enumerate(values)}
        found |= {f"{group} {name}": value for name, value in named.items() if value is not None}
    return {**found, **{f"peak {word['text']}": word["peak"] for word in summary.get("words", ())}}
