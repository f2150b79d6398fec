from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vxa.tiny.map_quality import KINDS
from vxa.tiny.model import ModelParts
from vxa.tiny.probing import SAYINGS, host_of, probe_figures

pytest.importorskip("diffusers")


def test_figures_are_shares_by_name(finished_run: Path) -> None:
    figures = probe_figures(host_of(ModelParts.load(finished_run / "model")), 2)
    expected = [f"{kind}_{figure}" for kind in KINDS for figure in ("iou", "point")]
    assert list(figures) == [*expected, *(f"{saying}_told" for saying in SAYINGS)]
    assert all(0 <= value <= 1 for value in figures.values())
    assert figures["noun_iou"] > 0


def test_a_host_does_not_follow_the_training(finished_run: Path) -> None:
    parts = ModelParts.load(finished_run / "model")
    learning = (parts.unet.train(), parts.text_encoder.train())
    host = host_of(parts)
    before = probe_figures(host, 1)
    for module in learning:
        with torch.no_grad():
            for parameter in module.parameters():
                parameter += 1
        assert probe_figures(host, 1) == before
        assert module.training
