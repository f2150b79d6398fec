"""The record of one observation: its rules, its file, its sums."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from vxa.core.errors import NoMapsError, OutputError, SelectionError, ShapeError
from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps, LayerInfo, add_maps

LATENT = Grid(5, 8)
LAYERS = (LayerInfo("down.0.0.cross", "down", 0, 2), LayerInfo("mid.0.0.cross", "mid", 1, 3))
TOKENS = (0, 2, 5)


def make_maps(seed: int = 0, keeps_heads: bool = True, num_calls: int = 4, **changes: object) -> AttentionMaps:
    generator = torch.Generator().manual_seed(seed)
    sums = {}
    for layer in LAYERS:
        grid = LATENT.level(layer.level)
        heads = layer.heads if keeps_heads else 1
        sums[layer.address] = torch.rand(heads, len(TOKENS), grid.height, grid.width, generator=generator) * num_calls
    fields = {"layers": LAYERS, "sums": sums, "tokens": TOKENS, "num_calls": num_calls, "latent": LATENT}
    return AttentionMaps(**{**fields, "provenance": {"prompt": "a “hat”", "seeds": [1, 2]}, **changes})


@pytest.mark.parametrize("keeps_heads", [True, False])
def test_a_file_brings_everything_back(tmp_path: Path, keeps_heads: bool) -> None:
    maps = make_maps(keeps_heads=keeps_heads)
    path = maps.save_npz(tmp_path / "maps.npz")
    again = AttentionMaps.load_npz(path)
    for name in ("layers", "tokens", "num_calls", "latent", "provenance"):
        assert getattr(again, name) == getattr(maps, name)
    assert list(again.sums) == list(maps.sums)
    assert all(torch.equal(again.sums[address], maps.sums[address]) for address in maps.sums)
    assert os.listdir(tmp_path) == ["maps.npz"]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    for path in (tmp_path / "absent" / "maps.npz", tmp_path):
        with pytest.raises(OutputError, match=r"Expected to write"):
            make_maps().save_npz(path)
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(OutputError):
        make_maps().save_npz(tmp_path / "file" / "maps.npz")
    assert os.listdir(tmp_path) == ["file"]


def test_breaking_off_while_writing_keeps_the_old_file(tmp_path: Path) -> None:
    path = make_maps(seed=1).save_npz(tmp_path / "maps.npz")
    before = path.read_bytes()

    class Stuck:
        """An array whose writing the user interrupts."""

        def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
            raise KeyboardInterrupt

    class Map:
        shape = (1, len(TOKENS), LATENT.height, LATENT.width)

        def numpy(self) -> Stuck:
            return Stuck()

    maps = make_maps(layers=LAYERS[:1], sums={LAYERS[0].address: Map()})
    with pytest.raises(KeyboardInterrupt):
        maps.save_npz(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["maps.npz"]


def _foreign_npz(path: Path) -> None:
    np.savez(path, a=np.zeros(3))


def _npy(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def _cut_off(path: Path) -> None:
    make_maps().save_npz(path)
    path.write_bytes(path.read_bytes()[:-200])


def _damaged(path: Path) -> None:
    make_maps().save_npz(path)
    content = bytearray(path.read_bytes())
    content[100:160] = bytes(60)
    path.write_bytes(content)


def _meta_is_a_list(path: Path) -> None:
    np.savez(path, __vxa__=np.frombuffer(b"[]", np.uint8))


def _shape_is_wrong(path: Path) -> None:
    maps = make_maps()
    maps.save_npz(path)
    with np.load(path) as file:
        arrays = dict(file)
    arrays[LAYERS[0].address] = arrays[LAYERS[0].address][:, :, :-1]
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: None,
        lambda path: path.mkdir(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no archive at all"),
        _foreign_npz, _npy, _cut_off, _damaged, _meta_is_a_list, _shape_is_wrong,
    ],
    ids=["missing", "folder", "empty", "text", "foreign", "npy", "cut off", "damaged", "list", "shape"],
)  # fmt: skip
def test_what_is_no_such_file_is_refused(tmp_path: Path, write: object) -> None:
    path = tmp_path / "maps.npz"
    write(path)
    with pytest.raises(NoMapsError, match=r"Expected an .npz of maps saved by VXA; got .*maps\.npz"):
        AttentionMaps.load_npz(path)


def test_shapes_are_checked() -> None:
    good = make_maps().sums
    for address, wrong in (
        ("down.0.0.cross", torch.zeros(2, 3, 8, 5)),  # height and width swapped
        ("down.0.0.cross", torch.zeros(2, 2, 5, 8)),
        ("mid.0.0.cross", torch.zeros(2, 3, 3, 4)),  # neither one head nor all
        ("mid.0.0.cross", torch.zeros(3, 3, 2, 4)),  # halved rounding down
    ):
        with pytest.raises(ShapeError, match=r"maps of " + address):
            make_maps(sums={**good, address: wrong})


def test_layers_and_sums_must_be_the_same_and_from_a_call() -> None:
    sums = make_maps().sums
    for changes in ({"sums": {}}, {"sums": {**sums, "up.0.0.cross": torch.zeros(1)}}, {"num_calls": 0}):
        with pytest.raises(ShapeError, match=r"one map a layer from at least one UNet call"):
            make_maps(**changes)


def test_mean_is_the_sum_over_the_calls() -> None:
    maps = make_maps(num_calls=4)
    assert torch.equal(maps.mean("mid.0.0.cross"), maps.sums["mid.0.0.cross"] / 4)
    with pytest.raises(NoMapsError, match=r"got mid.0.1.cross. Did you mean mid.0.0.cross"):
        maps.mean("mid.0.1.cross")


def test_size() -> None:
    assert len(make_maps()) == 2
    assert make_maps().num_bytes == 4 * 3 * (2 * 40 + 3 * 12)


def test_columns_are_positions_of_the_recorded_tokens() -> None:
    assert make_maps().columns([5, 0, 5]) == [2, 0, 2]
    with pytest.raises(SelectionError, match=r"recorded tokens; got \[1, 7\]. Recorded are \[0, 2, 5\]"):
        make_maps().columns([0, 1, 7])


def test_only_keeps_the_order_of_the_layers() -> None:
    maps = make_maps()
    both = maps.only(["mid.0.0.cross", "down.0.0.cross"])
    assert both.layers == LAYERS
    assert list(maps.only(["mid.0.0.cross"]).sums) == ["mid.0.0.cross"]
    with pytest.raises(NoMapsError, match=r"a recorded layer; got up.0.0.cross"):
        maps.only(["mid.0.0.cross", "up.0.0.cross"])
    with pytest.raises(NoMapsError, match=r"at least one layer"):
        maps.only([])


def test_some_tokens_are_kept() -> None:
    maps = make_maps()
    some = maps.with_tokens([5, 0, 5])
    assert some.tokens == (0, 5) and some.num_calls == maps.num_calls
    assert all(torch.equal(some.sums[address], maps.sums[address][:, [0, 2]]) for address in maps.sums)
    with pytest.raises(SelectionError, match=r"recorded tokens; got \[1\]"):
        maps.with_tokens([0, 1])


def test_some_heads_are_averaged() -> None:
    maps = make_maps()
    some = maps.with_heads([0, 1])
    for layer in LAYERS:
        expected = (maps.sums[layer.address][0] + maps.sums[layer.address][1]) / 2
        torch.testing.assert_close(some.sums[layer.address], expected[None])
    assert torch.equal(maps.with_heads([1]).sums["mid.0.0.cross"][0], maps.sums["mid.0.0.cross"][1])
    assert some.num_calls == maps.num_calls and some.provenance == maps.provenance


@pytest.mark.parametrize("heads", [[], [2], [-1], [0, 3]])
def test_heads_that_a_layer_lacks_are_refused(heads: list[int]) -> None:
    with pytest.raises(SelectionError, match=r"heads from 0 to 1 of down.0.0.cross"):
        make_maps().with_heads(heads)


def test_heads_of_a_mean_cannot_be_picked() -> None:
    with pytest.raises(NoMapsError, match=r"got their mean. Record with the heads kept apart"):
        make_maps(keeps_heads=False).with_heads([0])


def test_adding_adds_maps_and_calls() -> None:
    first, second = make_maps(1, num_calls=4), make_maps(2, num_calls=2, provenance={})
    both = add_maps(first, second)
    assert both.num_calls == 6 and both.provenance == first.provenance
    for address in first.sums:
        torch.testing.assert_close(both.mean(address), (4 * first.mean(address) + 2 * second.mean(address)) / 6)


def test_only_like_is_added_to_like() -> None:
    maps = make_maps()
    for other in (make_maps(tokens=(0, 2, 6)), maps.only(["mid.0.0.cross"])):
        with pytest.raises(ShapeError, match=r"the same layers, tokens and latent size"):
            add_maps(maps, other)
    with pytest.raises(ShapeError, match=r"with or without heads"):
        add_maps(maps, make_maps(keeps_heads=False))
