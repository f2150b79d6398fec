"""Pictures are bit-identical with and without the observer, however attention is computed and in any float type."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers.models.attention_processor import AttnProcessor, AttnProcessor2_0, SlicedAttnProcessor

from vxa.core.grid import Grid
from vxa.engine.observe import Observation, observing
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.seam import count_hooks
from vxa.hosts.memory import RandomHost

# diffusers' schedulers still hand torch tensors to numpy in a way that numpy 2 announces to drop
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PLAN = SamplingPlan(("a red car", "hat"), Grid(72, 48), (1, 2), num_steps=2, scheduler="euler_a")
PROCESSORS = {"fused": AttnProcessor2_0, "explicit": AttnProcessor, "sliced": lambda: SlicedAttnProcessor(3)}


def draw(host: RandomHost, *observations: Observation) -> torch.Tensor:
    if observations:
        with observing(host.conductor, observations[0]):
            return draw(host, *observations[1:])
    with host.running():
        return sample(host, PLAN)


DTYPES = (torch.float32, torch.bfloat16, torch.float16)
CASES = [("sd", processor, dtype) for processor in PROCESSORS for dtype in DTYPES]


@pytest.mark.parametrize(("layout", "processor", "dtype"), [*CASES, ("sdxl", "fused", torch.float32)])
def test_observing_changes_no_bit(layout: Any, processor: str, dtype: torch.dtype) -> None:
    host = RandomHost(dtype=dtype, layout=layout)
    host.unet.set_attn_processor(PROCESSORS[processor]())
    sites = tuple(host.sites.cross)
    plain = draw(host)
    assert plain.isfinite().all() and float(plain.float().std()) > 0.1
    for options in ({}, {"keep_heads": True}, {"tokens": (2, 3), "role": "uncond", "steps": frozenset({1})}):
        assert torch.equal(draw(host, Observation(sites, **options)), plain)
    assert torch.equal(draw(host, Observation(sites), Observation(sites[2:4], tokens=(1,))), plain)
    assert torch.equal(draw(host), plain) and count_hooks(host.unet) == 0


def test_observing_under_autocast_changes_no_bit(shared_host: RandomHost) -> None:
    sites = tuple(shared_host.sites.cross)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        plain = draw(shared_host)
        assert torch.equal(draw(shared_host, Observation(sites)), plain)
    assert not torch.equal(draw(shared_host), plain), "autocast was on"


def test_observing_draws_no_random_number(shared_host: RandomHost) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    draw(shared_host, Observation(tuple(shared_host.sites.cross)))
    assert torch.equal(torch.get_rng_state(), before)


def test_gradients_flow_past_the_observer(shared_host: RandomHost) -> None:
    host = shared_host
    context = host.encode_prompts(["a red car"], Grid(64, 64)).context_btc

    def gradient(*observations: Observation) -> torch.Tensor:
        latents = torch.ones(1, 4, 8, 8, requires_grad=True)
        with observing(host.conductor, observations[0] if observations else Observation(tuple(host.sites.cross))):
            host.unet(latents, 5.0, encoder_hidden_states=context)[0].sum().backward()
        assert latents.grad is not None
        return latents.grad

    latents = torch.ones(1, 4, 8, 8, requires_grad=True)
    host.unet(latents, 5.0, encoder_hidden_states=context)[0].sum().backward()
    assert torch.equal(gradient(), latents.grad)


def test_inference_mode_is_fine(shared_host: RandomHost) -> None:
    host = shared_host
    with torch.inference_mode(), observing(host.conductor, Observation(tuple(host.sites.cross))) as recorder:
        sample(host, PLAN)
    assert recorder.maps(1).num_calls == 2
