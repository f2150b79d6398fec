"""The heads of a model in one row: how an index from 0 becomes a layer and a head, and back.

Pure names and numbers. The order is down, mid, up, layer by layer as they run: the one published with HRV.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from vxa.core.errors import ConfigError, LayerNotFoundError, did_you_mean


@dataclass(frozen=True)
class HeadLayers:
    """The cross-attention layers of a model in the published order, and how many heads each has."""

    addresses: tuple[str, ...]
    """Canonical addresses, such as "down.0.0.cross"; see `vxa.engine.sites.Site.address`."""
    heads: tuple[int, ...]
    """Number of heads of each."""

    def __post_init__(self) -> None:
        if not self.addresses or len(self.addresses) != len(self.heads) or min(self.heads) < 1:
            raise ConfigError("at least one layer, each with its heads", got=f"{self.addresses}, {self.heads}")

    def __len__(self) -> int:
        return len(self.addresses)

    @property
    def total(self) -> int:
        """Heads of all layers together: 128 for SD 1.x, 1300 for SDXL."""
        return self._offsets[-1]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Each head by its published name, "{place}, layer: {l}, head: {h}", l counted within the place."""
        places = [address.split(".")[0] for address in self.addresses]
        return tuple(
            f"{place}, layer: {places[:layer].count(place)}, head: {head}"
            for layer, place in enumerate(places)
            for head in range(self.heads[layer])
        )

    @cached_property
    def _offsets(self) -> tuple[int, ...]:
        return (0, *accumulate(self.heads))

    def slice_of(self, address: str) -> slice:
        """Give the indices of a layer's heads.

        Raises:
            LayerNotFoundError: If there is no such layer.
        """
        if address not in self.addresses:
            remedy = did_you_mean(address, self.addresses)
            raise LayerNotFoundError("the address of a cross-attention layer", got=repr(address), remedy=remedy)
        layer = self.addresses.index(address)
        return slice(self._offsets[layer], self._offsets[layer + 1])

    def index_of(self, address: str, head: int) -> int:
        """Give the index of one head.

        Raises:
            LayerNotFoundError: If there is no such layer.
            ConfigError: If the layer has no such head.
        """
        found = self.slice_of(address)
        if not 0 <= head < found.stop - found.start:
            raise ConfigError(f"a head of {address} from 0 to {found.stop - found.start - 1}", got=head)
        return found.start + head

    def locate(self, index: int) -> tuple[str, int]:
        """Give the layer's address and the head within it.

        Raises:
            ConfigError: If there is no such index.

        Example:
            >>> HeadLayers(("down.0.0.cross", "mid.0.0.cross"), (8, 8)).locate(10)
            ('mid.0.0.cross', 2)
        """
        if not 0 <= index < self.total:
            raise ConfigError(f"the index of a head from 0 to {self.total - 1}", got=index)
        layer = bisect_right(self._offsets, index) - 1
        return self.addresses[layer], index - self._offsets[layer]

    def by_layer(self, indices: Iterable[int]) -> Mapping[str, tuple[int, ...]]:
        """Sort heads into their layers: by address, the heads within it, ascending.

        Example:
            >>> HeadLayers(("down.0.0.cross", "mid.0.0.cross"), (8, 8)).by_layer([10, 3, 8])
            {'down.0.0.cross': (3,), 'mid.0.0.cross': (0, 2)}
        """
        found: dict[str, tuple[int, ...]] = {}
        for address, head in map(self.locate, sorted(set(indices))):
            found[address] = (*found.get(address, ()), head)
        return found


def _layers(transformers: Mapping[str, Iterable[tuple[int, int]]]) -> HeadLayers:
    """Lay out a UNet, given for each place the (depth, heads) of its transformers."""

    def iter_layers() -> Iterator[tuple[str, int]]:
        for place, sizes in transformers.items():
            for index, (depth, heads) in enumerate(sizes):
                yield from ((f"{place}.{index}.{block}.cross", heads) for block in range(depth))

    addresses, heads = zip(*iter_layers(), strict=True)
    return HeadLayers(addresses, heads)


SD1_LAYERS = _layers({"down": [(1, 8)] * 6, "mid": [(1, 8)], "up": [(1, 8)] * 9})
"""Stable Diffusion 1.x: 16 layers of 8 heads."""
SDXL_LAYERS = _layers(
    {
        "down": [(2, 10)] * 2 + [(10, 20)] * 2,
        "mid": [(10, 20)],
        "up": [(10, 20)] * 3 + [(2, 10)] * 3,
    }
)
"""SDXL base: 70 layers, 1300 heads."""
