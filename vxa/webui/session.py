"""The session of the webui: jobs run on whatever checkpoint is loaded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.progress import Progress, no_progress
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.webui import settings
from vxa.webui.host import current_host
from vxa.webui.progress import told_to_webui


class WebuiSession(Session):
    """Shared by the tab and the HTTP API; within the bounds that the webui's settings set."""

    def __init__(self) -> None:
        super().__init__(current_host, keeps_everything=True, max_bytes=settings.max_kept_bytes)

    def visualize(self, job: VisualizeJob, picture: NDArray[np.uint8], progress: Progress = no_progress) -> Result:
        """Look at a picture, unless it is larger than the settings allow.

        Raises:
            PictureError: If it is.
        """
        settings.check_picture(picture)
        return super().visualize(job, picture, told_to_webui(progress))

    def generate(self, job: GenerateJob, progress: Progress = no_progress) -> Result:
        """Draw a picture with its maps."""
        return super().generate(job, told_to_webui(progress))
