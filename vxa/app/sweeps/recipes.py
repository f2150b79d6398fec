"""Ready-made sweeps, each after a published figure, with words that the embedded model knows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.masks import Mask
from vxa.app.editing.paint_job import PaintJob
from vxa.app.sweeps.sweep import Axis, Sweep
from vxa.core.grid import Grid
from vxa.methods.injection import INJECTIONS

_PROMPT = "a red circle left of a blue square"
_EDITED = {"prompt": _PROMPT, "edit": "a green circle left of a blue square", "steps": "30"}
_PAINTED = {"prompt": _PROMPT, "words": "circle, square", "steps": "30", "method": "inject5"}
_SCALES = ("1", "1.5", "2", "2.3", "2.7", "3", "3.2", "3.5")
_LEFT, _RIGHT = (0.5, 0.27), (0.5, 0.73)
_PLACES = {"circle": (_LEFT,), "square": (_RIGHT,)}
_BLOBS = {"prompt": "a red circle", "words": "circle", "steps": "30"}
_SEEDS = Axis("seed", ("0", "1", "2", "3", "4", "5"))
_RADIUS = 0.2


@dataclass(frozen=True)
class Recipe:
    """A sweep by name."""

    summary: str
    """What it shows, in a line."""
    sweep: Sweep
    """The sweep; its settings may be changed."""
    places: dict[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    """Painted words and the centres of their discs (y, x), as shares of the picture."""

    def masks(self, size: Grid) -> dict[str, Mask]:
        """Paint the discs of each word."""
        return {
            word: np.maximum.reduce([_disc(size, *place) for place in places]) for word, places in self.places.items()
        }


RECIPES: dict[str, Recipe] = {
    "function-scale": Recipe(
        "the eight injections, by scale; those before the softmax need about ten times as much",
        Sweep(PaintJob, _PAINTED, (
            Axis("method", tuple(INJECTIONS)), Axis("scale", ("0", "1", "2", "3", "4", "10", "20", "30", "40")),
        )),
        _PLACES,
    ),
    "word-scale": Recipe(
        "one painted word, the other, and both, by scale",
        Sweep(PaintJob, _PAINTED, (
            Axis("scale", _SCALES),
            Axis("strengths", ("circle=1, square=1", "circle=1, square=0", "circle=0, square=1")),
        )),
        _PLACES,
    ),
    "scale-window": Recipe(
        "scale by how long is injected",
        Sweep(PaintJob, _PAINTED, (
            Axis("end", ("0.05", "0.1", "0.15", "0.2", "0.25", "0.4", "0.7")), Axis("scale", _SCALES),
        )),
        _PLACES,
    ),
    "no-control": Recipe(
        "the same seeds without and with painting",
        Sweep(PaintJob, _PAINTED, (Axis("scale", ("0", "3")), _SEEDS)),
        _PLACES,
    ),
    "one-blob": Recipe(
        "one thing painted, without and with painting", Sweep(PaintJob, _BLOBS, (_SEEDS, Axis("scale", ("0", "0.4")))),
        {"circle": (_LEFT,)},
    ),
    "two-blobs": Recipe(
        "the same prompt and seeds with two blobs: as many things as blobs",
        Sweep(PaintJob, _BLOBS, (_SEEDS, Axis("scale", ("0", "0.4")))),
        {"circle": (_LEFT, _RIGHT)},
    ),
    "replace-windows": Recipe(
        "a replaced word, by the part of the run that keeps the source's cross- and self-attention, 0 to 100 %",
        Sweep(EditJob, _EDITED, (
            Axis("cross_end", ("0", "0.2", "0.4", "0.6", "0.8", "1")), Axis("self_end", ("0", "0.2", "0.4", "0.8")),
        )),
    ),
    "self-layers": Recipe(
        "a replaced word, by the share of layers that keep the source's self-attention",
        Sweep(EditJob, {**_EDITED, "self_end": "0.8"}, (Axis("self_area", ("0", "0.015625", "0.0625", "0.25", "1")),)),
    ),
    "cross-layers": Recipe(
        "a replaced word, by the share of layers that keep the source's cross-attention",
        Sweep(EditJob, {**_EDITED, "self_end": "0"}, (
            Axis("cross_layers", ("0", "0.25", "0.5", "0.75", "1")), Axis("seed", ("0", "1", "2")),
        )),
    ),
    "reweight": Recipe(
        "a word's weight",
        Sweep(EditJob, {"prompt": _PROMPT, "steps": "30"}, (
            Axis("weights", tuple(f"red={weight}" for weight in (-2, 0, 0.5, 1, 2, 5))), Axis("seed", ("0", "1", "2")),
        )),
    ),
}  # fmt: skip
"""By name."""


def _disc(size: Grid, centre_y: float, centre_x: float) -> Mask:
    y, x = np.mgrid[: size.height, : size.width] + 0.5
    side = min(size.height, size.width)
    distance_yx = np.hypot(y - centre_y * size.height, x - centre_x * size.width) / side
    return np.where(distance_yx < _RADIUS, 255, 0).astype(np.uint8)
