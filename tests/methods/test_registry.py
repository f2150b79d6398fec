"""Presets by name."""

from __future__ import annotations

import pytest
import torch

from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.tokens import parse_selection
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.observe import Observation
from vxa.engine.probe import probe
from vxa.hosts.memory import RandomHost
from vxa.methods.preset import Preset
from vxa.methods.registry import PRESETS, make_preset


def test_the_presets_there_are() -> None:
    assert set(PRESETS) == {"daam", "vxa", "p2p-16", "attend-excite"}
    for name, kind in PRESETS.items():
        assert isinstance(make_preset(name), kind) and kind.name == name
        assert issubclass(kind, Preset) and kind.summary and kind.scaling in ("nearest", "bilinear", "bicubic")


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"the name of a preset; got 'daan'. Did you mean daam"):
        make_preset("daan")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("layout", ["sd", "sdxl"])
def test_every_preset_reads_a_model(name: str, layout) -> None:
    host = RandomHost(layout=layout)
    latent = Grid(12, 20)
    preset = make_preset(name)
    prompt = "a red car and a blue hat"
    words = parse_selection(host.tokenize(prompt)[0], "red car, hat").words
    chosen = preset.choose(host.sites, latent)
    cue = Cue(Clock(0, 1, 100.0), (Row("cond"),), latent)
    call = (torch.randn(1, 4, 12, 20), host.encode_prompts([prompt], latent.times(8)), cue)
    maps = probe(host, *call, Observation(chosen, stops_early=True)).maps()
    found = preset.reduce(maps, words)
    finest = latent.level(min(site.level for site in chosen))
    assert found.shape == (2, finest.height, finest.width) and found.dtype == torch.float32
    assert found.min() >= 0 and found.isfinite().all() and float(found.std()) > 0
