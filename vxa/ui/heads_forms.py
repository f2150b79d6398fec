"""The settings of everything that can be run from the Heads tab: what several jobs have in common is one widget."""

from __future__ import annotations

from typing import Any, TypeVar

from vxa.app.editing.excite_job import ExciteJob
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.job import DrawJob, Job
from vxa.app.jobs import GenerateJob
from vxa.app.settings import iter_fields
from vxa.methods.head_lens import HeadLens
from vxa.ui.form import JobForm
from vxa.ui.place import Place

J = TypeVar("J", bound=Job)
TAB = "vxa_heads_tab"
"""Element id of the tab."""
SHARED = (*(field.name for field in iter_fields(DrawJob) if field.name != "model"), "vectors")
"""Settings that all jobs of the tab have, prompt first."""


class HeadsForms:
    """Forms of the jobs. Widgets of the shared settings are made by `draw`; the others take them over by `share`.

    Args:
        place: Where the tab is shown.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self.draw = self._form(GenerateJob, TAB)
        """What the picture is drawn from; a job of it looks for no words."""
        self.see = self._form(GenerateJob, f"{TAB}_see", preset=HeadLens.name)
        self.weaken = self._form(WeakenJob, f"{TAB}_weaken")
        self.adjust = self._form(AdjustJob, f"{TAB}_adjust")
        self.excite = self._form(ExciteJob, f"{TAB}_excite")

    def share(self) -> None:
        """Let every form have the widgets of the shared settings, but for those that it has by now."""
        for form in (self.see, self.weaken, self.adjust, self.excite):
            for name in SHARED:
                if name not in form.components:
                    form.put(name, self.draw.components[name])

    def _form(self, job: type[J], prefix: str, **fixed: Any) -> JobForm[J]:
        defaults = {name: value for name, value in self._place.defaults.items() if name not in fixed}
        fixed = {"model": self._place.model, **fixed}
        return JobForm(job, fixed=fixed, defaults=defaults, prefix=prefix, admit=self._place.admit)
