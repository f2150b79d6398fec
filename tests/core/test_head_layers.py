from __future__ import annotations

import numpy as np
import pytest

from tests.published import published
from vxa.core.errors import ConfigError, LayerNotFoundError
from vxa.core.head_layers import SD1_LAYERS, SDXL_LAYERS, HeadLayers

LAYERS = HeadLayers(("down.0.0.cross", "down.0.1.cross", "mid.0.0.cross", "up.0.0.cross"), (2, 2, 3, 1))


def test_index_and_layer_lead_to_each_other() -> None:
    assert LAYERS.total == 8 and len(LAYERS) == 4
    for index in range(LAYERS.total):
        address, head = LAYERS.locate(index)
        assert LAYERS.index_of(address, head) == index
        assert range(LAYERS.total)[LAYERS.slice_of(address)][head] == index


def test_heads_are_sorted_into_their_layers() -> None:
    assert LAYERS.by_layer([7, 4, 0, 5, 4]) == {"down.0.0.cross": (0,), "mid.0.0.cross": (0, 1), "up.0.0.cross": (0,)}
    assert LAYERS.by_layer([]) == {}


def test_names_count_layers_within_their_place() -> None:
    assert LAYERS.names[2:5] == ("down, layer: 1, head: 0", "down, layer: 1, head: 1", "mid, layer: 0, head: 0")


def test_names_are_the_published_head_index() -> None:
    assert SD1_LAYERS.names == tuple(np.load(published("head_index_sd_v1_4.npy")).tolist())


def test_sizes_and_offsets_of_the_models() -> None:
    assert (len(SD1_LAYERS), SD1_LAYERS.total) == (16, 128)
    assert SD1_LAYERS.slice_of("mid.0.0.cross") == slice(48, 56)
    assert (len(SDXL_LAYERS), SDXL_LAYERS.total) == (70, 1300)
    assert SDXL_LAYERS.slice_of("mid.0.0.cross") == slice(440, 460)
    assert SDXL_LAYERS.names[926] == "up, layer: 14, head: 6"
    assert SDXL_LAYERS.locate(1280) == ("up.5.0.cross", 0)


@pytest.mark.parametrize("index", [-1, 8])
def test_an_index_beyond_the_heads_is_refused(index: int) -> None:
    with pytest.raises(ConfigError, match="from 0 to 7"):
        LAYERS.locate(index)


def test_unknown_layers_and_heads_are_refused() -> None:
    with pytest.raises(LayerNotFoundError, match=r"Did you mean .*down\.0\.1\.cross"):
        LAYERS.slice_of("down.1.0.cross")
    with pytest.raises(ConfigError, match=r"mid\.0\.0\.cross from 0 to 2"):
        LAYERS.index_of("mid.0.0.cross", 3)
    with pytest.raises(ConfigError):
        HeadLayers(("mid.0.0.cross",), (1, 2))
