"""Attention layers on their own, fed with what a whole call of the UNet gave them.

Edits touch nothing but attention layers, so what they add to a call is what they add to these: small differences are
then not lost in the noise of a minute's convolutions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from benchmarks.measure import Timing, interleave
from vxa.engine.clock import Cue
from vxa.engine.host import Conditioning, Host
from vxa.engine.sites import Site
from vxa.engine.steering.method import Method
from vxa.engine.steering.steer import steering

Call = tuple[Tensor, Conditioning, Cue]


@dataclass(frozen=True, eq=False)
class LayerInputs:
    """What one layer was called with."""

    site: Site
    arguments: tuple[Any, ...]
    options: dict[str, Any]


def record_inputs(host: Host, call: Call) -> list[LayerInputs]:
    """Run the UNet once and keep what each attention layer was called with."""
    recorded: list[LayerInputs] = []
    handles = []
    for site in host.sites:

        def keep(module: Any, arguments: tuple[Any, ...], options: dict[str, Any], site: Site = site) -> None:
            recorded.append(LayerInputs(site, arguments, options))

        handles.append(site.module.register_forward_pre_hook(keep, with_kwargs=True))
    try:
        with host.running():
            host.predict(*call)
    finally:
        for handle in handles:
            handle.remove()
    return recorded


class TouchedLayers:
    """The layers that an edit touches.

    Args:
        host: The model.
        cue: Of the call.
        inputs: From `record_inputs`.
        method: The edit.
    """

    def __init__(self, host: Host, cue: Cue, inputs: Sequence[LayerInputs], method: Method) -> None:
        self._host, self._cue, self._method = host, cue, method
        self._inputs = [each for each in inputs if method.touches(each.site)]

    def time(self, rounds: int) -> tuple[Timing, Timing]:
        """Time them without the edit and with it, in turn."""
        timings = interleave({"plain": self.run_plainly, "edited": self.run}, rounds)
        return timings["plain"], timings["edited"]

    def run_plainly(self) -> None:
        """Run them once without the edit."""
        self._run(())

    def run(self) -> None:
        """Run them once with it."""
        self._run((self._method,))

    def _run(self, methods: Sequence[Method]) -> None:
        with self._host.running(), torch.no_grad(), self._host.conductor.playing(self._cue):
            with steering(self._host.conductor, self._host.sites, methods):
                for each in self._inputs:
                    each.site.module(*each.arguments, **each.options)
