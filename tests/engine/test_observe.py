"""Maps against the host's own explicit attention, for every way rows, steps and heads can be asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor, AttnProcessor2_0, SlicedAttnProcessor

from vxa.core.errors import CaptureError, ConfigError, NoMapsError, SelectionError, ShapeError
from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.observe import Observation, Recorder, observing
from vxa.engine.probe import probe
from vxa.engine.seam import Seam, count_hooks
from vxa.hosts.memory import RandomHost


class ExplicitReference:
    """A diffusers processor that keeps what diffusers itself computes as attention."""

    def __init__(self, kept: list[torch.Tensor]) -> None:
        self.kept = kept

    def __call__(
        self, attn: Attention, hidden_states: torch.Tensor, encoder_hidden_states: Any = None, **_: Any
    ) -> Any:
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query = attn.head_to_batch_dim(attn.to_q(hidden_states))
        probs = attn.get_attention_scores(query, attn.head_to_batch_dim(attn.to_k(context)))
        self.kept.append(probs.unflatten(0, (len(hidden_states), -1)))
        value = attn.head_to_batch_dim(attn.to_v(context))
        return attn.to_out[1](attn.to_out[0](attn.batch_to_head_dim(torch.bmm(probs, value))))


@contextmanager
def processors(host: RandomHost, processor: Any) -> Iterator[None]:
    """Compute attention another way for a while."""
    before = host.unet.attn_processors
    host.unet.set_attn_processor(processor)
    try:
        yield
    finally:
        host.unet.set_attn_processor(before)


def everything(host: RandomHost, **options: Any) -> Observation:
    return Observation(tuple(host.sites.cross), **options)


def reference_maps(host: RandomHost, *call: Any) -> dict[str, torch.Tensor]:
    """Attention by diffusers' own explicit form: address to (row, heads, t, y, x)."""
    kept: dict[str, list[torch.Tensor]] = {site.address: [] for site in host.sites}
    names = {f"{site.diffusers_name}.processor": ExplicitReference(kept[site.address]) for site in host.sites}
    with processors(host, names):
        host.predict(*call)
    latent = call[2].latent
    maps = {}
    for site in host.sites.cross:
        (probs_bhqt,) = kept[site.address]
        grid = latent.level(site.level)
        maps[site.address] = probs_bhqt.transpose(2, 3).unflatten(-1, (grid.height, grid.width))
    return maps


def assert_same(maps: AttentionMaps, expected: dict[str, torch.Tensor], tolerance: float = 1e-5) -> None:
    assert set(maps.sums) == set(expected)
    for address, wanted in expected.items():
        torch.testing.assert_close(maps.mean(address), wanted, atol=tolerance, rtol=0)


@pytest.mark.parametrize("latent", [Grid(8, 6), Grid(6, 8), Grid(7, 5), Grid(9, 9), Grid(1, 3)], ids=str)
@pytest.mark.parametrize("model", ["shared_host", "shared_sdxl"])
def test_maps_are_the_hosts_attention_at_any_size(model: str, latent: Grid, request, make_call) -> None:
    host = request.getfixturevalue(model)
    call = make_call(host, latent=latent)
    maps = probe(host, *call, everything(host, keep_heads=True)).maps()
    assert_same(maps, {address: maps_bhtyx[0] for address, maps_bhtyx in reference_maps(host, *call).items()})
    assert maps.latent == latent and maps.num_calls == 1 and maps.tokens == tuple(range(77))
    assert [layer.address for layer in maps.layers] == [site.address for site in host.sites.cross]


def test_attention_is_sharp_enough_to_show_mistakes(host: RandomHost, make_call) -> None:
    maps = probe(host, *make_call(host), everything(host, keep_heads=True)).maps()
    spans = [float(maps.mean(address).std()) for address in maps.sums]
    assert min(spans) > 1e-3, "tests at 1e-5 would pass on nearly uniform maps"


def test_tokens_sum_to_one(host: RandomHost, make_call) -> None:
    for keep_heads in (True, False):
        maps = probe(host, *make_call(host, roles="uc"), everything(host, keep_heads=keep_heads)).maps()
        for layer in maps.layers:
            total = maps.mean(layer.address).sum(1)
            torch.testing.assert_close(total, torch.ones_like(total), atol=1e-5, rtol=0)


def test_more_than_one_chunk(host: RandomHost, make_call) -> None:
    call = make_call(host, prompts=("word " * 100,))
    maps = probe(host, *call, everything(host)).maps()
    assert maps.tokens == tuple(range(154))
    assert float(maps.mean("mid.0.0.cross").sum(1).sub(1).abs().max()) < 1e-5


