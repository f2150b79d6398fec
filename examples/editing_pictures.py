"""Make the pictures of docs/editing.md: `python examples/editing_pictures.py`, from the repository's root."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import vxa
from vxa.app.example import find_example

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SEED, PAINTED_SEED = 5, 4
GUIDANCE = 4.0


def main() -> None:
    """Edit a drawn picture and the bundled one, and paint two words."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    host = vxa.load_host()
    drawn = {"host": host, "guidance": GUIDANCE, "seed": SEED}
    source = "a red circle on a gray background"
    edits = "a blue circle on a gray background\na red heart on a gray background"
    edited = vxa.edit(source, edits, tokens="circle, heart", **drawn)
    edited.sheet().save(PICTURES / "edited.png", optimize=True)
    edited.maps_sheet().save(PICTURES / "edited_maps.png", optimize=True)
    example = find_example()
    given = {"host": host, "guidance": GUIDANCE, "picture": example.picture}
    edited = vxa.edit(example.prompt, "a purple circle below a green square", **given)
    edited.sheet().save(PICTURES / "edited_example.png", optimize=True)
    painted = vxa.paint(
        "a red circle and a blue square", {"circle": disc(0.3, 0.7), "square": disc(0.7, 0.3)},
        method="inject5", compare=True, **{**drawn, "seed": PAINTED_SEED},
    )  # fmt: skip
    painted.sheet().save(PICTURES / "painted.png", optimize=True)


def disc(y: float, x: float, radius: float = 0.18, size: int = 128) -> np.ndarray:
    """Paint a disc; places and radius are shares of the size."""
    rows, columns = (np.mgrid[:size, :size] + 0.5) / size
    return np.hypot(rows - y, columns - x) < radius


if __name__ == "__main__":
    main()
