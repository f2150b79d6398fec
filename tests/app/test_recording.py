from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import pytest
import torch

from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.recording import Recording, Scope, picture_hash, record_generation, record_picture
from vxa.core.errors import ConfigError, InterruptedRunError, LayerNotFoundError
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.engine.probe import add_noise, make_noise
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.seam import Seam, count_hooks

Counting = Callable[[Host], AbstractContextManager[list[int]]]


def change(job: VisualizeJob, **settings: object) -> VisualizeJob:
    return dataclasses.replace(job, **settings)  # type: ignore[arg-type]


def assert_close(first: Recording, second: Recording) -> None:
    assert len(first.draws) == len(second.draws)
    for one, other in zip(first.draws, second.draws, strict=True):
        for address in one.sums:
            torch.testing.assert_close(one.sums[address], other.sums[address], rtol=1e-4, atol=1e-6)


def test_the_hash_tells_pixels_and_shapes_apart(picture: np.ndarray) -> None:
    assert picture_hash(picture) == picture_hash(picture.copy()) == picture_hash(np.asfortranarray(picture))
    other = picture.copy()
    other[0, 0, 0] ^= 1
    hashes = {picture_hash(picture), picture_hash(other), picture_hash(picture.reshape(58, 41, 3))}
    assert len(hashes) == 3


def test_a_picture_of_any_size_is_padded_and_looked_at_whole(
    host: Host, job: VisualizeJob, picture: np.ndarray
) -> None:
    recording = record_picture(job, picture, host)
    assert (recording.padding.padded_height, recording.padding.padded_width) == (48, 64)
    maps = recording.draws[0]
    assert maps.latent == Grid(6, 8)
    for layer in maps.layers:
        grid = maps.latent.level(layer.level)
        assert maps.sums[layer.address].shape == (1, 77, grid.height, grid.width)
        torch.testing.assert_close(maps.mean(layer.address).sum(1), torch.ones(1, grid.height, grid.width))
    assert recording.facts.picture_hash == picture_hash(picture)
    assert recording.facts.device == "cpu float32"
    assert recording.model is host.info


def test_each_timestep_and_draw_is_a_record_of_its_own_and_batches_equal_single_calls(
    host: Host, job: VisualizeJob, picture: np.ndarray, counting_calls: Counting
) -> None:
    with counting_calls(host) as calls:
        together = record_picture(change(job, timesteps=(100, 700), draws=6, seed=11), picture, host)
    assert calls == [4, 2, 4, 2]
    assert len(together.draws) == 12
    for number, timestep in enumerate((100, 700)):
        for draw in range(6):
            alone = record_picture(change(job, timesteps=(timestep,), draws=1, seed=11 + draw), picture, host)
            one = dataclasses.replace(together, draws=(together.draws[6 * number + draw],))
            assert_close(one, alone)
    assert together.total.num_calls == 12
    address = together.draws[0].layers[0].address
    total = torch.stack([maps.sums[address] for maps in together.draws]).sum(0)
    torch.testing.assert_close(together.total.sums[address], total)


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not(
    host: Host, job: VisualizeJob, picture: np.ndarray
) -> None:
    first, again, other = (record_picture(change(job, seed=seed), picture, host) for seed in (5, 5, 6))
    address = first.draws[0].layers[0].address
    assert torch.equal(first.draws[0].sums[address], again.draws[0].sums[address])
    assert not torch.equal(first.draws[0].sums[address], other.draws[0].sums[address])


def test_noise_is_what_the_schedule_says(host: Host, job: VisualizeJob, picture: np.ndarray) -> None:
    seen: list[torch.Tensor] = []
    with Seam() as seam:
        seam.before(host.unet, lambda module, inputs: seen.append(inputs[0].clone()))
        record_picture(change(job, timesteps=(300,), noise=False), picture, host)
        record_picture(change(job, timesteps=(300,), seed=9), picture, host)
    clean, noisy = seen
    expected = add_noise(host, clean, make_noise(tuple(clean.shape[1:]), 9 * 1000 + 300)[None], 300)
    torch.testing.assert_close(noisy, expected)


def test_without_noise_more_draws_are_not_run(
    host: Host, job: VisualizeJob, picture: np.ndarray, counting_calls: Counting
) -> None:
    with counting_calls(host) as calls:
        record_picture(change(job, noise=False, draws=8), picture, host)
    assert calls == [1]


def test_unit_range_feeds_the_encoder_as_the_original_did(host: Host, job: VisualizeJob) -> None:
    seen: list[torch.Tensor] = []
    white = np.full((16, 16, 3), 255, np.uint8)
    black = np.zeros((16, 16, 3), np.uint8)
    with Seam() as seam:
        seam.before(host.unet, lambda module, inputs: seen.append(inputs[0].clone()))
        for picture, unit_range in ((white, False), (white, True), (black, True)):
            record_picture(change(job, noise=False, unit_range=unit_range), picture, host)
    torch.testing.assert_close(seen[0], seen[1])
    torch.testing.assert_close(seen[2], torch.zeros_like(seen[2]))


def test_asking_for_one_layer_stops_the_unet_right_after_it(host: Host, job: VisualizeJob, picture: np.ndarray) -> None:
    fired: list[str] = []
    with Seam() as seam:
        for site in host.sites:
            seam.after(site.module, lambda module, inputs, output, name=site.address: fired.append(name))
        early = record_picture(change(job, layers="middle"), picture, host)
        stopped_at = list(fired)
        whole = record_picture(change(job, layers="middle"), picture, host, Scope(everything=True, keeps_heads=False))
    assert "up.0.0.cross" not in stopped_at and "down.0.0.cross" in stopped_at
    assert "mid.0.0.cross" not in stopped_at, "the layer itself need not finish"
    assert fired[-1].startswith("up."), "this test could not see the later layers"
    assert list(early.draws[0].sums) == ["mid.0.0.cross"]
    assert torch.equal(early.draws[0].sums["mid.0.0.cross"], whole.draws[0].sums["mid.0.0.cross"])