@pytest.mark.parametrize("processor", [AttnProcessor2_0, AttnProcessor, lambda: SlicedAttnProcessor(2)])
def test_the_way_attention_is_computed_does_not_matter(host: RandomHost, make_call, processor: Any) -> None:
    call = make_call(host, roles="ucuc")
    expected = {address: maps_bhtyx[1] for address, maps_bhtyx in reference_maps(host, *call).items()}
    with processors(host, processor()):
        assert_same(probe(host, *call, everything(host, keep_heads=True)).maps(), expected)


PROMPTS = ("a red car", "the blue hat of a cat", "rose")


@pytest.mark.parametrize("roles", ["c", "uc", "cu", "ccc", "uuuccc", "cccuuu", "ucucuc", "cuccuu"])
@pytest.mark.parametrize("role", ["cond", "uncond"])
def test_rows_are_taken_by_the_cue(host: RandomHost, make_call, roles: str, role: str) -> None:
    call = make_call(host, prompts=PROMPTS, roles=roles)
    expected = reference_maps(host, *call)
    recorder = probe(host, *call, everything(host, role=role, keep_heads=True))
    rows = [place for place, row in enumerate(call[2].rows) if row.role == role]
    for picture, row in enumerate(rows):
        assert_same(recorder.maps(picture), {address: maps[row] for address, maps in expected.items()})
    with pytest.raises(NoMapsError, match=rf"maps of 7 layers for picture {len(rows)}; got none of down.0.0.cross"):
        recorder.maps(len(rows))


def test_two_rows_of_one_picture_are_two_calls(host: RandomHost, make_call) -> None:
    latents, conditioning, cue = make_call(host, prompts=PROMPTS, roles="ccc")
    cue = Cue(cue.clock, (Row("cond", 4), Row("uncond", 4), Row("cond", 4)), cue.latent)
    expected = reference_maps(host, latents, conditioning, cue)
    maps = probe(host, latents, conditioning, cue, everything(host, keep_heads=True)).maps(4)
    assert maps.num_calls == 2
    assert_same(maps, {address: (rows[0] + rows[2]) / 2 for address, rows in expected.items()})


@pytest.mark.parametrize("tokens", [(0,), (2, 3), (3, 1, 76)])
@pytest.mark.parametrize("keep_heads", [True, False])
def test_tokens_are_columns_of_the_whole(
    host: RandomHost, make_call, tokens: tuple[int, ...], keep_heads: bool
) -> None:
    call = make_call(host)
    whole = probe(host, *call, everything(host, keep_heads=True)).maps()
    some = probe(host, *call, everything(host, tokens=tokens, keep_heads=keep_heads)).maps()
    assert some.tokens == tokens
    for address in whole.sums:
        wanted = whole.sums[address][:, list(tokens)]
        wanted = wanted if keep_heads else wanted.mean(0, keepdim=True)
        torch.testing.assert_close(some.sums[address], wanted, atol=1e-6, rtol=0)


def test_calls_add_up_and_steps_are_filtered(host: RandomHost, make_call) -> None:
    calls = [make_call(host, step=step, timestep=900.0 - 200 * step, roles="uc") for step in range(4)]
    singles = [probe(host, *call, everything(host)).maps() for call in calls]
    assert not torch.equal(singles[0].sums["mid.0.0.cross"], singles[3].sums["mid.0.0.cross"])
    for steps in (None, frozenset({1, 3}), frozenset({0})):
        with observing(host.conductor, everything(host, steps=steps)) as recorder:
            for call in calls:
                host.predict(*call)
        kept = [maps for step, maps in enumerate(singles) if steps is None or step in steps]
        maps = recorder.maps()
        assert maps.num_calls == len(kept)
        expected = {address: sum(each.sums[address] for each in kept) / len(kept) for address in maps.sums}
        assert_same(maps, expected, tolerance=1e-6)


def test_maps_can_be_read_while_recording_and_do_not_change(host: RandomHost, make_call) -> None:
    call = make_call(host)
    with observing(host.conductor, everything(host)) as recorder:
        host.predict(*call)
        early = recorder.maps()
        before = early.sums["mid.0.0.cross"].clone()
        host.predict(*call)
    assert torch.equal(early.sums["mid.0.0.cross"], before)
    assert recorder.maps().num_calls == 2


