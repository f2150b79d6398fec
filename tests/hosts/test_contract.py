"""What every host must keep, one suite for all of them."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch

from vxa.core.errors import ConfigError, PictureError, ShapeError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Conditioning, Host
from vxa.engine.observe import Observation, observing
from vxa.engine.probe import add_noise, make_noise, probe
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.seam import count_hooks
from vxa.hosts.schedulers import SCHEDULERS

# diffusers' k-diffusion schedulers hand torch tensors to numpy's old interface
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

PROMPT = "a red circle, and a blue square"
WIDE = Grid(96, 160)


def _cue(latent: Grid, roles: tuple[str, ...] = ("cond",), timestep: float = 300.0) -> Cue:
    rows = tuple(Row(role, roles[:place].count(role)) for place, role in enumerate(roles))  # type: ignore[arg-type]
    return Cue(Clock(0, 1, timestep), rows, latent)


def _latents(host: Host, latent: Grid, rows: int = 1, seed: int = 0) -> torch.Tensor:
    return make_noise((rows, host.info.latent_channels, latent.height, latent.width), seed)


def _pixels(size: Grid, seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 3, size.height, size.width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def _plain_call(host: Host, latents: torch.Tensor, timestep: float, conditioning: Conditioning) -> torch.Tensor:
    added = {"added_cond_kwargs": dict(conditioning.added)} if conditioning.added else {}
    context = conditioning.context_btc
    return host.unet(latents, timestep, encoder_hidden_states=context, **added).sample


def test_info_is_complete_and_consistent(host: Host) -> None:
    info = host.info
    assert len(info.hash) == 10 and int(info.hash, 16) >= 0
    assert info.prediction_type in ("epsilon", "v_prediction")
    assert info.sample == info.sample.padded(info.downscale)
    latent = Grid(info.size_multiple, info.size_multiple).divided(info.downscale)
    deepest = max(site.level for site in host.sites)
    assert latent.height == 2**deepest, "every level comes out even, and no smaller multiple would do"


def test_token_tables_share_their_columns(host: Host) -> None:
    for prompt in (PROMPT, "", "circle, " * 60):
        tables = host.tokenize(prompt)
        places = [[(t.index, t.chunk, t.position, t.text, t.special) for t in table.tokens] for table in tables]
        assert all(place == places[0] for place in places)
        context = host.encode_prompts([prompt], host.info.sample).context_btc
        assert context.shape[1] == len(tables[0].tokens)
        assert [token.index for token in tables[0].tokens] == list(range(context.shape[1]))


def test_prompts_are_encoded_alike_alone_and_in_a_batch(host: Host) -> None:
    with host.running():
        batch = host.encode_prompts([PROMPT, "a star"], WIDE)
        alone = host.encode_prompts(["a star"], WIDE)
    torch.testing.assert_close(batch.rows([1]).context_btc, alone.context_btc, rtol=1e-5, atol=1e-5)
    for name, value in alone.added.items():
        torch.testing.assert_close(batch.rows([1]).added[name], value, rtol=1e-5, atol=1e-5)
    assert not torch.equal(batch.context_btc[0], batch.context_btc[1])


def test_shorter_prompts_are_padded_with_empty_chunks(host: Host) -> None:
    with host.running():
        both = host.encode_prompts(["", "circle " * 100], WIDE).context_btc
        empty = host.encode_prompts([""], WIDE).context_btc
    assert both.shape[1] == 154
    torch.testing.assert_close(both[0, :77], empty[0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(both[0, 77:], empty[0], rtol=1e-5, atol=1e-5)


def test_no_prompt_is_an_error(host: Host) -> None:
    with pytest.raises(ConfigError, match="at least one prompt"):
        host.encode_prompts([], WIDE)


@pytest.mark.parametrize("size", [Grid(64, 64), WIDE, Grid(104, 72)])
def test_pictures_go_in_and_out_at_their_size(host: Host, size: Grid) -> None:
    with host.running():
        latents = host.encode_picture(_pixels(size))
        pixels = host.decode(latents)
    latent = size.divided(host.info.downscale)
    assert latents.shape == (1, host.info.latent_channels, latent.height, latent.width)
    assert latents.dtype == torch.float32 and latents.device == host.device
    assert pixels.shape == (1, 3, size.height, size.width)
    assert pixels.dtype == torch.float32 and pixels.device.type == "cpu"
    assert pixels.min() >= -1 and pixels.max() <= 1


def test_encoding_a_picture_draws_nothing(host: Host) -> None:
    with host.running():
        first = host.encode_picture(_pixels(WIDE))
        before = torch.random.get_rng_state()
        second = host.encode_picture(_pixels(WIDE))
    assert torch.equal(first, second), "the mean of the posterior, not a sample"
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("shape", [(1, 3, 60, 64), (1, 4, 64, 64), (3, 64, 64), (1, 3, 64, 100), (0, 3, 64, 64)])
def test_pictures_of_a_wrong_shape_are_refused(host: Host, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="RGB pictures"):
        host.encode_picture(torch.zeros(shape))


@pytest.mark.parametrize("value", [255.0, -1.5, float("nan")])
def test_pixels_out_of_range_are_refused(host: Host, value: float) -> None:
    with pytest.raises(PictureError, match=r"pixels in \[-1, 1\]"):
        host.encode_picture(torch.full((1, 3, 64, 64), value))


def test_noise_schedule_falls(host: Host) -> None:
    alphas = host.alphas_cumprod
    assert alphas.dtype == torch.float64 and alphas.device.type == "cpu" and len(alphas) == 1000
    assert bool((alphas[1:] < alphas[:-1]).all()) and 0 < alphas[-1] < 0.01 and alphas[0] < 1
    betas = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    np.testing.assert_allclose(alphas.numpy(), np.cumprod(1 - betas), rtol=1e-5)


def test_predict_equals_a_plain_call_of_the_unet(host: Host) -> None:
    latent = WIDE.divided(host.info.downscale)
    with host.running():
        conditioning = host.encode_prompts([PROMPT], WIDE)
        ours = host.predict(_latents(host, latent), conditioning, _cue(latent))
        plain = _plain_call(host, _latents(host, latent), 300.0, conditioning)
    assert torch.equal(ours, plain)
    assert ours.shape == (1, host.info.latent_channels, latent.height, latent.width)


@pytest.mark.parametrize("guidance", [1.0, 5.0])
def test_pictures_are_bit_identical_with_an_observer(host: Host, guidance: float) -> None:
    plan = SamplingPlan((PROMPT, "a star"), WIDE, (3, 4), num_steps=2, guidance=guidance, scheduler="euler_a")
    with host.running():
        plain = host.decode(sample(host, plan))
        with observing(host.conductor, Observation(tuple(host.sites.cross), keep_heads=True)) as recorder:
            watched = host.decode(sample(host, plan))
    assert torch.equal(plain, watched)
    assert count_hooks(host.unet) == 0
    for picture in (0, 1):
        maps = recorder.maps(picture)
        assert maps.num_calls == 2 and maps.latent == WIDE.divided(host.info.downscale)
        for layer in maps.layers:
            sums = maps.mean(layer.address).sum(1)
            torch.testing.assert_close(sums, torch.ones_like(sums), rtol=0, atol=1e-5)


def test_rows_follow_the_cue_whatever_their_order(host: Host) -> None:
    latent = WIDE.divided(host.info.downscale)
    observation = Observation(tuple(host.sites.cross))
    uncond = Observation(tuple(host.sites.cross), role="uncond")
    with host.running():
        both = host.encode_prompts(["", PROMPT], WIDE)
        alone = probe(host, _latents(host, latent), both.rows([1]), _cue(latent), observation).maps()
        two = _latents(host, latent).repeat(2, 1, 1, 1)
        last = probe(host, two, both, _cue(latent, ("uncond", "cond")), observation).maps()
        first = probe(host, two, both.rows([1, 0]), _cue(latent, ("cond", "uncond")), observation).maps()
        negative = probe(host, two, both, _cue(latent, ("uncond", "cond")), uncond).maps()
    for address, expected in alone.sums.items():
        torch.testing.assert_close(last.sums[address], expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(first.sums[address], expected, rtol=1e-4, atol=1e-5)
        assert not torch.allclose(negative.sums[address], expected, atol=1e-3)


def test_disagreeing_rows_are_refused(host: Host) -> None:
    latent = WIDE.divided(host.info.downscale)
    conditioning = host.encode_prompts([PROMPT], WIDE)
    with pytest.raises(ShapeError, match="2 rows"):
        host.predict(_latents(host, latent), conditioning, _cue(latent, ("uncond", "cond")))
    assert not host.conductor.is_playing


def test_maps_agree_whichever_way_attention_is_computed(host: Host) -> None:
    """In float64: in float32 a trained model makes of the kernels' rounding whatever it likes."""
    from diffusers.models.attention_processor import AttnProcessor, AttnProcessor2_0, SlicedAttnProcessor

    latent = WIDE.divided(host.info.downscale)
    before = host.unet.attn_processors
    latents = add_noise(host, torch.zeros(1, 4, latent.height, latent.width), _latents(host, latent), 700)
    found = {}
    try:
        with host.running():
            encoded = host.encode_prompts([PROMPT], WIDE)
            added = {name: part.double() for name, part in encoded.added.items()}
            conditioning = Conditioning(encoded.context_btc.double(), added)
            host.unet.double()
            for processor in (AttnProcessor2_0(), AttnProcessor(), SlicedAttnProcessor(1)):
                host.unet.set_attn_processor(processor)
                recorder = probe(host, latents, conditioning, _cue(latent), Observation(tuple(host.sites.cross)))
                found[type(processor).__name__] = recorder.maps()
    finally:
        host.unet.float()
        host.unet.set_attn_processor(before)
    fused, explicit, sliced = found.values()
    for address, maps in fused.sums.items():
        assert float(maps.std()) > 1e-5, "maps that are all alike would agree for nothing"
        torch.testing.assert_close(explicit.sums[address], maps, rtol=0, atol=1e-6)
        torch.testing.assert_close(sliced.sums[address], maps, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_scheduler_takes_the_models_schedule(host: Host, name: str) -> None:
    if name == "lms":
        pytest.importorskip("scipy", reason="diffusers' LMS scheduler integrates with scipy")
    size = Grid(64, 64)
    for num_steps in (1, 3):
        scheduler = host.make_scheduler(name, num_steps)
        assert scheduler.config.prediction_type == host.info.prediction_type
        np.testing.assert_allclose(scheduler.betas, host.make_scheduler("ddim", 1).betas, rtol=1e-6)
        with host.running():
            plan = SamplingPlan((PROMPT,), size, (1,), num_steps=num_steps, scheduler=name)
            assert bool(sample(host, plan).isfinite().all())


def test_unknown_schedulers_and_steps_out_of_range_are_refused(host: Host) -> None:
    with pytest.raises(ConfigError, match="Did you mean euler"):
        host.make_scheduler("eular", 10)
    most = 1000 - host.make_scheduler("ddim", 1).config.steps_offset
    assert len(host.make_scheduler("ddim", most).timesteps) == most
    for num_steps in (0, most + 1):
        with pytest.raises(ConfigError, match=f"from 1 to {most} steps"):
            host.make_scheduler("ddim", num_steps)


def test_running_restores_modes_and_gradients_after_an_error(host: Host) -> None:
    trained = [host.unet.conv_in, host.unet.mid_block]
    for module in trained:
        module.training = True
    before = [module.training for module in host.unet.modules()]
    try:
        with pytest.raises(RuntimeError, match="stop here"), host.running(), host.running():
            assert not any(module.training for module in host.unet.modules())
            assert not torch.is_grad_enabled()
            raise RuntimeError("stop here")
        assert [module.training for module in host.unet.modules()] == before
        assert torch.is_grad_enabled()
    finally:
        for module in trained:
            module.training = False


def test_two_threads_take_turns_on_one_host(host: Host) -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def job() -> None:
        nonlocal inside, most
        with host.running(), host.running():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.01)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=job) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in threads) and most == 1


def test_two_hosts_do_not_mix() -> None:
    from vxa.hosts.memory import RandomHost

    latent = Grid(8, 12)
    hosts = [RandomHost(seed=1), RandomHost(seed=2)]
    alone = [_record(host, latent) for host in hosts]
    together: dict[int, torch.Tensor] = {}
    start = threading.Barrier(2)

    def job(place: int) -> None:
        start.wait(timeout=10)
        together[place] = _record(hosts[place], latent)

    threads = [threading.Thread(target=job, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    for place in (0, 1):
        assert torch.equal(together[place], alone[place])
        assert count_hooks(hosts[place].unet) == 0
    assert not torch.equal(alone[0], alone[1])


def _record(host: Host, latent: Grid) -> torch.Tensor:
    with host.running():
        conditioning = host.encode_prompts([PROMPT], latent.times(8))
        observation = Observation(tuple(host.sites.cross))
        for _ in range(3):
            recorder = probe(host, _latents(host, latent), conditioning, _cue(latent), observation)
    return recorder.maps().sums["mid.0.0.cross"]