def test_a_layer_sheet_records_every_layer(host: Host, job: VisualizeJob, picture: np.ndarray) -> None:
    recording = record_picture(change(job, layers="middle", layer_sheet=True), picture, host)
    assert list(recording.draws[0].sums) == [site.address for site in host.sites.cross]


def test_heads_are_kept_apart_when_some_are_asked_for_or_everything_is(
    host: Host, job: VisualizeJob, picture: np.ndarray
) -> None:
    plain = record_picture(job, picture, host)
    chosen = record_picture(change(job, heads=(1,)), picture, host)
    everything = record_picture(job, picture, host, Scope(everything=True))
    forced = record_picture(job, picture, host, Scope(keeps_heads=True))
    for recording, heads in ((plain, 1), (chosen, 4), (everything, 4), (forced, 4)):
        assert recording.draws[0].sums["up.0.0.cross"].shape[0] == heads
        assert recording.facts.keeps_heads is (heads == 4)
    mean = chosen.draws[0].sums["up.0.0.cross"].mean(0, keepdim=True)
    torch.testing.assert_close(mean, plain.draws[0].sums["up.0.0.cross"])


@pytest.mark.parametrize("done", [1, 2, 3])
def test_an_interrupt_leaves_no_hook(host: Host, job: VisualizeJob, picture: np.ndarray, done: int) -> None:
    def progress(reached: int, total: int, what: str) -> None:
        assert total == 3
        if reached == done:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        record_picture(change(job, timesteps=(1, 2, 3)), picture, host, progress=progress)
    assert count_hooks(host.unet) == 0
    record_picture(job, picture, host)


def test_more_memory_than_the_cap_is_refused_before_the_model_runs(
    host: Host, job: VisualizeJob, counting_calls: Counting
) -> None:
    picture = np.zeros((512, 512, 3), np.uint8)
    with counting_calls(host) as calls, pytest.raises(ConfigError, match="MiB for 640 draws of"):
        record_picture(change(job, draws=64, timesteps=tuple(range(10))), picture, host)
    assert calls == []


def test_a_prompt_of_many_chunks_is_recorded_whole(host: Host, job: VisualizeJob, picture: np.ndarray) -> None:
    recording = record_picture(change(job, prompt="red, " * 100 + "circle"), picture, host)
    assert recording.draws[0].tokens == tuple(range(len(recording.tables[0].tokens)))
    assert len(recording.tables[0].tokens) == 3 * 77


def test_a_generated_picture_is_the_plain_one_with_maps_summed_over_all_steps(host: Host) -> None:
    job = GenerateJob(prompt="a red circle", negative="blue", steps=5, seed=3, height=32, width=48)
    reports: list[tuple[int, int]] = []
    recording = record_generation(job, host, progress=lambda done, total, what: reports.append((done, total)))
    plan = SamplingPlan(("a red circle",), Grid(32, 48), (3,), "blue", 5)
    with host.running():
        pixels_cyx = host.decode(sample(host, plan))[0]
    plain = ((pixels_cyx.permute(1, 2, 0).numpy() + 1) * 127.5).round().astype(np.uint8)
    np.testing.assert_array_equal(recording.picture, plain)
    assert recording.total.num_calls == 5
    assert reports == [(done, 5) for done in range(1, 6)]


def test_chosen_steps_alone_are_recorded(host: Host) -> None:
    def maps_of(*steps: int) -> torch.Tensor:
        job = GenerateJob(prompt="a red circle", steps=4, record_steps=steps)
        recording = record_generation(job, host)
        assert recording.total.num_calls == (len(steps) or 4)
        return recording.total.sums["up.0.0.cross"]

    torch.testing.assert_close(maps_of(0, 2) + maps_of(1, 3), maps_of())
    assert not torch.allclose(maps_of(0), maps_of(3))


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"record_steps": (4,)}, "recorded steps from 0 to 3"),
        ({"height": 30}, "multiples of 8; got 30×32. Try 32×32"),
        ({"steps": 1000, "scheduler": "ddim", "record_steps": (1000 - 1,), "width": 8, "layers": "nope"}, "a group"),
    ],
)
def test_what_cannot_be_drawn_is_refused(host: Host, settings: dict[str, object], complaint: str) -> None:
    with pytest.raises((ConfigError, LayerNotFoundError), match="Expected") as caught:
        record_generation(GenerateJob(**{"prompt": "x", "steps": 4, **settings}), host)
    assert complaint in str(caught.value)


def test_an_interrupted_drawing_leaves_no_hook(host: Host) -> None:
    def progress(done: int, total: int, what: str) -> None:
        raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        record_generation(GenerateJob(prompt="x", steps=2), host, progress=progress)
    assert count_hooks(host.unet) == 0


def test_timesteps_beyond_the_schedule_are_refused(host: Host, job: VisualizeJob, picture: np.ndarray) -> None:
    class ShortHost(type(host)):  # type: ignore[misc]
        alphas_cumprod = host.alphas_cumprod[:150]

    with pytest.raises(ConfigError, match="timesteps from 0 to 149 for this model"):
        record_picture(job, picture, ShortHost())
