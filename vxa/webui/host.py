"""The Host port over the checkpoint that the webui has loaded."""

from __future__ import annotations

from typing import Any

from modules import shared

from vxa.core.errors import ConfigError, HostError
from vxa.engine.host import Host
from vxa.hosts.ldm_host import LdmHost
from vxa.webui.running import WebuiProgram, refuse_other_unet
from vxa.webui.state import checkpoint_hash
from vxa.webui.tokens import text_encoders
from vxa.webui.turn import webui_turn


def current_host(model: str = "") -> Host:
    """Return the host of the loaded checkpoint with the settings of now; the webui loads one if none is loaded yet.

    Cheap once a checkpoint is loaded. Ask anew for every job: a host whose checkpoint or settings changed refuses to
    run with `StaleHostError`.

    Args:
        model: Blank, or the name of the loaded checkpoint: another one is chosen in the webui, not here.

    Raises:
        HostError: If no checkpoint could be loaded, or an SD Unet option stands in for its UNet.
        UnsupportedModelError: If it has no cross-attention layers (SD3, Flux).
        ConfigError: If another model is named.
    """
    loaded = shared.sd_model
    if loaded is None or not text_encoders(loaded):
        # also while a checkpoint is exchanged, which happens in the queue
        with webui_turn().taken():
            loaded = shared.sd_model
    if loaded is None:
        raise HostError(
            "a loaded checkpoint",
            got="none",
            remedy="Choose one at the top left; why it did not load is said in the webui's console.",
        )
    refuse_other_unet()
    name = loaded.sd_checkpoint_info.name_for_extra
    if model not in ("", name):
        raise ConfigError(
            f"the loaded checkpoint, {name!r}, or no name", got=repr(model), remedy="Choose it at the top left first."
        )
    return _host_of(loaded, name)


class WebuiHost(LdmHost):
    """The loaded checkpoint."""

    def make_scheduler(self, name: str, num_steps: int) -> Any:
        """Make a diffusers scheduler; see `LdmHost.make_scheduler`.

        Raises:
            ConfigError: If the name is unknown or the number of steps is out of range.
            HostError: If diffusers is not installed.
        """
        try:
            return super().make_scheduler(name, num_steps)
        except HostError as error:
            # pip by hand would bring packages that the webui's own cannot bear
            remedy = "Restart the webui without --skip-install: VXA then adds what is missing."
            raise HostError(error.expected, got=error.got, remedy=remedy) from error


def _host_of(model: Any, name: str) -> WebuiHost:
    return WebuiHost(model, WebuiProgram(model), name=name, model_hash=checkpoint_hash(model))