def test_sites_are_recorded_in_running_order_and_once(host: RandomHost, make_call) -> None:
    sites = (host.sites.find("up.1.0.cross"), host.sites.find("down.0.0.cross"), host.sites.find("up.1.0.cross"))
    recorder = probe(host, *make_call(host), Observation(sites, stops_early=True))
    maps = recorder.maps()
    assert [layer.address for layer in maps.layers] == ["down.0.0.cross", "up.1.0.cross"] and maps.num_calls == 1


@pytest.mark.parametrize("keep_heads", [True, False])
@pytest.mark.parametrize("tokens", [None, (1, 4)])
def test_predicted_bytes_are_exact_and_capped(host: RandomHost, make_call, keep_heads: bool, tokens: Any) -> None:
    call = make_call(host, roles="uucc", latent=Grid(7, 10))
    observation = everything(host, keep_heads=keep_heads, tokens=tokens)
    predicted = observation.predicted_bytes(Grid(7, 10), 77, num_pictures=2)
    recorder = probe(host, *call, everything(host, keep_heads=keep_heads, tokens=tokens, max_bytes=predicted))
    assert recorder.maps(0).num_bytes + recorder.maps(1).num_bytes == predicted
    with pytest.raises(ConfigError, match=r"at most .* MiB; got .* MiB predicted. Choose fewer layers"):
        probe(host, *call, everything(host, keep_heads=keep_heads, tokens=tokens, max_bytes=predicted - 1))
    assert count_hooks(host.unet) == 0


def run_plainly(host: RandomHost, call: Any) -> None:
    """Run the UNet as somebody else would: unannounced."""
    with torch.no_grad():
        host.unet(call[0], 5.0, encoder_hidden_states=call[1].context_btc)


def test_somebody_elses_call_is_not_recorded(host: RandomHost, make_call) -> None:
    call = make_call(host)
    with observing(host.conductor, everything(host)) as recorder:
        run_plainly(host, call)
        with pytest.raises(NoMapsError):
            recorder.maps()
        host.predict(*call)
        run_plainly(host, make_call(host, latent=Grid(4, 4)))
    assert recorder.maps().num_calls == 1


def test_a_trial_is_not_recorded(host: RandomHost, make_call) -> None:
    latents, conditioning, cue = make_call(host)
    with host.running(), observing(host.conductor, Observation(tuple(host.sites.cross))) as recorder:
        host.predict(latents, conditioning, cue)
        host.predict(latents, conditioning, replace(cue, is_trial=True))
    assert recorder.maps().num_calls == 1


def test_somebody_elses_call_in_the_middle_of_ours_is_not_recorded(host: RandomHost, make_call) -> None:
    call, foreign = make_call(host), make_call(host, roles="cc", latent=Grid(4, 4))
    alone = probe(host, *call, everything(host)).maps()

    def interfere(*_: object) -> None:
        seam.remove()  # once
        thread = threading.Thread(target=run_plainly, args=(host, foreign))
        thread.start()
        thread.join()

    with observing(host.conductor, everything(host)) as recorder, Seam() as seam:
        # between a layer's query and its key
        seam.after(host.sites.find("mid.0.0.cross").module.to_q, interfere)
        host.predict(*call)
    maps = recorder.maps()
    assert all(torch.equal(maps.sums[address], alone.sums[address]) for address in alone.sums)


def test_a_call_that_broke_off_leaves_no_half_behind(host: RandomHost, make_call) -> None:
    calls = [make_call(host, step=step, timestep=100.0 + 700 * step) for step in range(2)]
    alone = probe(host, *calls[1], Observation((host.sites.find("mid.0.0.cross"),))).maps()
    with observing(host.conductor, Observation((host.sites.find("mid.0.0.cross"),))) as recorder:
        with pytest.raises(KeyboardInterrupt), Seam() as seam:
            seam.before(host.sites.find("mid.0.0.cross").module.to_k, _interrupt)
            host.predict(*calls[0])
        host.predict(*calls[1])
    assert torch.equal(recorder.maps().sums["mid.0.0.cross"], alone.sums["mid.0.0.cross"])


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_layers_recorded_unequally_often_are_an_error(host: RandomHost, make_call) -> None:
    with observing(host.conductor, everything(host)) as recorder:
        host.predict(*make_call(host))
        with pytest.raises(KeyboardInterrupt), Seam() as seam:
            seam.before(host.sites.find("mid.0.0.cross").module, _interrupt)
            host.predict(*make_call(host))
    with pytest.raises(CaptureError, match=r"recorded equally often; got .*'mid.0.0.cross': 1.* Was a run interrupted"):
        recorder.maps()


