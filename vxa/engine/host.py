"""The port to whatever holds the model: everything an algorithm may ask of it, and nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vxa.core.errors import ShapeError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable
from vxa.engine.clock import Conductor, Cue
from vxa.engine.sites import SiteTable, find_sites

PredictionType = Literal["epsilon", "v_prediction"]


@dataclass(frozen=True)
class HostInfo:
    """Who the model is."""

    name: str
    """Checkpoint, as the user knows it."""
    hash: str
    """First 10 hex digits of a SHA-256 over its UNet weights, or the host's own short hash."""
    family: str
    """"sd1", "sd2", "sdxl", "tiny" or "random"."""
    prediction_type: PredictionType
    """What the UNet predicts."""
    sample: Grid
    """Picture size the model was trained at, pixels."""
    latent_channels: int = 4
    """Channels of the latent."""
    downscale: int = 8
    """Pixels a latent cell."""
    size_multiple: int = 64
    """Picture sides must be multiples of this many pixels for every level to come out even."""


@dataclass(frozen=True)
class Conditioning:
    """Encoded prompts."""

    context_btc: Tensor
    """Shape (b, t, c): what cross-attention reads, 77 columns a chunk."""
    added: Mapping[str, Tensor] = field(default_factory=dict)
    """Further inputs by the host's names (SDXL: pooled text and sizes), first axis b."""

    def rows(self, indices: Sequence[int]) -> Conditioning:
        """Pick or repeat rows."""
        index = torch.as_tensor(list(indices), device=self.context_btc.device)
        return Conditioning(self.context_btc[index], {name: part[index] for name, part in self.added.items()})


def join(*parts: Conditioning) -> Conditioning:
    """Concatenate conditionings along the batch; shorter contexts must not occur.

    Raises:
        ShapeError: If context lengths differ.
    """
    lengths = {part.context_btc.shape[1] for part in parts}
    if len(lengths) > 1:
        raise ShapeError("prompts of the same number of 77-token chunks", got=sorted(lengths))
    added = {name: torch.cat([part.added[name] for part in parts]) for name in parts[0].added}
    return Conditioning(torch.cat([part.context_btc for part in parts]), added)


class Host(ABC):
    """A model ready to be asked. Subclasses adapt diffusers, the webui, or a small UNet in memory.

    Latents are (b, channels, height, width) on `device`, scaled so that clean latents have about unit variance.
    """

    info: HostInfo
    unet: nn.Module

    def __init__(self) -> None:
        self.conductor = Conductor()

    @cached_property
    def sites(self) -> SiteTable:
        """Attention layers of the UNet, found on first use."""
        return find_sites(self.unet)

    @property
    def state_key(self) -> Hashable:
        """What a recording depends on besides the job: equal keys, equal maps. Hosts with settings add them."""
        return self.info.hash

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where latents live."""

    @property
    @abstractmethod
    def alphas_cumprod(self) -> Tensor:
        """Signal left at each training timestep: shape (timesteps,), float64, on the CPU, falling."""

    @abstractmethod
    def tokenize(self, prompt: str) -> tuple[TokenTable, ...]:
        """Make the token table of each text encoder. All share their columns."""

    @abstractmethod
    def encode_prompts(self, prompts: Sequence[str], size: Grid) -> Conditioning:
        """Encode prompts for pictures of `size` pixels; all are padded to the same number of chunks."""

    @abstractmethod
    def encode_picture(self, pixels_bcyx: Tensor) -> Tensor:
        """Encode RGB in [-1, 1], shape (b, 3, y, x), as the scaled mean of the posterior."""

    @abstractmethod
    def decode(self, latents_bcyx: Tensor) -> Tensor:
        """Decode latents to RGB, clipped to [-1, 1], shape (b, 3, y, x), float32 on the CPU."""

    @abstractmethod
    def make_scheduler(self, name: str, num_steps: int) -> Any:
        """Make a diffusers scheduler with this model's noise schedule, its timesteps set."""

    @abstractmethod
    def _predict(self, latents_bcyx: Tensor, timestep: float, conditioning: Conditioning) -> Tensor:
        """Run the UNet once."""

    def predict(self, latents_bcyx: Tensor, conditioning: Conditioning, cue: Cue) -> Tensor:
        """Run the UNet once, announced to whoever listens.

        Args:
            latents_bcyx: Noisy latents as the UNet wants them (already scaled by the scheduler), one a cue row.
            conditioning: One row a latent.
            cue: Rows and clock of this call; its timestep is handed to the UNet.

        Returns:
            Predicted noise or v, shape of the latents.

        Raises:
            ShapeError: If rows or sizes disagree.
        """
        rows, height, width = len(cue.rows), *latents_bcyx.shape[-2:]
        if (
            latents_bcyx.shape[0] != rows
            or conditioning.context_btc.shape[0] != rows
            or cue.latent != Grid(height, width)
        ):
            raise ShapeError(
                f"{rows} rows of latents and prompts at {cue.latent}",
                got=f"latents {tuple(latents_bcyx.shape)}, context {tuple(conditioning.context_btc.shape)}",
            )
        with self.conductor.playing(cue):
            return self._predict(latents_bcyx, cue.clock.timestep, conditioning)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything a job needs around it; here no gradients. Hosts add lock, autocast and memory handling.

        Raises:
            StaleHostError: If the model or its settings changed while this waited for its turn.
        """
        with torch.no_grad():
            yield
