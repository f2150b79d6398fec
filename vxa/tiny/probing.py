"""The figures of a model in training on dev scenes: how well words find their places, and which are listened to.

Quick, and none of it is trained for. Knows hosts and scenes; nothing of training.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np

from vxa.engine.host import Host
from vxa.hosts.diffusers_host import DiffusersHost
from vxa.tiny.listening import find_pairs, tell_apart
from vxa.tiny.map_quality import KINDS, score_scenes
from vxa.tiny.model import ModelParts
from vxa.tiny.scenes import draw_scene

SPLIT = "dev"
TIMESTEP = 300
"""Noise on the pictures whose words are mapped."""
SAYINGS = ("binding", "relation")
"""What models learn last; see `listening`."""


def host_of(parts: ModelParts) -> Host:
    """Return a model in training as it draws: a copy, which training does not see."""
    still = replace(parts, unet=deepcopy(parts.unet).eval(), text_encoder=deepcopy(parts.text_encoder).eval())
    return DiffusersHost(still.as_diffusers(), name="in training", model_hash="")


def probe_figures(host: Host, num_scenes: int) -> dict[str, float]:
    """Return figures by name, as the curves have them.

    `noun_iou` and the like are intersections over union at the best threshold, `point` the share of peaks in the mask,
    `told` the share of true captions told from false ones, of which one half is chance.
    """
    side = host.info.sample.height
    scores = score_scenes(host, [draw_scene(seed, SPLIT, side) for seed in range(num_scenes)], TIMESTEP)
    figures: dict[str, float] = {}
    for kind in KINDS:
        own = [score for score in scores if score.kind == kind]
        figures[f"{kind}_iou"] = float(np.mean([score.overlaps for score in own], axis=0).max())
        figures[f"{kind}_point"] = float(np.mean([score.is_pointing for score in own]))
    for saying in SAYINGS:
        figures[f"{saying}_told"] = float(tell_apart(host, find_pairs(SPLIT, saying, num_scenes)).mean())
    return figures
