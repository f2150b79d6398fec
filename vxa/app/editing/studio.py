"""Run editing jobs one after another, keeping inversions of real pictures."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping

from vxa.app.editing.edit import EditPlan, plan_edit, run_edit
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.excite import ExcitePlan, plan_excite, run_excite
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.excite_result import ExciteResult
from vxa.app.editing.inversion import Inversion, invert_picture
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.invert_result import InvertResult
from vxa.app.editing.masks import Mask
from vxa.app.editing.paint import PaintPlan, plan_paint, run_paint
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.paint_result import PaintResult
from vxa.app.heads.adjust import AdjustPlan, plan_adjust, run_adjust
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.adjust_result import AdjustResult
from vxa.app.heads.weaken import WeakenPlan, plan_weaken, run_weaken
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.heads.weaken_result import WeakenResult
from vxa.app.pixels import Picture, device_of
from vxa.app.progress import Progress, no_progress
from vxa.app.recording import picture_hash
from vxa.app.session import Session
from vxa.core.alignment import pad_tables
from vxa.core.errors import ConfigError
from vxa.engine.host import Host


class Studio:
    """Runs editing jobs; thread-safe, in turn with the session's own jobs.

    Args:
        session: Gives models and turns.
        keeps_everything: Record the attention of every edit, so that maps of any word can be shown afterwards.
        num_kept: Inversions kept, the least recently used going first.
    """

    def __init__(self, session: Session, *, keeps_everything: bool = False, num_kept: int = 4) -> None:
        self._session = session
        self._keeps_everything = keeps_everything
        self._num_kept = num_kept
        self._inversions: OrderedDict[Hashable, Inversion] = OrderedDict()
        self._keeping = threading.Lock()

    def invert(self, job: InvertJob, picture: Picture, progress: Progress = no_progress) -> InvertResult:
        """Invert a picture, shape (height, width, 3), uint8, and draw it again; edits of it then need not."""

        def run(host: Host, _: None) -> InvertResult:
            began = time.perf_counter()
            inversion = self._invert(job, picture, host, progress)
            return InvertResult(
                job=job, inversion=inversion, model=host.info, device=device_of(host),
                seconds=time.perf_counter() - began,
            )  # fmt: skip

        return self._session.take_turn(job.model, lambda _: None, run)

    def edit(
        self, job: EditJob, picture: Picture | None = None, progress: Progress = no_progress, *,
        inversion: Inversion | None = None,
    ) -> EditResult:  # fmt: skip
        """Draw a picture and its edits, or edit a given one.

        Args:
            job: What to do.
            picture: The given picture, shape (height, width, 3), uint8; None draws the source.
            progress: Told after every step.
            inversion: Of a picture, made before as the job says; stands for the picture.

        Raises:
            VxaError: If a word, a window, the picture or the inversion does not fit, before the model runs.
        """
        if inversion is not None:
            picture = _picture_of(inversion, job, picture)

        def run(host: Host, plan: EditPlan) -> EditResult:
            began = time.perf_counter()
            used = inversion
            if used is None and picture is not None and job.invert_job is not None:
                used = self._invert(job.invert_job, picture, host, progress)
            drawn = run_edit(plan, host, picture, used, progress)
            return EditResult(
                job=job, plan=plan, drawn=drawn, picture=picture, inversion=used, sites=host.sites,
                tables=pad_tables(*(host.tokenize(prompt)[0] for prompt in plan.prompts)),
                model=host.info, device=device_of(host), seconds=time.perf_counter() - began,
            )  # fmt: skip

        return self._session.take_turn(
            job.model, lambda host: plan_edit(job, host, picture, watches=self._keeps_everything), run
        )

    def paint(
        self, job: PaintJob, masks: Mapping[str, Mask], picture: Picture | None = None,
        progress: Progress = no_progress,
    ) -> PaintResult:  # fmt: skip
        """Draw a picture whose words look where they were painted.

        Args:
            job: What to do.
            masks: For each painted word, shape (height, width) of the picture, uint8; see `read_mask`.
            picture: A picture to begin with, shape (height, width, 3), uint8; None begins with noise.
            progress: Told after every step.

        Raises:
            VxaError: If a word, a mask or the picture does not fit, before the model runs.
        """

        def run(host: Host, plan: PaintPlan) -> PaintResult:
            began = time.perf_counter()
            drawn, plain = run_paint(plan, host, picture, progress)
            return PaintResult(
                job=job, plan=plan, drawn=drawn, plain=plain, picture=picture, sites=host.sites,
                model=host.info, device=device_of(host), seconds=time.perf_counter() - began,
            )  # fmt: skip

        return self._session.take_turn(job.model, lambda host: plan_paint(job, host, masks, picture), run)

    def excite(self, job: ExciteJob, progress: Progress = no_progress) -> ExciteResult:
        """Draw a picture in which words are seen that would be left out.

        Args:
            job: What to do.
            progress: Told after every step and every look.

        Raises:
            VxaError: If a word, a concept or a setting does not fit, before the model runs.
        """

        def run(host: Host, plan: ExcitePlan) -> ExciteResult:
            began = time.perf_counter()
            drawn, plain = run_excite(plan, host, progress)
            return ExciteResult(
                job=job, plan=plan, drawn=drawn, plain=plain, sites=host.sites,
                model=host.info, device=device_of(host), seconds=time.perf_counter() - began,
            )  # fmt: skip

        return self._session.take_turn(job.model, lambda host: plan_excite(job, host), run)

    def adjust(self, job: AdjustJob, progress: Progress = no_progress) -> AdjustResult:
        """Draw a picture whose words are read as meant, beside the same without.

        Raises:
            VxaError: If a word, a concept or the vectors do not fit, before the model runs.
        """

        def run(host: Host, plan: AdjustPlan) -> AdjustResult:
            began = time.perf_counter()
            adjusted, plain = run_adjust(plan, host, progress)
            return AdjustResult(
                job=job, plan=plan, adjusted=adjusted, plain=plain, model=host.info, device=device_of(host),
                seconds=time.perf_counter() - began,
            )  # fmt: skip

        return self._session.take_turn(job.model, lambda host: plan_adjust(job, host), run)

    def weaken(self, job: WeakenJob, progress: Progress = no_progress) -> WeakenResult:
        """Draw pictures with more and more heads of a concept weakened, and score them.

        Raises:
            VxaError: If a word, a concept, the vectors or what shall score do not fit, before the model runs.
        """

        def run(host: Host, plan: WeakenPlan) -> WeakenResult:
            began = time.perf_counter()
            drawn = run_weaken(plan, host, progress)
            return WeakenResult(
                job=job, plan=plan, drawn=drawn, model=host.info, device=device_of(host),
                seconds=time.perf_counter() - began,
            )  # fmt: skip

        return self._session.take_turn(job.model, lambda host: plan_weaken(job, host), run)

    def _invert(self, job: InvertJob, picture: Picture, host: Host, progress: Progress) -> Inversion:
        key = (host.state_key, picture_hash(picture), job)
        with self._keeping:
            if key in self._inversions:
                self._inversions.move_to_end(key)
                return self._inversions[key]
        inversion = invert_picture(job, picture, host, progress)
        with self._keeping:
            self._inversions[key] = inversion
            while len(self._inversions) > self._num_kept:
                self._inversions.popitem(last=False)
        return inversion


def _picture_of(inversion: Inversion, job: EditJob, picture: Picture | None) -> Picture:
    if inversion.job != job.invert_job:
        wanted = None if job.invert_job is None else job.invert_job.to_json()
        made = inversion.job.to_json()
        differing = [name for name in made if wanted is None or wanted[name] != made[name]]
        raise ConfigError(
            "an edit with the settings of the inversion", got=f"others: {', '.join(differing)}",
            remedy="Take these settings over, or invert the picture again.",
        )  # fmt: skip
    if picture is not None and picture_hash(picture) != picture_hash(inversion.picture):
        raise ConfigError("the picture that was inverted", got="another one", remedy="Leave the picture out.")
    return inversion.picture
