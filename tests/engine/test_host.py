"""The rules that the Host port keeps for every host."""

from __future__ import annotations

import pytest
import torch

from vxa.core.errors import ShapeError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Conditioning, join
from vxa.hosts.memory import RandomHost


def make_conditioning(rows: int, columns: int = 77) -> Conditioning:
    context_btc = torch.arange(rows * columns * 2.0).reshape(rows, columns, 2)
    return Conditioning(context_btc, {"pooled": torch.arange(float(rows))[:, None]})


def test_rows_are_picked_and_repeated_everywhere() -> None:
    conditioning = make_conditioning(3)
    picked = conditioning.rows([2, 0, 2])
    assert torch.equal(picked.context_btc, conditioning.context_btc[[2, 0, 2]])
    assert picked.added["pooled"].flatten().tolist() == [2, 0, 2]


def test_joining_concatenates_everything() -> None:
    one, two = make_conditioning(1), make_conditioning(2)
    joined = join(one, two)
    assert torch.equal(joined.context_btc, torch.cat([one.context_btc, two.context_btc]))
    assert joined.added["pooled"].flatten().tolist() == [0, 0, 1]


def test_prompts_of_different_lengths_do_not_join() -> None:
    with pytest.raises(ShapeError, match=r"same number of 77-token chunks; got \[77, 154\]"):
        join(make_conditioning(1), make_conditioning(1, columns=154))


def test_sites_are_found_once(host: RandomHost) -> None:
    assert host.sites is host.sites and len(host.sites.cross) == 7


def test_a_call_is_announced_while_it_runs(host: RandomHost, make_call) -> None:
    latents, conditioning, cue = make_call(host, roles="uc")
    heard = []
    handle = host.unet.conv_in.register_forward_hook(lambda *_: heard.append(host.conductor.cue))
    try:
        prediction = host.predict(latents, conditioning, cue)
    finally:
        handle.remove()
    assert heard == [cue] and not host.conductor.is_playing
    assert prediction.shape == latents.shape


@pytest.mark.parametrize("change", ["latents", "context", "size", "swapped"])
def test_rows_and_sizes_must_agree(host: RandomHost, make_call, change: str) -> None:
    latents, conditioning, cue = make_call(host, roles="uc")
    rows, grid = cue.rows, cue.latent
    if change == "latents":
        latents = latents[:1]
    elif change == "context":
        conditioning = conditioning.rows([0])
    elif change == "size":
        grid = Grid(8, 8)
    else:
        grid = Grid(grid.width, grid.height)
    with pytest.raises(ShapeError, match=r"Expected 2 rows of latents and prompts at "):
        host.predict(latents, conditioning, Cue(Clock(0, 1, 5.0), rows, grid))
    assert not host.conductor.is_playing


def test_running_stops_gradients_and_nests(host: RandomHost) -> None:
    with host.running(), host.running():
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_the_schedule_falls_from_nearly_all_to_nearly_nothing(host: RandomHost) -> None:
    alphas = host.alphas_cumprod
    assert alphas.dtype == torch.float64 and alphas.shape == (1000,)
    assert (alphas.diff() < 0).all() and alphas[0] > 0.999 and 0 < alphas[-1] < 0.01


def test_a_row_is_a_role_and_a_picture() -> None:
    assert Row("cond") == Row("cond", 0) != Row("uncond", 0)
