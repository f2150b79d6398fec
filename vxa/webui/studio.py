"""The studio of the webui: editing jobs run on whatever checkpoint is loaded."""

from __future__ import annotations

from collections.abc import Mapping

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.excite_result import ExciteResult
from vxa.app.editing.inversion import Inversion
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.invert_result import InvertResult
from vxa.app.editing.masks import Mask
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.paint_result import PaintResult
from vxa.app.editing.studio import Studio
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.adjust_result import AdjustResult
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.heads.weaken_result import WeakenResult
from vxa.app.pixels import Picture
from vxa.app.progress import Progress, no_progress
from vxa.app.session import Session
from vxa.webui.progress import told_to_webui
from vxa.webui.settings import check_picture


class WebuiStudio(Studio):
    """Shared by the tabs and the HTTP API; within the bounds that the webui's settings set.

    Args:
        session: Of the webui.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session, keeps_everything=True)

    def invert(self, job: InvertJob, picture: Picture, progress: Progress = no_progress) -> InvertResult:
        """Invert a picture; see `Studio.invert`.

        Raises:
            PictureError: If it is larger than the settings allow.
        """
        check_picture(picture)
        return super().invert(job, picture, told_to_webui(progress))

    def edit(
        self, job: EditJob, picture: Picture | None = None, progress: Progress = no_progress, *,
        inversion: Inversion | None = None,
    ) -> EditResult:  # fmt: skip
        """Draw a picture and its edits, or edit a given one; see `Studio.edit`.

        Raises:
            PictureError: If it is larger than the settings allow.
        """
        check_picture(picture)
        return super().edit(job, picture, told_to_webui(progress), inversion=inversion)

    def paint(
        self, job: PaintJob, masks: Mapping[str, Mask], picture: Picture | None = None,
        progress: Progress = no_progress,
    ) -> PaintResult:  # fmt: skip
        """Draw a picture whose words look where they were painted; see `Studio.paint`.

        Raises:
            PictureError: If it is larger than the settings allow.
        """
        check_picture(picture)
        return super().paint(job, masks, picture, told_to_webui(progress))

    def excite(self, job: ExciteJob, progress: Progress = no_progress) -> ExciteResult:
        """Draw a picture in which words are seen that would be left out; see `Studio.excite`."""
        return super().excite(job, told_to_webui(progress))

    def adjust(self, job: AdjustJob, progress: Progress = no_progress) -> AdjustResult:
        """Draw a picture whose words are read as meant; see `Studio.adjust`."""
        return super().adjust(job, told_to_webui(progress))

    def weaken(self, job: WeakenJob, progress: Progress = no_progress) -> WeakenResult:
        """Draw pictures with more and more heads of a concept weakened; see `Studio.weaken`."""
        return super().weaken(job, told_to_webui(progress))
