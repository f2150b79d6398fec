"""Attention that still knows what it was computed from, for methods that move latents along its gradient.

Computed beside the host's own kernel, from queries and keys that hooks hear, for the layers asked for alone. The UNet
stops after the last of them: what lies behind is computed neither on the way there nor on the way back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vxa.core.errors import HostError, NoMapsError, ShapeError
from vxa.engine.clock import Cue
from vxa.engine.host import Conditioning, Host
from vxa.engine.observe import UNetStopped
from vxa.engine.probabilities import without_autocast
from vxa.engine.seam import ForwardHook, Seam
from vxa.engine.sites import Site
from vxa.engine.steering.projections import Projections

Reduce = Callable[[Site, Tensor], Tensor]
"""Given a layer and its attention, shape (h, t, y, x), at least float32, gives what is kept of it."""

_CHECKPOINTING = ("checkpoint", "use_checkpoint", "gradient_checkpointing")
"""How blocks of ldm, sgm and diffusers are told to forget what they computed until the way back."""

_DO_WITHOUT = "Run the model as plain torch modules, or do without Attend-and-Excite."


@dataclass(frozen=True, eq=False)
class LiveProbe:
    """Looks at one picture's attention, gradients included if they are enabled."""

    host: Host
    """The model, inside its `running()`."""
    sites: tuple[Site, ...]
    """Cross-attention layers, in the order they run; at least one."""
    reduce: Reduce
    """What is kept of each."""

    def __call__(self, inputs_bcyx: Tensor, conditioning: Conditioning, cue: Cue) -> list[Tensor]:
        """Run the UNet as far as the last of the layers.

        Args:
            inputs_bcyx: What the UNet reads, one row.
            conditioning: Likewise.
            cue: Of this call.

        Returns:
            What is kept of each layer.

        Raises:
            NoMapsError: If a layer did not run.
            ShapeError: If queries do not match the latent.
            HostError: If a gradient is wanted and the model computes without.
        """
        hearing = _Hearing(self, cue)
        with Seam() as seam:
            for site in self.sites:
                seam.after(site.module.to_q, hearing.listener(site, "query"))
                seam.after(site.module.to_k, hearing.listener(site, "key"))
            try:
                self.host.predict(inputs_bcyx, conditioning, cue)
            except UNetStopped:
                pass
        if silent := [site.address for site in self.sites if site.address not in hearing.kept]:
            raise NoMapsError(f"attention of {len(self.sites)} layers", got=f"none of {', '.join(silent[:4])}")
        kept = [hearing.kept[site.address] for site in self.sites]
        if inputs_bcyx.requires_grad and torch.is_grad_enabled() and not all(each.requires_grad for each in kept):
            raise HostError(
                "attention with a gradient",
                got="a UNet that computes without one (compiled for inference, perhaps)",
                remedy=_DO_WITHOUT,
            )
        return kept


class _Hearing:
    """What is heard of the layers in one UNet call."""

    def __init__(self, probe: LiveProbe, cue: Cue) -> None:
        self._probe, self._cue = probe, cue
        self._heard: dict[str, dict[str, Tensor]] = {}
        self.kept: dict[str, Tensor] = {}

    def listener(self, site: Site, part: Literal["query", "key"]) -> ForwardHook:
        """Make the hook of a projection."""

        def hook(module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
            conductor = self._probe.host.conductor
            if conductor.is_playing and conductor.cue is self._cue:
                self._hear(site, part, output)

        return hook

    def _hear(self, site: Site, part: str, output_bnc: Tensor) -> None:
        heard = self._heard.setdefault(site.address, {})
        heard[part] = output_bnc
        if len(heard) < 2:
            return
        self.kept[site.address] = self._reduce(site, Projections(site.heads, heard["query"], heard["key"]))
        if site is self._probe.sites[-1]:
            raise UNetStopped

    def _reduce(self, site: Site, layer: Projections) -> Tensor:
        grid = self._cue.latent.level(site.level)
        if tuple(layer.query_bqc.shape[:2]) != (1, grid.cells):
            raise ShapeError(
                f"one row of {grid.cells} queries ({grid}) at {site.address}",
                got=tuple(layer.query_bqc.shape),
                remedy="Token merging and tiling change these numbers: switch them off.",
            )
        with without_autocast(layer.query_bqc.device):
            probs_htq = layer.scores(0).softmax(-1).mT
            return self._probe.reduce(site, probs_htq.unflatten(-1, (grid.height, grid.width)))


@contextmanager
def only_inputs_have_gradients(unet: nn.Module) -> Iterator[None]:
    """Enable gradients for what a UNet reads, and none for its weights; everything is put back afterwards.

    Half of what is kept for the way back is kept for the weights. Checkpointing is off meanwhile: ldm's computes blocks
    without gradients at first, so that attention within them has none.

    Raises:
        HostError: If the weights were made in inference mode, where torch keeps nothing for a way back.
    """
    if any(weight.is_inference() for weight in unet.parameters()):
        raise HostError("weights that gradients can pass", got="some made in inference mode", remedy=_DO_WITHOUT)
    weights = [weight for weight in unet.parameters() if weight.requires_grad]
    flags = [(part, name) for part in unet.modules() for name in _CHECKPOINTING if vars(part).get(name) is True]
    try:
        for weight in weights:
            weight.requires_grad_(False)
        for part, name in flags:
            setattr(part, name, False)
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        for part, name in flags:
            setattr(part, name, True)
        for weight in weights:
            weight.requires_grad_(True)
