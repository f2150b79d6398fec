"""The Host port over an ldm or sgm model object, as the webui holds it: SD 1.x, SD 2.x, SDXL, inpainting, edit models.

Knows the model object and no program: what the program around it adds comes as an `LdmProgram`. The model is used only
through its own calls, so that whoever moves its parts to the device and back when they are called still does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable
from vxa.engine.host import Conditioning, Host, HostInfo
from vxa.engine.seam import Seam
from vxa.hosts import ldm_structure
from vxa.hosts.diffusers_host import check_pixels
from vxa.hosts.exclusive import exclusive
from vxa.hosts.fingerprint import hash_module
from vxa.hosts.ldm_program import LdmProgram
from vxa.hosts.schedulers import make_scheduler


class LdmHost(Host):
    """An ldm or sgm model ready to be asked. Making one costs nothing and changes nothing in the model.

    What inpainting and edit models read beside the latent says that nothing is given: everything masked, no picture to
    edit. So they look at pictures as a text-to-image model does.

    Args:
        model: An ldm `LatentDiffusion`, or an sgm `DiffusionEngine` with `apply_model`.
        program: What the program that holds it adds.
        name: Checkpoint as the user knows it.
        model_hash: Short hash of the weights; computed from the UNet when None.

    Raises:
        UnsupportedModelError: If the UNet has no cross-attention, or the model is of no known kind.
    """

    def __init__(self, model: Any, program: LdmProgram, *, name: str, model_hash: str | None = None) -> None:
        super().__init__()
        self._model, self._program, self._lock = model, program, threading.RLock()
        self.unet = ldm_structure.unet_of(model)
        family = ldm_structure.family_of(self.sites)
        downscale = ldm_structure.downscale_of(model)
        self._concat = ldm_structure.concat_of(model)
        self._alphas = ldm_structure.signal_left(model, zero_terminal_snr=program.has_zero_terminal_snr)
        self.info = HostInfo(
            name=name,
            hash=model_hash or hash_module(self.unet),
            family=family,
            prediction_type=ldm_structure.prediction_type_of(model),
            sample=ldm_structure.sample_of(model, family),
            latent_channels=ldm_structure.latent_channels_of(model),
            downscale=downscale,
            size_multiple=downscale * 2 ** (ldm_structure.levels_of(model) - 1),
        )

    @property
    def state_key(self) -> Hashable:
        """The model with the settings of its program."""
        return self.info.hash, self._program.state_key

    @property
    def device(self) -> torch.device:
        """Where latents live."""
        return self._program.device

    @property
    def alphas_cumprod(self) -> Tensor:
        """Signal left at each training timestep: shape (timesteps,), float64, on the CPU, falling."""
        return self._alphas

    def tokenize(self, prompt: str) -> tuple[TokenTable, ...]:
        """Make the token table of each text encoder, by the program's own prompt grammar."""
        return self._program.tokenize(prompt)

    def encode_prompts(self, prompts: Sequence[str], size: Grid) -> Conditioning:
        """Encode prompts for pictures of `size` pixels.

        Args:
            prompts: At least one, each of any length.
            size: Picture size; SDXL is told it.

        Raises:
            ConfigError: If there is no prompt.
        """
        if not prompts:
            raise ConfigError("at least one prompt", got="none")
        conditioning = self._program.encode_prompts(prompts, size)
        if self._concat == "none":
            return conditioning
        concat_bcyx = self._nothing_given(size).expand(len(prompts), -1, -1, -1)
        return Conditioning(conditioning.context_btc, {**conditioning.added, "concat": concat_bcyx})

    def _nothing_given(self, size: Grid) -> Tensor:
        """Make the further input that leaves everything to the prompt."""
        latent = size.divided(self.info.downscale)
        if self._concat == "edit":
            return torch.zeros(1, self.info.latent_channels, latent.height, latent.width, device=self.device)
        grey_bcyx = self.encode_picture(torch.zeros(1, 3, size.height, size.width))
        return torch.cat([torch.ones_like(grey_bcyx[:, :1]), grey_bcyx], dim=1)

    def encode_picture(self, pixels_bcyx: Tensor) -> Tensor:
        """Encode RGB in [-1, 1], shape (b, 3, y, x), as the scaled mean of the posterior.

        Raises:
            ShapeError: If it is no RGB batch, or a side no multiple of the latent cell.
            PictureError: If values lie outside [-1, 1].
            HostError: If the VAE gives no finite numbers, even in float32.
        """
        check_pixels(pixels_bcyx, self.info.downscale)
        return self._run_vae(self._encode, pixels_bcyx) * float(self._model.scale_factor)

    def decode(self, latents_bcyx: Tensor) -> Tensor:
        """Decode latents to RGB, clipped to [-1, 1], shape (b, 3, y, x), float32 on the CPU.

        Raises:
            HostError: If the VAE gives no finite numbers, even in float32.
        """
        unscaled_bcyx = latents_bcyx / float(self._model.scale_factor)
        pixels_bcyx = self._run_vae(self._model.first_stage_model.decode, unscaled_bcyx)
        return pixels_bcyx.clamp(-1, 1).to("cpu", torch.float32)

    def _encode(self, pixels_bcyx: Tensor) -> Tensor:
        """Encode to the mean. sgm's VAE gives a draw only, so the encoder is stopped at its moments."""
        vae = self._model.first_stage_model
        with Seam() as seam:
            seam.after(vae.quant_conv, _stop)
            try:
                vae.encode(pixels_bcyx)
            except _MomentsReady as ready:
                return ready.moments_bcyx.chunk(2, dim=1)[0]
        raise AssertionError("a VAE computes its moments with quant_conv")

    def _run_vae(self, run: Callable[[Tensor], Tensor], values_bcyx: Tensor) -> Tensor:
        """Run the VAE in its own precision, and once more in float32 where that overflows; give back at least that."""
        vae: nn.Module = self._model.first_stage_model
        dtype = next(vae.parameters()).dtype
        with self._program.computing("VAE"):
            found_bcyx = run(values_bcyx.to(self.device, dtype))
            if torch.finfo(dtype).bits < 32 and not bool(found_bcyx.isfinite().all()):
                try:
                    vae.to(torch.float32)
                    found_bcyx = run(values_bcyx.to(self.device, torch.float32))
                finally:
                    vae.to(dtype)  # what was half before comes back bit for bit
        self._program.check("VAE", found_bcyx)
        return found_bcyx.to(torch.promote_types(found_bcyx.dtype, torch.float32))

    def make_scheduler(self, name: str, num_steps: int) -> Any:
        """Make a diffusers scheduler with this model's noise schedule, its timesteps set.

        Raises:
            ConfigError: If the name is unknown or the number of steps is out of range.
            HostError: If diffusers is not installed.
        """
        config = ldm_structure.scheduler_config(self.alphas_cumprod, self.info.prediction_type)
        return make_scheduler(config, name, num_steps, self.device)

    def _predict(self, latents_bcyx: Tensor, timestep: float, conditioning: Conditioning) -> Tensor:
        timesteps_b = torch.full((latents_bcyx.shape[0],), timestep, device=latents_bcyx.device)
        with self._program.computing("UNet"):
            prediction_bcyx = self._model.apply_model(latents_bcyx, timesteps_b, self._named(conditioning))
        self._program.check("UNet", prediction_bcyx)
        return prediction_bcyx.to(latents_bcyx.dtype)

    def _named(self, conditioning: Conditioning) -> dict[str, Any]:
        """Name the inputs as the model does, in containers of their own: programs convert them in place."""
        added = dict(conditioning.added)
        concat = {"c_concat": [added.pop("concat")]} if self._concat != "none" else {}
        if ldm_structure.is_sgm(self._model):
            return {"crossattn": conditioning.context_btc, **added, **concat}
        return {"c_crossattn": [conditioning.context_btc], **concat}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take the program's turn and hold the model in evaluation mode; everything is put back afterwards.

        Raises:
            StaleHostError: If the model or its settings changed while this waited.
        """
        with self._program.running(), exclusive(self._lock, (self._model,)):
            yield


class _MomentsReady(BaseException):
    """Ends a call of the encoder. Not an `Exception`, so that no blanket handler swallows it."""

    def __init__(self, moments_bcyx: Tensor) -> None:
        super().__init__()
        self.moments_bcyx = moments_bcyx


def _stop(module: nn.Module, inputs: tuple[object, ...], output: Tensor) -> None:
    raise _MomentsReady(output)
