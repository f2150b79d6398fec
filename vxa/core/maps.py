"""The record of one observation: attention by layer, head, token and place, with where it came from.

Pure data. How maps are recorded is the engine's affair, how they are reduced to one picture the methods'.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from torch import Tensor

from vxa.core.errors import NoMapsError, SelectionError, ShapeError, did_you_mean
from vxa.core.grid import Grid
from vxa.core.whole_file import writing_file

_META = "__vxa__"
# what numpy, zip, zlib and json raise over files that are missing, cut off, or something else altogether
_UNREADABLE = (OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class LayerInfo:
    """What a map must know of the layer it came from."""

    address: str
    """Canonical address, such as "mid.0.0.cross"."""
    place: str
    """"down", "mid" or "up"."""
    level: int
    """How many times the latent was halved there."""
    heads: int
    """Attention heads of the layer."""


@dataclass(frozen=True)
class AttentionMaps:
    """Probabilities summed over UNet calls: Σ over calls of A[layer, head or head mean, token, y, x]."""

    layers: tuple[LayerInfo, ...]
    """In the order down, mid, up."""
    sums: Mapping[str, Tensor]
    """By address: shape (h, t, y, x), float32 on the CPU; h is 1 (mean over heads) or the layer's heads."""
    tokens: tuple[int, ...]
    """Context column of each index of axis t."""
    num_calls: int
    """How many UNet calls are in the sums."""
    latent: Grid
    """The latent grid that all layers were halved from."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Model, prompt, timesteps, seeds … as plain data."""

    def __post_init__(self) -> None:
        if self.num_calls < 1 or set(self.sums) != {layer.address for layer in self.layers}:
            raise ShapeError(
                "one map a layer from at least one UNet call", got=f"{sorted(self.sums)} from {self.num_calls} calls"
            )
        for layer in self.layers:
            shape = tuple(self.sums[layer.address].shape)
            grid = self.latent.level(layer.level)
            if shape[1:] != (len(self.tokens), grid.height, grid.width) or shape[0] not in (1, layer.heads):
                raise ShapeError(
                    f"maps of {layer.address} as (1 or {layer.heads}, {len(self.tokens)}, {grid.height}, {grid.width})",
                    got=shape,
                )

    def __len__(self) -> int:
        return len(self.layers)

    @property
    def num_bytes(self) -> int:
        """Memory the maps take."""
        return sum(maps.numel() * maps.element_size() for maps in self.sums.values())

    def layer(self, address: str) -> LayerInfo:
        """Look a layer up by its address.

        Raises:
            NoMapsError: If it was not recorded.
        """
        for layer in self.layers:
            if layer.address == address:
                return layer
        raise NoMapsError("a recorded layer", got=address, remedy=did_you_mean(address, self.sums))

    def mean(self, address: str) -> Tensor:
        """Average over calls: shape (h, t, y, x), in [0, 1]."""
        self.layer(address)
        return self.sums[address] / self.num_calls

    def columns(self, indices: Iterable[int]) -> list[int]:
        """Translate context columns into positions on axis t.

        Raises:
            SelectionError: If a column was not recorded.
        """
        place = {token: position for position, token in enumerate(self.tokens)}
        missing = [index for index in indices if index not in place]
        if missing:
            raise SelectionError(
                "recorded tokens", got=missing, remedy=f"Recorded are {list(self.tokens)}; observe these tokens too."
            )
        return [place[index] for index in indices]

    def only(self, addresses: Iterable[str]) -> AttentionMaps:
        """Keep some layers, in the order down, mid, up.

        Raises:
            NoMapsError: If one was not recorded, or none is left.
        """
        wanted = {self.layer(address).address for address in addresses}
        if not wanted:
            raise NoMapsError("at least one layer", got="none", remedy="Choose a layer or a preset.")
        layers = tuple(layer for layer in self.layers if layer.address in wanted)
        return replace(self, layers=layers, sums={layer.address: self.sums[layer.address] for layer in layers})

    def with_tokens(self, indices: Iterable[int]) -> AttentionMaps:
        """Keep some context columns, ascending, each once.

        Raises:
            SelectionError: If one was not recorded.
        """
        tokens = tuple(sorted(set(indices)))
        columns = self.columns(tokens)
        return replace(self, tokens=tokens, sums={address: maps[:, columns] for address, maps in self.sums.items()})

    def with_heads(self, heads: Sequence[int]) -> AttentionMaps:
        """Average some heads of every layer.

        Args:
            heads: Head numbers from 0, at least one.

        Raises:
            NoMapsError: If the heads were not kept apart.
            SelectionError: If a layer has no such head.
        """
        sums: dict[str, Tensor] = {}
        for layer in self.layers:
            maps_htyx = self.sums[layer.address]
            if maps_htyx.shape[0] != layer.heads:
                raise NoMapsError("maps of single heads", got="their mean", remedy="Record with the heads kept apart.")
            if not heads or min(heads) < 0 or max(heads) >= layer.heads:
                raise SelectionError(f"heads from 0 to {layer.heads - 1} of {layer.address}", got=list(heads))
            sums[layer.address] = maps_htyx[list(heads)].mean(0, keepdim=True)
        return replace(self, sums=sums)

    def save_npz(self, path: Path | str) -> Path:
        """Write everything to a compressed .npz, whole or not at all.

        Raises:
            OutputError: If the file cannot be written.
        """
        path = Path(path)
        with writing_file(path) as file:
            self.write_npz(file)
        return path

    def write_npz(self, file: IO[bytes]) -> None:
        """Write everything, as `save_npz` does, to an open file or a buffer."""
        meta = {
            "layers": [vars(layer) for layer in self.layers],
            "tokens": list(self.tokens),
            "num_calls": self.num_calls,
            "latent": [self.latent.height, self.latent.width],
            "provenance": dict(self.provenance),
        }
        arrays: dict[str, Any] = {address: maps.numpy() for address, maps in self.sums.items()}
        arrays[_META] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
        np.savez_compressed(file, **arrays)

    @classmethod
    def load_npz(cls, path: Path | str) -> AttentionMaps:
        """Read what `save_npz` wrote.

        Raises:
            NoMapsError: If the file is missing or is not such a file.
        """
        try:
            # opened here, as numpy leaves a damaged archive open
            with Path(path).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                meta = json.loads(bytes(file[_META]))
                sums = {name: torch.from_numpy(file[name]) for name in file.files if name != _META}
            layers = tuple(LayerInfo(**layer) for layer in meta["layers"])
            latent = Grid(*meta["latent"])
            return cls(layers, sums, tuple(meta["tokens"]), meta["num_calls"], latent, meta["provenance"])
        except _UNREADABLE as error:
            raise NoMapsError("an .npz of maps saved by VXA", got=f"{path} ({error})") from error


def add_maps(first: AttentionMaps, second: AttentionMaps) -> AttentionMaps:
    """Add two records of the same layers, tokens and latent grid; calls add up, provenance is the first's.

    Raises:
        ShapeError: If layers, tokens, heads or grids differ.
    """
    if (first.layers, first.tokens, first.latent) != (second.layers, second.tokens, second.latent):
        raise ShapeError(
            "two records of the same layers, tokens and latent size", got=f"{first.latent}, {second.latent}"
        )
    for address, maps in first.sums.items():
        if maps.shape != second.sums[address].shape:
            raise ShapeError("both records with or without heads", got=f"{maps.shape}, {second.sums[address].shape}")
    sums = {address: maps + second.sums[address] for address, maps in first.sums.items()}
    return replace(first, sums=sums, num_calls=first.num_calls + second.num_calls)
