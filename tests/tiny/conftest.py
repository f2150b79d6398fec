"""Small recipes and a finished small run that several modules look at."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL

from vxa.tiny.loop import LoopConfig
from vxa.tiny.model import ModelConfig, build_vae
from vxa.tiny.near_identity import start_as_thumbnail
from vxa.tiny.train import TrainConfig, run
from vxa.tiny.train_text import TextConfig
from vxa.tiny.train_unet import UnetConfig
from vxa.tiny.train_vae import VaeConfig, start_pixels

MakeConfig = Callable[..., TrainConfig]


def small_config(out: Path, *, unet_steps: int = 2, **changes: object) -> TrainConfig:
    """A run of seconds: the real parts, narrow and short."""

    def loop(num_steps: int, batch_size: int) -> LoopConfig:
        return LoopConfig(num_steps, batch_size, 1e-3, warmup_steps=2, ema_decay=0.9, log_steps=1)

    config = TrainConfig(
        out=out,
        num_scenes=32,
        threads=1,
        model=ModelConfig(unet_widths=(32, 32, 32), text_layers=1),
        vae=VaeConfig(loop=loop(1, 2)),
        text=TextConfig(loop=loop(2, 4)),
        unet=UnetConfig(loop=replace(loop(unet_steps, 4), probe_steps=0)),
    )
    return replace(config, **changes)


@pytest.fixture(scope="session")
def make_config() -> MakeConfig:
    """Makes configurations of small runs: `make_config(out, unet_steps=2, **fields of TrainConfig)`."""
    return small_config


@pytest.fixture(scope="session")
def thumbnail_vae() -> AutoencoderKL:
    """The autoencoder as training starts with it; shared, so nobody may change it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        vae = build_vae(ModelConfig()).eval()
    start_as_thumbnail(vae, start_pixels())
    return vae


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small run that went through every stage."""
    threads = torch.get_num_threads()
    folder = tmp_path_factory.mktemp("tiny-run")
    run(small_config(folder))
    torch.set_num_threads(threads)
    return folder


@pytest.fixture
def evaluation(tmp_path: Path) -> Path:
    """What `vxa tiny evaluate` writes, with one figure."""
    content = {
        "config": {"num_scenes": 4, "num_steps": 2, "guidance": 4.0, "timestep": 300, "split": "test"},
        "figures": {"one object: shape": {"mean": 0.75, "low": 0.5, "high": 1.0, "count": 4}},
        "thresholds": {"noun": 0.4, "color": 0.5},
        "num_parameters_millions": 9.2,
        "picture_side": 256,
        "map_sides": [32, 16],
    }
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
