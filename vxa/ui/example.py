"""The bundled example: a picture, its prompt and two words in it."""

from __future__ import annotations

from pathlib import Path

import vxa
from vxa.ui.visualize_tab import Example


def find_example() -> Example | None:
    """Find the bundled picture; None where the package was installed without it."""
    picture = Path(vxa.__file__).resolve().parents[1] / "examples" / "circle_square.png"
    if not picture.is_file():
        return None
    return Example(picture, "a red circle left of a blue square", "circle, square")
