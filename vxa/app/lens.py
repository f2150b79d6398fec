"""The preset that a job names, with what only the job knows: the heads that a head lens looks through."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from vxa.app.heads.find import find_vectors
from vxa.app.jobs import MapJob
from vxa.core.errors import ConfigError
from vxa.core.head_layers import HeadLayers
from vxa.engine.sites import SiteTable
from vxa.methods.head_lens import HeadLens
from vxa.methods.preset import Preset
from vxa.methods.registry import make_preset

_NUMBERS = re.compile(r"\d+(\s*[-–]\s*\d+)?(\s*,\s*\d+(\s*[-–]\s*\d+)?)*")


def preset_of(job: MapJob, sites: SiteTable) -> Preset:
    """Make the preset of a job.

    Args:
        job: Its `preset`, `lens` and `vectors` decide.
        sites: All sites of the model.

    Raises:
        ConfigError: If there is no such concept or head, or the vectors are those of another model.
    """
    if job.preset != HeadLens.name:
        return make_preset(job.preset)
    layers = sites.head_layers
    if _NUMBERS.fullmatch(job.lens.strip()):
        return HeadLens.of_weights(layers, _picked(job.lens, layers))
    return HeadLens.of_weights(layers, find_vectors(job.vectors, layers).of(job.lens))


def _picked(text: str, layers: HeadLayers) -> NDArray[np.float64]:
    """Weigh the heads typed as numbers and ranges by 1, all others by 0."""
    weights_h = np.zeros(layers.total)
    for part in text.split(","):
        first, last = (int(number) for number in (re.split(r"[-–]", part) * 2)[:2])
        if not first <= last < layers.total:
            raise ConfigError(
                f"heads from 0 to {layers.total - 1}, ranges ascending", got=repr(part.strip()),
                remedy="`vxa heads show` lists the heads by number.",
            )  # fmt: skip
        weights_h[first : last + 1] = 1
    return weights_h
