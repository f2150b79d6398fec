"""Head relevance vectors: how much each cross-attention head of a model has to do with each of some concepts.

Pure numbers, ready to be used. How they are made from counts is the affair of `vxa.core.head_counts`, files that of
`vxa.app.heads`.

Source: Park et al. 2024 (arXiv 2412.02237).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vxa.core.errors import ConfigError, ShapeError, did_you_mean
from vxa.core.head_layers import HeadLayers


@dataclass(frozen=True, eq=False)
class HeadVectors:
    """One vector a concept, with one entry a head."""

    concepts: tuple[str, ...]
    """Names, each once whatever the case."""
    layers: HeadLayers
    """Which heads these are."""
    vectors_nh: NDArray[np.float32]
    """Shape (concept, head), at least 0. As published the mean of each row is 1, so that its sum is the number of
    heads, and 1 says nothing for or against a head."""
    shares_nh: NDArray[np.float32]
    """Shape (concept, head): the share of each head's votes that went to the concept; columns sum to 1. The published
    "ranking list", by which heads are put in order."""
    steps_snh: NDArray[np.float32] | None = None
    """Shape (UNet call, concept, head): the vectors of each call alone; None where calls were not kept apart."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Model, prompts, steps, seed … as plain data; empty where nothing is known."""

    def __post_init__(self) -> None:
        shape = (len(self.concepts), self.layers.total)
        named = {"vectors": self.vectors_nh, "shares": self.shares_nh}
        if self.steps_snh is not None and (self.steps_snh.ndim != 3 or not len(self.steps_snh)):
            raise ShapeError("vectors of each UNet call as (call, concept, head)", got=self.steps_snh.shape)
        steps = () if self.steps_snh is None else self.steps_snh
        for name, array_nh in (*named.items(), *(("vectors of a UNet call", each_nh) for each_nh in steps)):
            if array_nh.shape != shape:
                raise ShapeError(f"{name} of {shape[0]} concepts and {shape[1]} heads", got=array_nh.shape)
            if not (np.isfinite(array_nh).all() and (array_nh >= 0).all()):
                raise ConfigError(f"{name} of finite numbers from 0", got="others", remedy="The file is damaged.")
        if len({name.casefold() for name in self.concepts}) < len(self.concepts) or not self.concepts:
            raise ConfigError("concepts with distinct names", got=", ".join(self.concepts) or "none")

    def of(self, concept: str) -> NDArray[np.float32]:
        """Give the vector of a concept, shape (head,).

        Args:
            concept: Its name, whatever the case.

        Raises:
            ConfigError: If there is no such concept; the message lists what there is.
        """
        return self.vectors_nh[self.row_of(concept)]

    def at(self, concept: str, address: str) -> NDArray[np.float32]:
        """Give the entries of a concept for the heads of one layer, shape (head of the layer,).

        Raises:
            ConfigError: If there is no such concept.
            LayerNotFoundError: If there is no such layer.
        """
        return self.of(concept)[self.layers.slice_of(address)]

    def order(self, concept: str, descending: bool = True) -> NDArray[np.intp]:
        """Put the heads in order of their shares, the most relevant first; of equal ones the first in the model.

        Args:
            concept: Its name, whatever the case.
            descending: Else the least relevant first: the exact reverse.

        Returns:
            Indices of heads, shape (head,).

        Raises:
            ConfigError: If there is no such concept.
        """
        found = np.argsort(-self.shares_nh[self.row_of(concept)], kind="stable")
        return found if descending else found[::-1].copy()

    def row_of(self, concept: str) -> int:
        """Give the number of a concept.

        Raises:
            ConfigError: If there is none of that name.
        """
        wanted = " ".join(concept.split()).casefold()
        for row, name in enumerate(self.concepts):
            if name.casefold() == wanted:
                return row
        nearest, listed = did_you_mean(concept, self.concepts), f"There are: {', '.join(self.concepts)}."
        remedy = listed if nearest == listed else f"{nearest} {listed}"
        raise ConfigError("the name of a concept", got=repr(concept), remedy=remedy)

    def grid(self, concept: str) -> NDArray[np.float32]:
        """Lay a concept's vector out: shape (layer, most heads of a layer), NaN where a layer has fewer heads.

        Raises:
            ConfigError: If there is no such concept.
        """
        grid_lh = np.full((len(self.layers), max(self.layers.heads)), np.nan, np.float32)
        for layer, (address, heads) in enumerate(zip(self.layers.addresses, self.layers.heads, strict=True)):
            grid_lh[layer, :heads] = self.at(concept, address)
        return grid_lh

    def concept_cosines(self) -> NDArray[np.float64]:
        """Compare the vectors of the concepts: shape (concept, concept), in [0, 1]."""
        return _cosines(self.vectors_nh)

    def step_cosines(self) -> NDArray[np.float64]:
        """Compare the UNet calls by their vectors averaged over concepts: shape (call, call), in [0, 1].

        Raises:
            ConfigError: If calls were not kept apart.
        """
        if self.steps_snh is None:
            raise ConfigError("vectors of each UNet call", got="those of all together", remedy="Build them with steps.")
        return _cosines(self.steps_snh.mean(axis=1))

    def fits(self, layers: HeadLayers) -> bool:
        """Whether these are vectors of a model with exactly these layers and heads."""
        return self.layers == layers

    def check_fits(self, layers: HeadLayers) -> None:
        """Check that these are vectors of a model with exactly these layers and heads.

        Raises:
            ConfigError: If not.
        """
        if not self.fits(layers):
            raise ConfigError(
                f"head vectors of a model with {len(layers)} cross-attention layers and {layers.total} heads",
                got=f"some of one with {len(self.layers)} and {self.layers.total}",
                remedy="Compute vectors for this model with `vxa heads compute`, or choose the model they are of.",
            )


def _cosines(rows_nh: NDArray[np.float32]) -> NDArray[np.float64]:
    lengths_n1 = np.linalg.norm(rows_nh.astype(np.float64), axis=1, keepdims=True)
    unit_nh = rows_nh / np.where(lengths_n1 > 0, lengths_n1, 1)
    return np.clip(unit_nh @ unit_nh.T, 0, 1)
