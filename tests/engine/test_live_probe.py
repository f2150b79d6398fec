from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.checkpoint import checkpoint

from vxa.core.errors import HostError, ShapeError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.live_probe import LiveProbe, only_inputs_have_gradients
from vxa.engine.observe import Observation
from vxa.engine.probe import probe
from vxa.engine.seam import Seam, count_hooks
from vxa.hosts.memory import RandomHost


@pytest.mark.parametrize("layout", ["sd", "sdxl"])
def test_it_sees_what_an_observer_sees(
    shared_host: RandomHost, shared_sdxl: RandomHost, make_call: Any, layout: str
) -> None:
    host = shared_host if layout == "sd" else shared_sdxl
    call = make_call(host)
    sites = tuple(host.sites.cross)
    with host.running():
        kept = LiveProbe(host, sites, lambda site, probs_htyx: probs_htyx)(*call)
        record = probe(host, *call, Observation(sites, keep_heads=True)).maps()
    assert len(kept) == len(sites)
    for site, probs_htyx in zip(sites, kept, strict=True):
        torch.testing.assert_close(probs_htyx, record.sums[site.address], atol=1e-6, rtol=1e-5)
        assert not probs_htyx.requires_grad
    assert count_hooks(host.unet) == 0


def test_nothing_behind_the_last_layer_runs_there_or_back(host: RandomHost, make_call: Any) -> None:
    latents, conditioning, cue = make_call(host)
    sites = tuple(host.sites.cross)[:2]
    ran: list[str] = []
    with host.running(), only_inputs_have_gradients(host.unet), Seam() as seam:
        for name, part in host.unet.named_modules():
            seam.after(part, lambda module, inputs, output, name=name: ran.append(name))
        leaf = latents.clone().requires_grad_()
        (first, second) = LiveProbe(host, sites, lambda site, probs: probs)(leaf, conditioning, cue)
        (gradient,) = torch.autograd.grad(first.square().sum() + second.square().sum(), leaf)
    assert gradient.abs().max() > 0
    blocks = {name.split(".")[0] for name in ran}
    assert "up_blocks" not in blocks and "mid_block" not in blocks and "conv_out" not in blocks
    assert f"{sites[1].diffusers_name}.to_v" not in ran, "it stopped at the key"


def test_weights_need_no_gradient_meanwhile_and_are_as_before(make_call: Any) -> None:
    host = RandomHost()
    host.unet.requires_grad_(True)
    host.unet.conv_in.requires_grad_(False)
    latents, conditioning, cue = make_call(host)
    before = [weight.requires_grad for weight in host.unet.parameters()]
    with pytest.raises(ZeroDivisionError), host.running(), only_inputs_have_gradients(host.unet):
        assert torch.is_grad_enabled() and not any(weight.requires_grad for weight in host.unet.parameters())
        leaf = latents.clone().requires_grad_()
        kept = LiveProbe(host, tuple(host.sites.cross), lambda site, probs: probs.square().sum())(
            leaf, conditioning, cue
        )
        torch.autograd.grad(sum(kept), leaf)
        raise ZeroDivisionError
    assert [weight.requires_grad for weight in host.unet.parameters()] == before
    assert all(weight.grad is None for weight in host.unet.parameters())


def test_checkpointing_is_off_meanwhile() -> None:
    host = RandomHost()
    block: Any = host.unet.mid_block
    block.checkpoint, block.use_checkpoint = True, False
    with only_inputs_have_gradients(host.unet):
        assert not block.checkpoint and not block.use_checkpoint
    assert block.checkpoint is True and block.use_checkpoint is False


def test_a_model_that_computes_without_gradients_says_so(make_call: Any) -> None:
    host = RandomHost()
    latents, conditioning, cue = make_call(host)
    transformer: Any = host.unet.down_blocks[0].attentions[0]
    block = transformer.transformer_blocks[0]
    forward = block.forward
    block.forward = lambda *inputs, **named: checkpoint(
        lambda *again: forward(*again, **named), *inputs, use_reentrant=True
    )
    look = LiveProbe(host, tuple(host.sites.cross)[:1], lambda site, probs: probs)
    with host.running(), only_inputs_have_gradients(host.unet):
        with pytest.raises(HostError, match="attention with a gradient; got a UNet that computes without"):
            look(latents.clone().requires_grad_(), conditioning, cue)
    with torch.inference_mode():
        made = RandomHost()
    with pytest.raises(HostError, match="some made in inference mode"), only_inputs_have_gradients(made.unet):
        pass


def test_it_hears_its_own_call_alone(host: RandomHost, make_call: Any) -> None:
    latents, conditioning, _ = make_call(host)
    wrong = Cue(Clock(0, 1, 0.0), (Row("cond"), Row("cond", 1)), Grid(8, 6))
    look = LiveProbe(host, tuple(host.sites.cross)[:1], lambda site, probs: probs)
    with host.running(), pytest.raises(ShapeError, match=r"one row of 48 queries"):
        look(latents.repeat(2, 1, 1, 1), conditioning.rows([0, 0]), wrong)
    assert count_hooks(host.unet) == 0
