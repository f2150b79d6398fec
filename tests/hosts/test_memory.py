from __future__ import annotations

import time

import pytest
import torch

from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.tokens import parse_selection
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.observe import Observation
from vxa.engine.probe import make_noise, probe
from vxa.hosts.memory import Layout, RandomHost

SIZE = Grid(64, 96)


def _predict(host: RandomHost) -> torch.Tensor:
    latent = SIZE.divided(8)
    cue = Cue(Clock(0, 1, 500.0), (Row("cond"),), latent)
    dtype = next(host.unet.parameters()).dtype
    latents = make_noise((1, 4, latent.height, latent.width), 0).to(dtype)
    with host.running():
        return host.predict(latents, host.encode_prompts(["a red car"], SIZE), cue)


@pytest.mark.parametrize("layout", ["sd", "sdxl"])
def test_everything_follows_from_the_seed(layout: Layout) -> None:
    state = torch.random.get_rng_state()
    first, again, other = (RandomHost(seed, layout=layout) for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), state), "the caller's random state is left alone"
    assert first.info == again.info and first.info.hash != other.info.hash
    assert torch.equal(_predict(first), _predict(again))
    assert not torch.equal(_predict(first), _predict(other))


def test_it_is_built_in_a_moment() -> None:
    RandomHost()  # imports
    start = time.process_time()
    RandomHost()
    assert time.process_time() - start < 1


@pytest.mark.parametrize("layout", ["sd", "sdxl"])
def test_float64_agrees_with_float32(layout: Layout) -> None:
    exact = _predict(RandomHost(layout=layout, dtype=torch.float64))
    assert exact.dtype == torch.float64
    torch.testing.assert_close(_predict(RandomHost(layout=layout)).double(), exact, rtol=1e-4, atol=1e-4)


def test_layouts_have_attention_where_they_should() -> None:
    plain = RandomHost(widths=(16, 32, 64), heads=2).sites.cross
    assert [(site.address, site.level, site.heads) for site in plain][:3] == [
        ("down.0.0.cross", 0, 2),
        ("down.1.0.cross", 1, 2),
        ("down.2.0.cross", 2, 2),
    ]
    assert len(plain) == 3 + 1 + 6
    sdxl = RandomHost(widths=(16, 32, 64), layout="sdxl").sites.cross
    assert {site.level for site in sdxl} == {1, 2} and {site.depth for site in sdxl} == {0, 1}


def test_attention_tells_words_apart() -> None:
    host = RandomHost()
    latent = SIZE.divided(8)
    cue = Cue(Clock(0, 1, 500.0), (Row("cond"),), latent)
    with host.running():
        conditioning = host.encode_prompts(["a red car"], SIZE)
        noise = make_noise((1, 4, latent.height, latent.width), 0)
        maps = probe(host, noise, conditioning, cue, Observation(tuple(host.sites.cross))).maps()
    for layer in maps.layers:
        columns = maps.mean(layer.address)[0].mean((1, 2))
        assert float(columns.max() / columns.min()) > 1.5


def test_pictures_of_plain_blocks_come_back_exactly() -> None:
    host = RandomHost(dtype=torch.float64)
    blocks = torch.rand(1, 3, 4, 6, dtype=torch.float64) * 2 - 1
    pixels = blocks.repeat_interleave(8, 2).repeat_interleave(8, 3)
    torch.testing.assert_close(host.decode(host.encode_picture(pixels)), pixels.float(), rtol=0, atol=1e-6)


def test_long_words_are_several_tokens() -> None:
    table = RandomHost().tokenize("A photograph, red")[0]
    assert [token.text for token in table.content] == ["a", "photog", "raph", ",", "red"]
    assert parse_selection(table, "photograph").indices == (2, 3)


@pytest.mark.parametrize(
    "options", [{"widths": ()}, {"widths": (12,)}, {"heads": 0}, {"heads": 3}, {"widths": (32,), "layout": "sdxl"}]
)
def test_impossible_sizes_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        RandomHost(**options)  # type: ignore[arg-type]
