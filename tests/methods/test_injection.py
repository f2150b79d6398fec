"""Injection by hand against the eight published functions on matrices, and what each option means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.attention_layers import EDIT, Layer, make_layer
from tests.written_out import unchanged, written_out
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.seam import count_hooks
from vxa.engine.sites import Site
from vxa.engine.steering.steer import steering
from vxa.hosts.memory import RandomHost
from vxa.methods.injection import INJECTIONS, Injection
from vxa.methods.word_map import WordMap, resize_by_area

GRID = Grid(5, 4)
MAPS = (
    WordMap((2,), torch.rand(5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64), 1.0),
    WordMap((4, 5), torch.rand(40, 32, generator=torch.Generator().manual_seed(1), dtype=torch.float64), 0.5),
)
COLUMNS = {2: 0, 4: 1, 5: 1}
"""Column and the number of its map."""


def prepare(map_number: int, grid: Grid) -> Tensor:
    word_map = MAPS[map_number]
    return (resize_by_area(word_map.map_yx, grid) * word_map.strength).flatten()


def inject(tensor: Tensor, grid: Grid, mode: str, scale: float) -> Tensor:
    """The published line for one row, shape (h, q, t)."""
    tensor = tensor.clone()
    for column, number in COLUMNS.items():
        injected = prepare(number, grid) * scale
        tensor[..., column] = tensor[..., column] + injected if mode == "add" else injected
    return tensor


@pytest.fixture(scope="module")
def host() -> RandomHost:
    return RandomHost(dtype=torch.float64, widths=(16, 16, 16), heads=2)


def predict(host: RandomHost, *injections: Injection, timestep: float = 900.0) -> Tensor:
    latents = torch.randn(2, 4, 6, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    conditioning = host.encode_prompts(["", "a red car on a road"], Grid(48, 40))
    cue = Cue(Clock(0, 10, timestep), (Row("uncond"), Row("cond")), Grid(6, 5))
    with host.running(), steering(host.conductor, host.sites, [each.method(MAPS) for each in injections]):
        return host.predict(latents, conditioning, cue)


@pytest.mark.parametrize("name", INJECTIONS)
def test_the_eight_published_functions(host: RandomHost, name: str) -> None:
    number = int(name[-1])
    levels = (0,) if number <= 4 else (0, 1)
    mode = "add" if number % 2 else "replace"
    before = number in (3, 4, 7, 8)

    def edit(site: Site, cue: Cue, tensor: Tensor) -> Tensor:
        if site.kind == "self" or site.level not in levels:
            return tensor
        grid = cue.latent.level(site.level)
        return torch.stack([tensor[0], inject(tensor[1], grid, mode, 30 if before else 3)])

    with written_out(host, *((unchanged, edit) if before else (edit,))):
        expected = predict(host)
    ours, plain = predict(host, INJECTIONS[name]), predict(host)
    torch.testing.assert_close(ours, expected, atol=1e-10, rtol=1e-10)
    assert torch.equal(ours[0], plain[0]) and not torch.allclose(ours[1], plain[1], atol=1e-3)
    assert count_hooks(host.unet) == 0


def attend(layer: Layer, injection: Injection, maps: tuple[WordMap, ...] = MAPS) -> Tensor:
    with steering(layer.conductor, [layer.site], [injection.method(maps)]):
        return layer.run()


def matrices(layer: Layer, edit: Any, edit_scores: Any = lambda scores: scores) -> Tensor:
    def on_cond(change: Any) -> Any:
        return lambda tensor: torch.cat([tensor[:2], torch.stack([change(row) for row in tensor[2:]])])

    return layer.run_naively(on_cond(edit), on_cond(edit_scores))


def same(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("style", ["fused", "explicit", "sliced"])
@pytest.mark.parametrize("mode", ["add", "replace"])
def test_heads_may_be_chosen(style: str, mode: Any) -> None:
    layer = make_layer(style)

    def edit(row: Tensor) -> Tensor:
        return torch.stack([row[0], inject(row[1], GRID, mode, 3), row[2]])

    for options, expected in (
        ({}, matrices(layer, edit)),
        ({"before_softmax": True}, matrices(layer, lambda x: x, edit)),
    ):
        same(attend(layer, Injection(mode, heads=(1,), **options)), expected)


@pytest.mark.parametrize("mode", ["add", "replace"])
def test_renormalised_probabilities_sum_to_one(mode: Any) -> None:
    layer = make_layer()

    def edit(row: Tensor) -> Tensor:
        injected = inject(row, GRID, mode, 3)
        return injected / injected.sum(-1, keepdim=True)

    same(attend(layer, Injection(mode, renormalises=True)), matrices(layer, edit))


@pytest.mark.parametrize("scaling", ["mean", "norm"])
@pytest.mark.parametrize("mode", ["add", "replace"])
@pytest.mark.parametrize("before", [False, True])
def test_relative_scales_follow_the_attention_that_is_there(mode: Any, scaling: Any, before: bool) -> None:
    layer = make_layer()

    def edit(row: Tensor) -> Tensor:
        edited = row.clone()
        for column, number in COLUMNS.items():
            bare, strength = resize_by_area(MAPS[number].map_yx, GRID).flatten(), MAPS[number].strength
            for head in range(len(row)):
                there = row[head, :, column]
                ratio = there.abs().mean() / bare.mean() if scaling == "mean" else there.norm() / bare.norm()
                injected = 2 * strength * ratio * bare
                edited[head, :, column] = there + injected if mode == "add" else injected
        return edited

    ours = attend(layer, Injection(mode, before, scale=2.0, scaling=scaling))
    expected = matrices(layer, (lambda x: x) if before else edit, edit if before else (lambda x: x))
    torch.testing.assert_close(ours, expected, atol=1e-10, rtol=1e-10)


def test_adding_nothing_puts_no_hook_on(host: RandomHost) -> None:
    empty = (WordMap((2,), torch.zeros(4, 4)), WordMap((3,), torch.ones(4, 4), strength=0.0))
    for before in (False, True):
        for method in (
            Injection(before_softmax=before, scale=0).method(MAPS),
            Injection(before_softmax=before).method(empty),
        ):
            with steering(host.conductor, host.sites, [method]):
                assert count_hooks(host.unet) == 0
    assert torch.equal(predict(host, Injection(scale=0)), predict(host))


def test_replacing_by_nothing_silences_a_word() -> None:
    layer, silent = make_layer(), Injection("replace", scale=0)
    same(attend(layer, silent), matrices(layer, lambda row: inject(row, GRID, "replace", 0)))
    assert not torch.allclose(attend(layer, silent)[EDIT], layer.run()[EDIT])


def test_replacing_scores_by_nothing_is_no_identity() -> None:
    layer, level = make_layer(), Injection("replace", before_softmax=True, scale=0)
    ours = attend(layer, level)
    same(ours, matrices(layer, lambda probs: probs, lambda row: inject(row, GRID, "replace", 0)))
    assert not torch.allclose(ours[EDIT], layer.run()[EDIT])


def test_the_same_number_on_all_scores_changes_nothing() -> None:
    layer = make_layer()
    everywhere = (WordMap(tuple(range(77)), torch.rand(5, 4)),)
    torch.testing.assert_close(attend(layer, Injection(before_softmax=True, scale=30), everywhere), layer.run())


def test_scores_multiply_the_odds() -> None:
    layer = make_layer()
    seen: list[Tensor] = []
    layer.run_naively(lambda probs: (seen.append(probs), probs)[1])
    layer.run_naively(
        lambda probs: (seen.append(probs), probs)[1],
        lambda scores: torch.cat([scores[:3], inject(scores[3], GRID, "add", 3)[None]]),
    )
    odds = [probs[EDIT, ..., 2] / probs[EDIT, ..., 10] for probs in seen]
    torch.testing.assert_close(odds[1] / odds[0], torch.exp(3 * prepare(0, GRID)).expand(3, -1))


def test_only_in_the_window(host: RandomHost) -> None:
    plain = predict(host)
    for timestep, changes in ((801.0, True), (800.0, True), (799.0, False)):
        drawn = predict(host, INJECTIONS["inject1"], timestep=timestep)
        unedited = plain if timestep == 900 else predict(host, timestep=timestep)
        assert torch.equal(drawn, unedited) is not changes


def test_levels_or_layers(host: RandomHost) -> None:
    def touched(**options: Any) -> list[str]:
        method = Injection(**options).method(MAPS)
        return [site.address for site in host.sites if method.touches(site)]

    cross = [site for site in host.sites.cross]
    assert touched(levels=None) == [site.address for site in cross]
    assert touched(levels=(2,)) == [site.address for site in cross if site.level == 2]
    assert touched(layers=("mid.0.0.cross", "mid.0.0.self")) == ["mid.0.0.cross"]
    assert touched() == [site.address for site in cross if site.level < 2]
    limited, wide = Injection(levels=(0,)), Injection(levels=(0, 1, 2))
    assert not torch.equal(predict(host, limited), predict(host, wide))


def test_the_wider_functions_are_the_narrower_on_more_levels() -> None:
    for narrow in range(1, 5):
        assert replace(INJECTIONS[f"inject{narrow + 4}"], levels=(0,)) == INJECTIONS[f"inject{narrow}"]


def test_what_makes_no_sense_is_refused(host: RandomHost) -> None:
    for options, message in (
        ({"mode": "swap"}, "mode add or replace"),
        ({"scaling": "odd"}, "scaling absolute, mean or norm"),
        ({"window": (1.0, 0.8)}, "a window of injection"),
        ({"before_softmax": True, "renormalises": True}, "renormalising after the softmax only"),
        ({"heads": (-1,)}, "heads and levels from 0"),
    ):
        with pytest.raises(ConfigError, match=message):
            Injection(**options)
    with pytest.raises(ConfigError, match="at least one map"):
        Injection().method(())
    with pytest.raises(ConfigError, match=r"heads from 0 to 1 of down.0.0.cross; got \(2,\)"):
        predict(host, Injection(heads=(2,)))
    assert count_hooks(host.unet) == 0
