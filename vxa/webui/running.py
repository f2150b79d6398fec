"""What the webui does around a model: its queue, precision, memory, prompts and networks."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import torch
from modules import devices, lowvram, prompt_parser, sd_hijack, sd_models, sd_unet, shared
from torch import Tensor

from vxa.core.errors import HostError, StaleHostError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable
from vxa.engine.host import Conditioning, join
from vxa.hosts.ldm_program import LdmPart, LdmProgram
from vxa.webui.networks import Networks
from vxa.webui.progress import announced, stop_if_interrupted
from vxa.webui.prompts import read_prompt
from vxa.webui.state import state_of
from vxa.webui.tokens import read_tables
from vxa.webui.turn import webui_turn


class WebuiProgram(LdmProgram):
    """The webui around one model with the settings of now. Should either change, another one is needed.

    Args:
        model: `shared.sd_model`.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._state = state_of(model)
        self._networks = Networks()

    @property
    def device(self) -> torch.device:
        """Where the model computes, also while it waits elsewhere."""
        return devices.device

    @property
    def state_key(self) -> Hashable:
        """The model and the settings that change maps, as they were when this was made."""
        return self._state

    @property
    def has_zero_terminal_snr(self) -> bool:
        """Whether the settings say that the model was trained so."""
        return shared.opts.sd_noise_schedule == "Zero Terminal SNR"

    def tokenize(self, prompt: str) -> tuple[TokenTable, ...]:
        """Make the token tables; takes no turn."""
        return read_tables(self._model, read_prompt(prompt))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Wait for our turn, and leave everything as it was.

        Raises:
            StaleHostError: If the checkpoint or a setting changed in the meantime.
            HostError: If another UNet stands in for the model's.
        """
        with webui_turn().taken() as is_new, ExitStack() as stack:
            if is_new:
                stack.enter_context(announced("VXA"))
                # new files are noticed before a generation, and so before a run
                sd_hijack.model_hijack.embedding_db.load_textual_inversion_embeddings()
                self._check_current()
                refuse_other_unet()
                _bring_to_device(self._model)
                stack.callback(_put_away, self._model)
                stack.enter_context(_tiling_as_set())
                stack.enter_context(torch.no_grad())
                stack.enter_context(self._model.ema_scope())
                stack.callback(self._networks.release)
            yield

    def _check_current(self) -> None:
        loaded = shared.sd_model
        if loaded is not self._model or state_of(loaded) != self._state:
            raise StaleHostError(
                "the checkpoint and settings that were asked for",
                got=f"{loaded.sd_checkpoint_info.name_for_extra} with the settings of now" if loaded else "none loaded",
                remedy="Run it again.",
            )

    def encode_prompts(self, prompts: Sequence[str], size: Grid) -> Conditioning:
        """Encode prompts with the networks that they name.

        Each is encoded by itself: emphasis is evened out over whatever is encoded together. Shorter ones are filled up
        with empty chunks.

        Raises:
            HostError: If the text encoder splits prompts otherwise than it says.
        """
        read = [read_prompt(prompt) for prompt in prompts]
        self._networks.activate(prompt.networks for prompt in read)
        with devices.autocast():
            encoded = [self._encode(prompt.text, size) for prompt in read]
            for prompt, each in zip(read, encoded, strict=True):
                num_columns = len(read_tables(self._model, prompt)[0].tokens)
                if each.context_btc.shape[1] != num_columns:
                    raise HostError(
                        f"{num_columns} columns of context, as the prompt has tokens",
                        got=each.context_btc.shape[1],
                        remedy="Switch off “Use old emphasis implementation” in the settings, page Compatibility.",
                    )
            longest = max(each.context_btc.shape[1] for each in encoded)
            if any(each.context_btc.shape[1] < longest for each in encoded):
                encoded = [_filled(each, longest, self._encode("", size)) for each in encoded]
        return join(*encoded)

    def _encode(self, text: str, size: Grid) -> Conditioning:
        asked = prompt_parser.SdConditioning([text], width=size.width, height=size.height)
        found = self._model.get_learned_conditioning(asked)
        if isinstance(found, dict):
            return Conditioning(found["crossattn"], {"vector": found["vector"]})
        return Conditioning(found)

    @contextmanager
    def computing(self, part: LdmPart) -> Iterator[None]:
        """Use the precision that the webui would.

        Raises:
            InterruptedRunError: If the user pressed Interrupt.
            HostError: If gradients are wanted, and --lowvram moves the UNet away piece by piece.
        """
        with _precision(part):
            if part == "UNet":
                stop_if_interrupted()
                _refuse_gradients_in_pieces()
            yield

    def check(self, part: LdmPart, values: Tensor) -> None:
        """Check what a part computed, unless the webui was told not to.

        Raises:
            HostError: If it is not a number.
        """
        try:
            devices.test_for_nans(values, part.lower())
        except devices.NansException as error:
            raise HostError(f"finite numbers from the {part}", got="NaN", remedy=str(error)) from error


def refuse_other_unet() -> None:
    """Refuse where an SD Unet option (TensorRT and its like) runs in place of the model's own.

    Raises:
        HostError: If so.
    """
    if sd_unet.current_unet is not None:
        raise HostError(
            "the checkpoint's own UNet",
            got=f"the SD Unet option {sd_unet.current_unet.option.label!r}, which shows no attention",
            remedy="Set SD Unet to None in the settings, page Stable Diffusion.",
        )


def _refuse_gradients_in_pieces() -> None:
    """Refuse to compute gradients where weights are gone again before the way back."""
    if torch.is_grad_enabled() and shared.cmd_opts.lowvram and devices.device != devices.cpu:
        raise HostError(
            "the whole UNet on the device, for gradients",
            got="--lowvram, which moves it piece by piece",
            remedy="Start the webui with --medvram or without --lowvram; to edit, choose the inversion direct.",
        )


def _precision(part: LdmPart) -> AbstractContextManager[Any]:
    if part == "VAE" or devices.unet_needs_upcast:
        return devices.without_autocast()
    return devices.autocast()


def _filled(encoded: Conditioning, num_columns: int, empty: Conditioning) -> Conditioning:
    """Fill up with empty chunks."""
    missing = (num_columns - encoded.context_btc.shape[1]) // empty.context_btc.shape[1]
    return Conditioning(torch.cat([encoded.context_btc, *[empty.context_btc] * missing], dim=1), encoded.added)


def _bring_to_device(model: Any) -> None:
    """Bring back a checkpoint that was unloaded; with --medvram each part comes when it is called."""
    weights = next(model.model.diffusion_model.parameters())
    if not lowvram.is_enabled(model) and weights.device.type != devices.device.type:
        sd_models.send_model_to_device(model)


def _put_away(model: Any) -> None:
    if lowvram.is_enabled(model):
        lowvram.send_everything_to_cpu()


@contextmanager
def _tiling_as_set() -> Iterator[None]:
    """Follow the setting: a generation leaves its own tiling on."""
    hijack = sd_hijack.model_hijack
    before = hijack.circular_enabled
    hijack.apply_circular(bool(getattr(shared.opts, "tiling", False)))
    try:
        yield
    finally:
        hijack.apply_circular(before)
