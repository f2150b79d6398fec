"""Where the transformers of a UNet sit, in both spellings and with their level.

A transformer is a module with `transformer_blocks`. Knows the two layouts, ldm/sgm (`input_blocks`, `middle_block`,
`output_blocks`) and diffusers (`down_blocks`, `mid_block`, `up_blocks`), and translates between their names by
walking the structure, so that pruned models (SSD-1B) and other numbers of layers a block come out right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from torch import nn

from vxa.core.errors import UnsupportedModelError


@dataclass(frozen=True)
class Transformer:
    """One spatial transformer of a UNet."""

    place: Literal["down", "mid", "up"]
    """Part of the UNet."""
    index: int
    """Position within the place, from 0."""
    level: int
    """How many times the latent is halved there."""
    ldm_name: str
    """Module path in ldm spelling."""
    diffusers_name: str
    """Module path in diffusers spelling."""
    blocks: tuple[nn.Module, ...]
    """Its basic transformer blocks."""


def list_transformers(unet: nn.Module) -> list[Transformer]:
    """List the transformers in the order down, mid, up.

    Raises:
        UnsupportedModelError: If the module has neither layout.
    """
    if hasattr(unet, "down_blocks"):
        return [*_diffusers_down(unet), *_diffusers_mid(unet), *_diffusers_up(unet)]
    if hasattr(unet, "input_blocks"):
        return _ldm(unet)
    raise UnsupportedModelError(
        "a UNet with down_blocks (diffusers) or input_blocks (ldm)",
        got=type(unet).__name__,
        remedy="SD3, Flux and other transformers have no UNet; choose an SD 1.x, SD 2.x or SDXL model.",
    )


def _blocks_of(module: nn.Module) -> tuple[nn.Module, ...]:
    return tuple(getattr(module, "transformer_blocks", ()))


def _diffusers_down(unet: nn.Module) -> Iterator[Transformer]:
    index, slot = 0, 1  # ldm's input_blocks.0 is the first convolution
    for level, block in enumerate(unet.down_blocks):  # type: ignore[arg-type]
        attentions = getattr(block, "attentions", None) or ()
        for j, attention in enumerate(attentions):
            if blocks := _blocks_of(attention):
                names = (f"input_blocks.{slot + j}.1", f"down_blocks.{level}.attentions.{j}")
                yield Transformer("down", index, level, *names, blocks)
                index += 1
        slot += len(block.resnets) + bool(getattr(block, "downsamplers", None))


def _diffusers_mid(unet: nn.Module) -> Iterator[Transformer]:
    level = len(unet.down_blocks) - 1  # type: ignore[arg-type]
    for j, attention in enumerate(getattr(unet.mid_block, "attentions", None) or ()):
        if blocks := _blocks_of(attention):
            yield Transformer("mid", j, level, f"middle_block.{2 * j + 1}", f"mid_block.attentions.{j}", blocks)


def _diffusers_up(unet: nn.Module) -> Iterator[Transformer]:
    index, slot = 0, 0
    top = len(unet.up_blocks) - 1  # type: ignore[arg-type]
    for i, block in enumerate(unet.up_blocks):  # type: ignore[arg-type]
        for j, attention in enumerate(getattr(block, "attentions", None) or ()):
            if blocks := _blocks_of(attention):
                names = (f"output_blocks.{slot + j}.1", f"up_blocks.{i}.attentions.{j}")
                yield Transformer("up", index, top - i, *names, blocks)
                index += 1
        slot += len(block.resnets)


def _ldm(unet: nn.Module) -> list[Transformer]:
    inputs, outputs = list(unet.input_blocks), list(unet.output_blocks)  # type: ignore[arg-type]
    levels, found, index = _ldm_levels(inputs), [], 0
    block_starts = [i for i in range(1, len(inputs)) if i == 1 or levels[i - 1] < levels[i]]
    for i, sequence in enumerate(inputs):
        for j, part in enumerate(sequence):
            if blocks := _blocks_of(part):
                first = max(start for start in block_starts if start <= i)
                # the entry that halves is counted to the level it leads to, one before its first residual block
                offset = i - first - (levels[i] > 0)
                names = (f"input_blocks.{i}.{j}", f"down_blocks.{levels[i]}.attentions.{offset}")
                found.append(Transformer("down", index, levels[i], *names, blocks))
                index += 1
    middles = [(j, _blocks_of(part)) for j, part in enumerate(unet.middle_block) if _blocks_of(part)]  # type: ignore[arg-type]
    for position, (j, blocks) in enumerate(middles):
        names = (f"middle_block.{j}", f"mid_block.attentions.{position}")
        found.append(Transformer("mid", position, levels[-1], *names, blocks))
    # output block i joins the output of input block n-1-i, so it runs at that level
    up_levels = [levels[len(inputs) - 1 - i] for i in range(len(outputs))]
    index = 0
    for i, sequence in enumerate(outputs):
        for j, part in enumerate(sequence):
            if blocks := _blocks_of(part):
                offset = i - up_levels.index(up_levels[i])
                names = (f"output_blocks.{i}.{j}", f"up_blocks.{levels[-1] - up_levels[i]}.attentions.{offset}")
                found.append(Transformer("up", index, up_levels[i], *names, blocks))
                index += 1
    return found


def _ldm_levels(inputs: list[nn.Module]) -> list[int]:
    """Level each entry of input_blocks runs at or leads to: one more from every entry on that halves."""
    levels: list[int] = []
    for i, sequence in enumerate(inputs):
        halves = i > 0 and any(_halves(part) for part in sequence.children())
        levels.append((levels[-1] if levels else 0) + halves)
    return levels


def _halves(part: nn.Module) -> bool:
    """Whether the module is ldm's Downsample (a strided convolution or pooling named `op`) or an updown ResBlock."""
    strided = getattr(part, "op", None)
    return strided is not None or bool(getattr(part, "updown", False) and hasattr(part, "h_upd"))
