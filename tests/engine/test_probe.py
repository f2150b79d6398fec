"""Single calls, stopped early; noise."""

from __future__ import annotations

import pytest
import torch

from vxa.core.errors import ConfigError
from vxa.engine.observe import Observation
from vxa.engine.probe import add_noise, make_noise, probe
from vxa.engine.seam import Seam, count_hooks
from vxa.hosts.memory import RandomHost


@pytest.mark.parametrize("last", range(7))
def test_nothing_runs_after_the_last_layer_wanted(host: RandomHost, make_call, last: int) -> None:
    sites = tuple(host.sites.cross)
    call = make_call(host, roles="uc")
    whole = probe(host, *call, Observation(sites)).maps()
    ran: list[str] = []
    with Seam() as seam:
        for name, module in host.unet.named_modules():
            seam.before(module, lambda module, inputs, name=name: ran.append(name))
        recorder = probe(host, *call, Observation(sites[: last + 1], stops_early=True))
    assert ran[-1] == f"{sites[last].diffusers_name}.to_k"
    assert not {f"{site.diffusers_name}.to_q" for site in sites[last + 1 :]} & set(ran) and "conv_out" not in ran
    maps = recorder.maps()
    assert all(torch.equal(maps.sums[address], whole.sums[address]) for address in maps.sums)
    assert count_hooks(host.unet) == 0 and not host.conductor.is_playing


def test_without_stopping_the_whole_unet_runs(host: RandomHost, make_call) -> None:
    ran: list[int] = []
    with Seam() as seam:
        seam.before(host.unet.conv_out, lambda module, inputs: ran.append(1))
        probe(host, *make_call(host), Observation(tuple(host.sites.cross)[:1]))
    assert ran == [1]


def test_a_step_that_is_not_wanted_runs_through(host: RandomHost, make_call) -> None:
    observation = Observation(tuple(host.sites.cross)[:1], steps=frozenset({5}), stops_early=True)
    ran: list[int] = []
    with Seam() as seam:
        seam.before(host.unet.conv_out, lambda module, inputs: ran.append(1))
        recorder = probe(host, *make_call(host), observation)
    assert ran == [1] and not recorder.calls


@pytest.mark.parametrize("timestep", [0, 1, 500, 999])
def test_noise_is_added_by_the_formula(host: RandomHost, timestep: int) -> None:
    clean, noise = torch.randn(2, 4, 3, 5), torch.randn(2, 4, 3, 5)
    alpha = float(host.alphas_cumprod[timestep])
    expected = alpha**0.5 * clean.double() + (1 - alpha) ** 0.5 * noise.double()
    torch.testing.assert_close(add_noise(host, clean, noise, timestep).double(), expected, atol=1e-6, rtol=0)


def test_clean_latents_stay_nearly_clean_at_step_0_and_are_lost_at_the_last(host: RandomHost) -> None:
    clean, noise = torch.ones(1, 4, 2, 2), torch.zeros(1, 4, 2, 2)
    assert float(add_noise(host, clean, noise, 0).mean()) > 0.999
    assert float(add_noise(host, clean, noise, 999).mean()) < 0.1


@pytest.mark.parametrize("timestep", [-1, 1000])
def test_timesteps_outside_the_schedule_are_refused(host: RandomHost, timestep: int) -> None:
    with pytest.raises(ConfigError, match=rf"a timestep from 0 to 999; got {timestep}"):
        add_noise(host, torch.zeros(1), torch.zeros(1), timestep)


def test_noise_depends_on_the_seed_alone() -> None:
    first = make_noise((4, 8, 8), 3)
    torch.manual_seed(0)
    assert torch.equal(make_noise((4, 8, 8), 3), first)
    assert not torch.equal(make_noise((4, 8, 8), 4), first)
    assert abs(float(make_noise((100000,), 1).std()) - 1) < 0.02
