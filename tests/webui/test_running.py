"""What surrounds a run: queue, progress, precision, memory, prompts; and everything as before afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from tests.webui.checkpoint import add_embedding
from tests.webui.standin.replay import Webui
from vxa.core.errors import HostError, InterruptedRunError, StaleHostError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Host
from vxa.engine.probe import make_noise

SIZE = Grid(64, 64)
LATENT = Grid(8, 8)


@pytest.fixture
def host(webui: Webui, model: Any) -> Host:
    from vxa.webui.host import current_host

    return current_host()


def predict(host: Host, prompt: str = "a circle") -> torch.Tensor:
    conditioning = host.encode_prompts([prompt], SIZE)
    return host.predict(make_noise((1, 4, 8, 8), 0), conditioning, Cue(Clock(0, 1, 300.0), (Row("cond"),), LATENT))


def test_a_run_holds_the_queue_and_shows_itself_and_nests(webui: Webui, host: Host) -> None:
    lock, state = webui.call_queue.queue_lock, webui.shared.state
    with pytest.raises(RuntimeError, match="stop"), host.running():
        with host.running():
            assert not torch.is_grad_enabled() and state.job == "VXA"
        assert not lock.acquire(blocking=False) and state.job == "VXA"
        raise RuntimeError("stop")
    assert torch.is_grad_enabled() and state.job == ""
    assert lock.acquire(blocking=False)


def test_interrupt_in_the_webui_stops_the_run(webui: Webui, host: Host) -> None:
    webui.shared.state.interrupted = True  # of an earlier generation
    with pytest.raises(InterruptedRunError), host.running():
        predict(host)
        webui.shared.state.interrupt()
        predict(host)
    assert not webui.shared.state.interrupted and webui.call_queue.queue_lock.acquire(blocking=False)


def _clip_skip(webui: Webui) -> None:
    webui.shared.opts.data["CLIP_stop_at_last_layers"] = 2


def _unload(webui: Webui) -> None:
    webui.sd_models.model_data.sd_model = None


def _new_embedding(webui: Webui) -> None:
    database = webui.sd_hijack.model_hijack.embedding_db
    database.load_textual_inversion_embeddings = lambda force_reload=False: add_embedding(webui, "new", 1)


@pytest.mark.parametrize("change", [_clip_skip, _unload, _new_embedding])
def test_a_host_of_other_times_refuses_to_run(webui: Webui, host: Host, change: Callable[[Webui], None]) -> None:
    change(webui)
    with pytest.raises(StaleHostError, match="Run it again"), host.running():
        pytest.fail("ran")
    assert webui.shared.state.job == "" and webui.call_queue.queue_lock.acquire(blocking=False)


def test_another_unet_is_refused_in_time(webui: Webui, host: Host) -> None:
    webui.sd_unet.current_unet = SimpleNamespace(option=SimpleNamespace(label="[TRT] vxa"))
    with pytest.raises(HostError, match=r"\[TRT\] vxa.*Set SD Unet to None"), host.running():
        pytest.fail("ran")


def test_each_part_has_the_webuis_precision(webui: Webui, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[str] = []

    @contextmanager
    def noting(name: str) -> Iterator[None]:
        used.append(name)
        yield

    monkeypatch.setattr(webui.devices, "autocast", lambda: noting("autocast"))
    monkeypatch.setattr(webui.devices, "without_autocast", lambda: noting("without"))
    with host.running():
        host.encode_picture(torch.zeros(1, 3, 64, 64))
        assert used == ["without"]
        predict(host)
        assert used[-1] == "autocast"
        webui.devices.unet_needs_upcast = True
        predict(host)
        assert used[-1] == "without"


def test_nan_has_the_webuis_remedy_and_its_switch(
    webui: Webui, host: Host, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "apply_model", lambda latents, *_: latents * float("nan"))
    with host.running(), pytest.raises(HostError, match=r"finite numbers from the UNet; got NaN.*produced in unet"):
        predict(host)
    webui.shared.cmd_opts.disable_nan_check = True
    with host.running():
        assert bool(predict(host).isnan().all())


def test_memory_is_handled_as_the_webui_does(
    webui: Webui, host: Host, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(webui.sd_models, "send_model_to_device", lambda m: done.append("brought"))
    monkeypatch.setattr(webui.lowvram, "send_everything_to_cpu", lambda: done.append("put away"))
    with host.running():
        pass
    assert done == []
    monkeypatch.setattr(webui.devices, "device", torch.device("meta"))
    with host.running():
        assert done == ["brought"], "an unloaded checkpoint"
    model.lowvram = True
    with host.running():
        assert done == ["brought"], "with --medvram every part comes when it is called"
    assert done == ["brought", "put away"]


def test_tiling_follows_the_setting_and_is_put_back(webui: Webui, host: Host) -> None:
    hijack = webui.sd_hijack.model_hijack
    hijack.circular_enabled = True  # left on by a generation
    with host.running():
        assert hijack.circular_enabled is False
    assert hijack.circular_enabled is True


def test_networks_are_on_for_the_run_alone(webui: Webui, host: Host) -> None:
    on: list[list[str]] = [[]]

    class Lora(webui.extra_networks.ExtraNetwork):
        def activate(self, p: Any, params_list: list[Any]) -> None:
            on.append([params.items[0] for params in params_list])

        def deactivate(self, p: Any) -> None:
            pass

    webui.extra_networks.register_extra_network(Lora("lora"))
    with host.running():
        plain = host.encode_prompts(["a circle"], SIZE).context_btc
    with pytest.raises(RuntimeError, match="stop"), host.running():
        tagged = host.encode_prompts(["a circle <lora:x:1>"], SIZE).context_btc
        assert on[-1] == ["x"]
        assert torch.equal(tagged, plain), "the tag is no text"
        raise RuntimeError("stop")
    assert on[-1] == []


def test_prompts_are_encoded_alike_alone_and_together(host: Host) -> None:
    prompts = ["a (red:1.4) circle", "square " * 90, ""]
    with host.running():
        together = host.encode_prompts(prompts, SIZE).context_btc
        assert together.shape[:2] == (3, 154)
        empty = host.encode_prompts([""], SIZE).context_btc[0]
        for row, prompt in zip(together, prompts, strict=True):
            alone = host.encode_prompts([prompt], SIZE).context_btc[0]
            assert torch.equal(row[: len(alone)], alone)
            assert len(alone) == 154 or torch.equal(row[77:], empty)


def test_emphasis_and_editing_reach_the_text_encoder(host: Host) -> None:
    with host.running():
        plain, weighted, edited = (
            host.encode_prompts([prompt], SIZE).context_btc
            for prompt in ("a red circle", "a (red:1.4) circle", "a [blue:red:0.5] circle")
        )
    assert torch.equal(weighted[:, 2], plain[:, 2] * 1.4)
    assert torch.equal(edited, plain)


def test_a_text_encoder_that_splits_otherwise_than_it_says_is_an_error(
    host: Host, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "get_learned_conditioning", lambda texts: torch.zeros(1, 75, 128))
    with host.running(), pytest.raises(HostError, match=r"77 columns of context.*old emphasis"):
        host.encode_prompts(["a circle"], SIZE)


def test_zero_terminal_snr_follows_the_setting(webui: Webui, model: Any, host: Host) -> None:
    from vxa.webui.host import current_host

    # the webui's own copy for its samplers is no measure
    model.alphas_cumprod_original = model.alphas_cumprod
    model.alphas_cumprod = model.alphas_cumprod.half()
    assert torch.equal(current_host().alphas_cumprod, host.alphas_cumprod)
    webui.shared.opts.data["sd_noise_schedule"] = "Zero Terminal SNR"
    rescaled = current_host().alphas_cumprod
    assert 0 < rescaled[-1] < 1e-7 < host.alphas_cumprod[-1]
    assert rescaled[0] == pytest.approx(float(host.alphas_cumprod[0])) and bool((rescaled.diff() < 0).all())
