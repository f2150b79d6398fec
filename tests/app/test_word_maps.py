from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from vxa.app.jobs import VisualizeJob
from vxa.app.layers import choose_sites
from vxa.app.lens import preset_of
from vxa.app.recording import Recording, Scope, record_picture
from vxa.app.word_maps import WordMap, make_word_maps, select
from vxa.core.errors import SelectionError
from vxa.core.threshold import otsu_threshold, scale_min_max
from vxa.engine.host import Host
from vxa.methods.registry import PRESETS, make_preset

each_preset = pytest.mark.parametrize("preset", PRESETS)


@pytest.fixture(scope="module")
def recording(host: Host, picture: np.ndarray) -> Recording:
    """Everything, so that any job on it can be shown; two draws."""
    job = VisualizeJob(prompt="a red circle left of a blue square", timesteps=(200,), draws=2)
    return record_picture(job, picture, host, Scope(everything=True))


def show(host: Host, recording: Recording, job: VisualizeJob) -> list[WordMap]:
    sites = choose_sites(job, host.sites, recording.draws[0].latent)
    return make_word_maps(job, recording, sites, preset_of(job, host.sites))


def make_job(**settings: object) -> VisualizeJob:
    return VisualizeJob(**{"prompt": "a red circle left of a blue square", "tokens": "circle", **settings})


@each_preset
def test_maps_have_the_size_of_the_picture_and_reach_from_0_to_1(
    host: Host, recording: Recording, preset: str, picture: np.ndarray
) -> None:
    for word in show(host, recording, make_job(preset=preset, tokens="circle, blue square, 1")):
        assert word.map_yx.shape == picture.shape[:2] and word.map_yx.dtype == np.float32
        assert word.map_yx.min() >= 0 and word.map_yx.max() == pytest.approx(1)
        assert word.peak > 0
        if make_preset(preset).display == "min-max":
            assert word.map_yx.min() == 0


@each_preset
def test_the_map_is_the_preset_of_all_draws_cut_to_the_picture(host: Host, recording: Recording, preset: str) -> None:
    job = make_job(preset=preset)
    word = show(host, recording, job)[0]
    method = make_preset(preset)
    sites = method.choose(host.sites, recording.draws[0].latent)
    maps = [draw.only(site.address for site in sites).with_heads(range(4)) for draw in recording.draws]
    mean_yx = torch.stack([method.reduce(each, [word.word])[0] for each in maps]).mean(0).numpy()
    shown = recording.padding.crop_map(np.clip(mean_yx / mean_yx.max(), 0, 1), method.scaling)
    shown = scale_min_max(shown) if method.display == "min-max" else shown / shown.max()
    np.testing.assert_allclose(word.map_yx, shown, atol=1e-5)
    assert word.peak == pytest.approx(float(mean_yx.max()), rel=1e-5)


@each_preset
def test_what_is_shown_does_not_depend_on_how_much_was_recorded(
    host: Host, recording: Recording, picture: np.ndarray, preset: str
) -> None:
    job = make_job(preset=preset, timesteps=(200,), draws=2)
    narrow = record_picture(job, picture, host)
    assert len(narrow.draws[0]) <= len(recording.draws[0])
    np.testing.assert_allclose(show(host, narrow, job)[0].map_yx, show(host, recording, job)[0].map_yx, atol=1e-5)


def test_spread_is_the_deviation_between_draws_and_none_for_one(host: Host, recording: Recording) -> None:
    job = make_job(preset="vxa")
    word = show(host, recording, job)[0]
    one = dataclasses.replace(recording, draws=recording.draws[:1])
    same = dataclasses.replace(recording, draws=(recording.draws[0],) * 2)
    assert show(host, one, job)[0].spread == show(host, same, job)[0].spread == 0
    method, (site,) = make_preset("vxa"), choose_sites(job, host.sites, recording.draws[0].latent)
    raw = torch.stack([method.reduce(draw.only([site.address]), [word.word])[0] for draw in recording.draws])
    peak = raw.mean(0).max()
    shown_mean, shown_deviation = (
        recording.padding.crop_map((each / peak).clamp(0, 1).numpy(), method.scaling)
        for each in (raw.mean(0), raw.std(0))
    )
    assert word.spread_yx is not None
    np.testing.assert_allclose(word.spread_yx, shown_deviation / shown_mean.max(), atol=1e-5)
    assert 0 < word.spread == pytest.approx(float(word.spread_yx.mean()))


def test_chosen_heads_are_averaged(host: Host, recording: Recording) -> None:
    both, first, second = (
        show(host, recording, make_job(preset="vxa", heads=heads))[0] for heads in ((0, 1), (0,), (1,))
    )
    assert both.peak != first.peak
    everything = show(host, recording, make_job(preset="vxa", heads=(0, 1, 2, 3)))[0]
    np.testing.assert_allclose(everything.map_yx, show(host, recording, make_job(preset="vxa"))[0].map_yx, atol=1e-6)
    assert not np.allclose(first.map_yx, second.map_yx)


def test_a_head_that_a_layer_lacks_is_refused(host: Host, recording: Recording) -> None:
    with pytest.raises(SelectionError, match="heads from 0 to 3"):
        show(host, recording, make_job(heads=(4,)))


def test_combining_makes_one_word_of_all(recording: Recording) -> None:
    apart = select(make_job(tokens="circle, square, 1"), recording)
    together = select(make_job(tokens="circle, square, 1", combine=True), recording)
    assert [word.text for word in together.words] == ["circle + square + a"]
    assert together.words[0].indices == apart.indices
    assert select(make_job(combine=True), recording).words == select(make_job(), recording).words


def test_a_combined_map_is_the_mean_of_its_words(host: Host, recording: Recording) -> None:
    circle, square = show(host, recording, make_job(preset="vxa", tokens="circle, red"))
    both = show(host, recording, make_job(preset="vxa", tokens="circle, red", combine=True))[0]
    sum_yx = circle.map_yx * circle.peak + square.map_yx * square.peak
    np.testing.assert_allclose(both.map_yx, sum_yx / sum_yx.max(), atol=0.05)
    assert both.peak <= circle.peak + square.peak + 1e-6


def test_the_threshold_is_the_job_s_or_otsu_s_on_the_map_s_own_scale(host: Host, recording: Recording) -> None:
    assert show(host, recording, make_job(threshold=0.125))[0].threshold == 0.125
    word = show(host, recording, make_job(preset="vxa"))[0]
    low, high = float(word.map_yx.min()), float(word.map_yx.max())
    otsu = otsu_threshold(scale_min_max(word.map_yx), low=0.25, high=0.75)
    assert low > 0, "a preset that divides by the maximum keeps its floor"
    assert word.threshold == pytest.approx(low + (high - low) * otsu)
    share = float((word.map_yx > word.threshold).mean())
    assert 0 < share < 1


def test_an_empty_map_stays_black(host: Host, recording: Recording) -> None:
    silent = tuple(
        dataclasses.replace(draw, sums={name: torch.zeros_like(maps) for name, maps in draw.sums.items()})
        for draw in recording.draws
    )
    word = show(host, dataclasses.replace(recording, draws=silent), make_job())[0]
    assert word.peak == 0 and word.spread == 0 and word.spread_yx is None
    assert not word.map_yx.any()