def test_merged_tokens_are_refused(host: RandomHost, make_call) -> None:
    site = host.sites.find("down.0.0.cross")

    def merge(module: Any, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (inputs[0][:, ::2], *inputs[1:])

    with Seam() as seam:
        seam.before(site.module.to_q, merge)
        with pytest.raises(ShapeError, match=r"1 rows of 8×6 = 48 queries at down.0.0.cross; got queries \(1, 24, "):
            probe(host, *make_call(host), Observation((site,)))
    assert count_hooks(host.unet) == 0


def test_one_record_has_one_size(host: RandomHost, make_call) -> None:
    with observing(host.conductor, everything(host)):
        host.predict(*make_call(host))
        with pytest.raises(ShapeError, match=r"8×6 and 77 so far; got 8×8 and 77"):
            host.predict(*make_call(host, latent=Grid(8, 8)))
        with pytest.raises(ShapeError, match=r"8×6 and 77 so far; got 8×6 and 154"):
            host.predict(*make_call(host, prompts=("word " * 100,)))


def test_a_token_beyond_the_context_is_refused(host: RandomHost, make_call) -> None:
    with pytest.raises(SelectionError, match=r"token columns below 77; got 77"):
        probe(host, *make_call(host), everything(host, tokens=(3, 77)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sites": ()}, r"at least one layer to observe; got none. Choose a layer"),
        ({"tokens": ()}, r"at least one token column, none negative; got \(\)"),
        ({"tokens": (1, -1)}, r"at least one token column, none negative; got \(1, -1\)"),
    ],
)
def test_what_cannot_be_observed(host: RandomHost, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Observation(**{"sites": tuple(host.sites.cross), **options})
    with pytest.raises(ConfigError, match=r"cross-attention layers; got \['down.0.0.self'"):
        Observation(tuple(host.sites))


def test_nested_observers_record_their_own(host: RandomHost, make_call) -> None:
    call = make_call(host, roles="uc")
    with observing(host.conductor, everything(host, role="uncond")) as outer:
        host.predict(*call)
        with observing(host.conductor, everything(host, tokens=(2,))) as inner:
            host.predict(*call)
        host.predict(*call)
    assert (outer.maps().num_calls, inner.maps().num_calls) == (3, 1)
    assert inner.maps().tokens == (2,) and count_hooks(host.unet) == 0


def test_a_recorder_without_calls_says_so(host: RandomHost) -> None:
    with pytest.raises(NoMapsError, match=r"got none of down.0.0.cross, down.1.0.cross, .* …. No recorded UNet call"):
        Recorder(everything(host), host.conductor).maps()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_maps_are_float32_whatever_the_model_is(dtype: torch.dtype, make_call) -> None:
    host = RandomHost(dtype=dtype)
    call = make_call(host)
    site = host.sites.find("mid.0.0.cross")
    heard: list[torch.Tensor] = []
    with Seam() as seam:
        for layer in (site.module.to_q, site.module.to_k):
            seam.after(layer, lambda module, inputs, output: heard.append(output[0].double()))
        maps = probe(host, *call, everything(host, keep_heads=True)).maps()
    query_hqd, key_hkd = (heads.unflatten(-1, (site.heads, -1)).transpose(0, 1) for heads in heard)
    expected = torch.softmax(query_hqd @ key_hkd.mT * site.head_dim**-0.5, -1).mT.unflatten(-1, (4, 3))
    torch.testing.assert_close(maps.mean(site.address).double(), expected, atol=1e-6, rtol=0)
    total = maps.mean("mid.0.0.cross").sum(1)
    torch.testing.assert_close(total, torch.ones_like(total), atol=1e-5, rtol=0)


def test_a_clock_of_one_call(host: RandomHost, make_call) -> None:
    latents, conditioning, cue = make_call(host)
    moved = Cue(Clock(7, 10, cue.clock.timestep), cue.rows, cue.latent)
    assert probe(host, latents, conditioning, moved, everything(host, steps=frozenset({7}))).maps().num_calls == 1


def test_overflow_is_an_error_that_says_where(host: RandomHost, make_call) -> None:
    latents, conditioning, cue = make_call(host, roles="c")
    site = host.sites.cross[1]
    with pytest.raises(CaptureError, match=f"NaN at {site.address}"), host.running():
        broken = Seam()
        with observing(host.conductor, Observation(tuple(host.sites.cross))) as recorder, broken:
            # what half precision does to the largest activations
            broken.before(site.module.to_k, lambda module, inputs: (inputs[0] * float("inf"),))
            host.predict(latents, conditioning, cue)
        recorder.maps()
