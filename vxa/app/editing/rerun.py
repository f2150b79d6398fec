"""Run the editing job of a saved picture again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from vxa.app.editing.edit import plan_edit
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.excite import plan_excite
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.masks import Mask, mask_names
from vxa.app.editing.outcome import Outcome
from vxa.app.editing.paint import plan_paint
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.heads.adjust import plan_adjust
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.weaken import plan_weaken
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.job import Job
from vxa.app.pixels import Picture
from vxa.app.progress import Progress
from vxa.app.provenance import SOURCE_NAME
from vxa.core.errors import ConfigError
from vxa.engine.host import Host
from vxa.render.picture import read_picture


def run_again(job: Job, given: Mapping[str, Picture], studio: Studio, progress: Progress) -> Outcome:
    """Run a job on what it was run on before.

    Args:
        job: What to do.
        given: Pictures and masks by file name.
        studio: Runs it.
        progress: Told after every step.

    Raises:
        ConfigError: If it is no editing job that this version knows.
    """
    if isinstance(job, EditJob):
        return studio.edit(job, given.get(SOURCE_NAME), progress)
    if isinstance(job, InvertJob) and SOURCE_NAME in given:
        return studio.invert(job, given[SOURCE_NAME], progress)
    if isinstance(job, PaintJob):
        return studio.paint(job, _masks_of(job, given), given.get(SOURCE_NAME), progress)
    if isinstance(job, ExciteJob):
        return studio.excite(job, progress)
    if isinstance(job, AdjustJob):
        return studio.adjust(job, progress)
    if isinstance(job, WeakenJob):
        return studio.weaken(job, progress)
    raise ConfigError("a job that this version can run again", got=repr(job.kind), remedy="Update VXA.")


def check_before(job: Job, given: Mapping[str, Picture], host: Host) -> None:
    """Find what is wrong with a job and what it is run on, without running the model.

    Raises:
        VxaError: As the studio does.
    """
    if isinstance(job, EditJob):
        plan_edit(job, host, given.get(SOURCE_NAME))
    elif isinstance(job, PaintJob):
        plan_paint(job, host, _masks_of(job, given), given.get(SOURCE_NAME))
    elif isinstance(job, ExciteJob):
        plan_excite(job, host)
    elif isinstance(job, AdjustJob):
        plan_adjust(job, host)
    elif isinstance(job, WeakenJob):
        plan_weaken(job, host)


def _masks_of(job: PaintJob, given: Mapping[str, Picture]) -> dict[str, Mask]:
    named = zip(job.painted, mask_names(job.painted), strict=True)
    return {word: given[name] for word, name in named if name in given}


def read_given(path: Path) -> Picture:
    """Read a picture as RGB, or a mask that was saved in grey as grey."""
    picture = read_picture(path)
    with Image.open(path) as image:
        return np.asarray(image) if image.mode == "L" else picture
