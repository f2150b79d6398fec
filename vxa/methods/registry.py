"""The presets by name."""

from __future__ import annotations

from vxa.core.errors import ConfigError, did_you_mean
from vxa.methods.attend_excite_maps import AttendExciteMaps
from vxa.methods.daam import Daam
from vxa.methods.p2p_display import P2PDisplay
from vxa.methods.preset import Preset
from vxa.methods.single_layer import SingleLayer

PRESETS: dict[str, type[Preset]] = {preset.name: preset for preset in (Daam, SingleLayer, P2PDisplay, AttendExciteMaps)}


def make_preset(name: str) -> Preset:
    """Make a preset with its published settings.

    Raises:
        ConfigError: If there is none of that name.
    """
    if name not in PRESETS:
        raise ConfigError("the name of a preset", got=repr(name), remedy=did_you_mean(name, PRESETS))
    return PRESETS[name]()
