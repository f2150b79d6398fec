"""LoRAs, hypernetworks and the like for the time of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modules import devices, extra_networks
from modules.processing import StableDiffusionProcessingTxt2Img


class Networks:
    """The networks that the prompts of one run name.

    A network is on for the whole model, so those of all prompts of a run are on together. Being asked for none switches
    off what the last generation left on, as every generation of the webui does.
    """

    def __init__(self) -> None:
        self._named: dict[str, list[Any]] = {}

    def activate(self, named: Iterable[Mapping[str, list[Any]]]) -> None:
        """Switch on the networks, in addition to those of the run's earlier prompts."""
        for networks in named:
            for kind, arguments in networks.items():
                known = self._named.setdefault(kind, [])
                known += [each for each in arguments if each not in known]
        _activate(self._named)

    def release(self) -> None:
        """Switch off what the prompts of the run named."""
        named, self._named = self._named, {}
        if named:
            extra_networks.deactivate(_generation(), named)
            _activate({})


def _activate(named: Mapping[str, list[Any]]) -> None:
    with devices.autocast():
        # the networks change the lists they are given
        extra_networks.activate(_generation(), {kind: list(arguments) for kind, arguments in named.items()})


def _generation() -> StableDiffusionProcessingTxt2Img:
    """Make a generation for networks to look at; one that is on by the settings appends itself to its prompts."""
    generation = StableDiffusionProcessingTxt2Img()
    generation.all_prompts = [""]
    return generation
