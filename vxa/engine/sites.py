"""Find, name and order the attention layers of a UNet.

Reads module names and structure only: works on any UNet of the Stable Diffusion family in diffusers or ldm/sgm
spelling, also on the meta device. Never tests class names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

from torch import nn

from vxa.core.errors import LayerNotFoundError, UnsupportedModelError, did_you_mean
from vxa.core.head_layers import HeadLayers
from vxa.core.maps import LayerInfo
from vxa.engine.blocks import Transformer, list_transformers

Kind = Literal["cross", "self"]
Place = Literal["down", "mid", "up"]

_KINDS: dict[str, Kind] = {"attn1": "self", "attn2": "cross"}
_PREFIX = re.compile(r"^(?:model\.)?(?:diffusion_model\.)?")


@dataclass(frozen=True)
class Site:
    """One attention layer."""

    address: str
    """Canonical name: place.index.depth.kind, such as "down.1.0.cross"."""
    kind: Kind
    """Reads the prompt ("cross") or the picture itself ("self")."""
    place: Place
    """Part of the UNet."""
    index: int
    """Transformer within the place, from 0."""
    depth: int
    """Block within the transformer, from 0."""
    layer: int
    """Position among the sites of its kind in the order down, mid, up: the published layer number of HRV."""
    place_layer: int
    """Position among the sites of its kind and place: "layer" in the published head index."""
    heads: int
    """Number of attention heads."""
    head_dim: int
    """Channels a head."""
    level: int
    """How many times the latent is halved there."""
    ldm_name: str
    """Module path in ldm and sgm UNets, without prefix."""
    diffusers_name: str
    """Module path in diffusers UNets."""
    module: Any = field(repr=False, compare=False)
    """The layer, with `to_q`, `to_k`, `to_v` and `to_out`."""

    @property
    def scale(self) -> float:
        """Factor on q·k before the softmax, head_dim ** -0.5. Never taken from the module: some hosts lack it."""
        return self.head_dim**-0.5

    @property
    def info(self) -> LayerInfo:
        """What the maps record of the layer."""
        return LayerInfo(self.address, self.place, self.level, self.heads)


class SiteTable(Sequence[Site]):
    """Sites in the order down, mid, up, as they run."""

    def __init__(self, sites: Sequence[Site]) -> None:
        self._sites = tuple(sites)

    @overload
    def __getitem__(self, index: int) -> Site: ...
    @overload
    def __getitem__(self, index: slice) -> SiteTable: ...
    def __getitem__(self, index: int | slice) -> Site | SiteTable:
        return SiteTable(self._sites[index]) if isinstance(index, slice) else self._sites[index]

    def __len__(self) -> int:
        return len(self._sites)

    def __repr__(self) -> str:
        return f"SiteTable({[site.address for site in self._sites]})"

    @property
    def cross(self) -> SiteTable:
        """The layers that read the prompt."""
        return SiteTable([site for site in self._sites if site.kind == "cross"])

    @property
    def own(self) -> SiteTable:
        """The self-attention layers."""
        return SiteTable([site for site in self._sites if site.kind == "self"])

    @property
    def num_heads(self) -> int:
        """Heads of all sites together."""
        return sum(site.heads for site in self._sites)

    @property
    def head_layers(self) -> HeadLayers:
        """The cross-attention layers and their heads, in the published order."""
        cross = self.cross
        return HeadLayers(tuple(site.address for site in cross), tuple(site.heads for site in cross))

    @property
    def head_index(self) -> tuple[str, ...]:
        """Name every head in the order published with HRV: "{place}, layer: {l}, head: {h}", l within the place."""
        return self.head_layers.names

    def find(self, name: str) -> Site:
        """Find a site by canonical address, diffusers name, or ldm name with or without the webui's prefix.

        Raises:
            LayerNotFoundError: If there is none; the message names the nearest.
        """
        bare = _PREFIX.sub("", name.strip())
        for site in self._sites:
            if bare in (site.address, site.ldm_name, site.diffusers_name):
                return site
        known = [known for site in self._sites for known in (site.address, site.ldm_name, site.diffusers_name)]
        raise LayerNotFoundError("the name of an attention layer", got=repr(name), remedy=did_you_mean(bare, known))


def find_sites(unet: nn.Module) -> SiteTable:
    """List the attention layers of a UNet.

    Args:
        unet: A diffusers `UNet2DConditionModel` or an ldm/sgm `UNetModel`; any device, also meta.

    Returns:
        Self- and cross-attention sites in the order down, mid, up (diffusers registers mid last: sorted here).

    Raises:
        UnsupportedModelError: If there is no cross-attention layer.
    """
    sites: list[Site] = []
    for transformer in list_transformers(unet):
        for depth, block in enumerate(transformer.blocks):
            for attention in _KINDS:
                if _is_attention(getattr(block, attention, None)):
                    sites.append(_site(transformer, depth, block, attention, sites))
    if not any(site.kind == "cross" for site in sites):
        raise UnsupportedModelError(
            "a UNet with cross-attention layers (SD 1.x, SD 2.x, SDXL)",
            got=f"{type(unet).__name__} without any",
            remedy="SD3 and Flux use joint attention and cannot be opened this way; choose another model.",
        )
    return SiteTable(sites)


def _is_attention(module: nn.Module | None) -> bool:
    return module is not None and all(hasattr(module, part) for part in ("to_q", "to_k", "to_v", "to_out"))


def _site(transformer: Transformer, depth: int, block: nn.Module, attention: str, before: Sequence[Site]) -> Site:
    module: Any = getattr(block, attention)
    kind = _KINDS[attention]
    alike = [site for site in before if site.kind == kind]
    heads = int(module.heads)
    tail = f"transformer_blocks.{depth}.{attention}"
    return Site(
        address=f"{transformer.place}.{transformer.index}.{depth}.{kind}",
        kind=kind,
        place=transformer.place,
        index=transformer.index,
        depth=depth,
        layer=len(alike),
        place_layer=sum(site.place == transformer.place for site in alike),
        heads=heads,
        head_dim=int(module.to_q.out_features) // heads,
        level=transformer.level,
        ldm_name=f"{transformer.ldm_name}.{tail}",
        diffusers_name=f"{transformer.diffusers_name}.{tail}",
        module=module,
    )
