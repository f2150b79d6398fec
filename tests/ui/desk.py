"""What a user has before them, without the page: building one takes long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import Image

from vxa.app.jobs import VisualizeJob
from vxa.ui.actions import Actions
from vxa.ui.form import JobForm

PROMPT = "a red circle left of a blue square"
QUICK = {"prompt": PROMPT, "tokens": "circle", "timesteps": "200", "draws": 1}


@dataclass
class Desk:
    """The widgets of the tab and what happens when they are used."""

    actions: Actions
    form: JobForm[VisualizeJob]


def run(tab: Desk, picture: Any, page: str = "page", **changes: Any) -> tuple[Any, Any]:
    """Press Visualize and wait: (viewer, status)."""
    *_, last = tab.actions.run(page, picture, *tab.form.values(**{**QUICK, **changes}))
    return last


def redraw(tab: Desk, page: str = "page", **changes: Any) -> tuple[Any, Any]:
    """Change something that needs no model: (viewer, status)."""
    return tab.actions.redraw(page, *tab.form.values(**{**QUICK, **changes}))


def small_picture(mode: str = "RGB", size: tuple[int, int] = (37, 21)) -> Image.Image:
    """A picture of one colour."""
    return Image.new(mode, size)
