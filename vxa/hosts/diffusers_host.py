"""The Host port over the parts of a diffusers model: SD 1.x, SD 2.x, SDXL, and small models of the same shape.

Works on parts that are loaded already (see `vxa.hosts.load`), reads their configurations and structure, never their
class names, and leaves their attention processors alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from vxa.core.errors import ConfigError, HostError, PictureError, ShapeError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable
from vxa.engine.host import Conditioning, Host, HostInfo
from vxa.hosts.chunks import Piece, chunk_ids, make_table, split_pieces
from vxa.hosts.clip_tokens import read_pieces, read_specials
from vxa.hosts.exclusive import exclusive
from vxa.hosts.fingerprint import hash_module
from vxa.hosts.schedulers import make_scheduler, signal_left
from vxa.hosts.structure import check_parts, downscale_of, family_of, levels_of, prediction_type_of

Chunks = list[list[Piece]]


@dataclass(frozen=True)
class DiffusersParts:
    """What a diffusers pipeline is made of."""

    unet: Any
    """`UNet2DConditionModel`."""
    vae: Any
    """`AutoencoderKL`."""
    text_encoders: tuple[Any, ...]
    """`CLIPTextModel`; for SDXL also `CLIPTextModelWithProjection`."""
    tokenizers: tuple[Any, ...]
    """`CLIPTokenizer`, slow or fast, one a text encoder."""
    scheduler: Any
    """Any diffusers scheduler: its betas and configuration are used, not its steps."""


class DiffusersHost(Host):
    """A diffusers model ready to be asked.

    The parts are moved to the device and converted; they are the host's from then on. An empty negative prompt is
    encoded as such (diffusers' SDXL pipelines put zeros there instead).

    Args:
        parts: The model.
        name: Checkpoint as the user knows it.
        model_hash: Short hash of the weights; computed from the tensors when None.
        device: Where to run.
        dtype: Type of UNet and text encoders. The VAE runs in float32 where its `force_upcast` says so. Latents are
            float32 in any case, or float64 if `dtype` is.

    Raises:
        UnsupportedModelError: If the parts are none of a text-to-image diffusion model with CLIP text encoders.
        ConfigError: If the device cannot run that type.
    """

    def __init__(
        self,
        parts: DiffusersParts,
        *,
        name: str,
        model_hash: str | None = None,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self._device = torch.device(device)
        if self._device.type == "cpu" and dtype == torch.float16:
            raise ConfigError("float32 on the CPU", got="float16", remedy="Leave the type on auto, or use a GPU.")
        check_parts(parts.unet, parts.vae, parts.text_encoders, parts.tokenizers)
        self._alphas = signal_left(parts.scheduler)
        self._parts, self._dtype, self._lock = parts, dtype, threading.RLock()
        self._specials = [read_specials(tokenizer) for tokenizer in parts.tokenizers]
        downscale = downscale_of(parts.vae)
        levels = levels_of(parts.unet)
        self.unet = parts.unet
        self.info = HostInfo(
            name=name,
            hash=model_hash or hash_module(parts.unet),
            family=family_of(parts.unet),
            prediction_type=prediction_type_of(parts.scheduler),
            sample=_sample_grid(parts.unet).times(downscale),
            latent_channels=int(parts.unet.config.in_channels),
            downscale=downscale,
            size_multiple=downscale * 2 ** (levels - 1),
        )
        self._place()
        _ = self.sites  # a UNet without cross-attention is refused now, not in the middle of a job

    def _place(self) -> None:
        parts, upcast = self._parts, bool(getattr(self._parts.vae.config, "force_upcast", True))
        narrow = torch.finfo(self._dtype).bits < 32
        self._vae_dtype = torch.float32 if upcast and narrow else self._dtype
        for module in self._modules:
            dtype = self._vae_dtype if module is parts.vae else self._dtype
            # the `to` of diffusers' own models warns of conversions that are fine
            nn.Module.to(module, device=self._device, dtype=dtype)
            module.requires_grad_(False).eval()

    @property
    def _modules(self) -> tuple[nn.Module, ...]:
        return (self._parts.unet, self._parts.vae, *self._parts.text_encoders)

    @property
    def device(self) -> torch.device:
        """Where latents live."""
        return self._device

    @property
    def dtype(self) -> torch.dtype:
        """Type the UNet runs in."""
        return self._dtype

    @property
    def alphas_cumprod(self) -> Tensor:
        """Signal left at each training timestep: shape (timesteps,), float64, on the CPU."""
        return self._alphas

    @cached_property
    def _latent_dtype(self) -> torch.dtype:
        return torch.promote_types(self._dtype, torch.float32)

    @property
    def _is_sdxl(self) -> bool:
        return len(self._parts.text_encoders) == 2

    def tokenize(self, prompt: str) -> tuple[TokenTable, ...]:
        """Make the token table of each text encoder; all share their columns.

        Raises:
            HostError: If the tokenizers of an SDXL model split the prompt differently.
        """
        names = ("text_encoder", "text_encoder_2") if self._is_sdxl else ("",)
        chunks_by_encoder = self._split(prompt)
        return tuple(
            make_table(prompt, chunks, specials, name)
            for chunks, specials, name in zip(chunks_by_encoder, self._specials, names, strict=True)
        )

    def _split(self, prompt: str) -> list[Chunks]:
        """Cut a prompt into chunks, once a text encoder."""
        chunks_by_encoder = [split_pieces(read_pieces(tokenizer, prompt)) for tokenizer in self._parts.tokenizers]
        layouts = {tuple(len(chunk) for chunk in chunks) for chunks in chunks_by_encoder}
        if len(layouts) > 1:
            raise HostError(
                "both text encoders to split the prompt into the same tokens",
                got=f"{' and '.join(str(layout) for layout in sorted(layouts))} tokens a chunk",
                remedy="Does a textual-inversion embedding exist for one of them only?",
            )
        return chunks_by_encoder

    def encode_prompts(self, prompts: Sequence[str], size: Grid) -> Conditioning:
        """Encode prompts for pictures of `size` pixels; shorter ones get empty chunks until all have equally many.

        Args:
            prompts: At least one, each of any length.
            size: Picture size; SDXL is told it, with no crop.

        Raises:
            ConfigError: If there is no prompt.
        """
        if not prompts:
            raise ConfigError("at least one prompt", got="none")
        split = [self._split(prompt) for prompt in prompts]
        num_chunks = max(len(chunks) for by_encoder in split for chunks in by_encoder)
        contexts_btc: list[Tensor] = []
        pooled_bc: Tensor | None = None
        for encoder in range(len(self._parts.text_encoders)):
            ids_bst = [self._padded_ids(by_encoder[encoder], encoder, num_chunks) for by_encoder in split]
            context_btc, pooled_bc = self._encode(torch.tensor(ids_bst, device=self._device), encoder)
            contexts_btc.append(context_btc)
        context_btc = torch.cat(contexts_btc, dim=-1)
        if not self._is_sdxl or pooled_bc is None:
            return Conditioning(context_btc)
        sizes = [size.height, size.width, 0, 0, size.height, size.width]
        time_ids_bc = torch.tensor([sizes] * len(prompts), device=self._device, dtype=self._dtype)
        return Conditioning(context_btc, {"text_embeds": pooled_bc, "time_ids": time_ids_bc})

    def _padded_ids(self, chunks: Chunks, encoder: int, num_chunks: int) -> list[list[int]]:
        empty: Chunks = [[] for _ in range(num_chunks - len(chunks))]
        return [chunk_ids(chunk, self._specials[encoder]) for chunk in [*chunks, *empty]]

    def _encode(self, ids_bst: Tensor, encoder: int) -> tuple[Tensor, Tensor | None]:
        """Run one text encoder over chunks, shape (prompt, chunk, 77).

        Returns:
            Context, shape (prompt, chunk · 77, channels), and for SDXL the pooled text of each prompt's first chunk.
        """
        ids_nt = ids_bst.flatten(0, 1)
        model = self._parts.text_encoders[encoder]
        if self._is_sdxl:
            output = model(ids_nt, output_hidden_states=True, return_dict=True)
            states_ntc = output.hidden_states[-2]
            pooled_bc = output[0][:: ids_bst.shape[1]] if encoder == 1 else None
        else:
            # SD 2.x reads the penultimate layer; its diffusers text encoder is saved without the last one
            states_ntc, pooled_bc = model(ids_nt, return_dict=True).last_hidden_state, None
        context_btc = states_ntc.unflatten(0, ids_bst.shape[:2]).flatten(1, 2)
        return context_btc.to(self._dtype), pooled_bc

    def encode_picture(self, pixels_bcyx: Tensor) -> Tensor:
        """Encode RGB in [-1, 1], shape (b, 3, y, x), as the scaled mean of the posterior.

        Raises:
            ShapeError: If it is no RGB batch, or a side no multiple of the latent cell.
            PictureError: If values lie outside [-1, 1].
        """
        check_pixels(pixels_bcyx, self.info.downscale)
        pixels_bcyx = pixels_bcyx.to(self._device, self._vae_dtype)
        mean_bcyx = self._parts.vae.encode(pixels_bcyx).latent_dist.mean
        return mean_bcyx.to(self._latent_dtype) * self._parts.vae.config.scaling_factor

    def decode(self, latents_bcyx: Tensor) -> Tensor:
        """Decode latents to RGB, clipped to [-1, 1], shape (b, 3, y, x), float32 on the CPU."""
        unscaled_bcyx = latents_bcyx.to(self._device) / self._parts.vae.config.scaling_factor
        pixels_bcyx = self._parts.vae.decode(unscaled_bcyx.to(self._vae_dtype)).sample
        return pixels_bcyx.clamp(-1, 1).to("cpu", torch.float32)

    def make_scheduler(self, name: str, num_steps: int) -> Any:
        """Make a diffusers scheduler with this model's noise schedule, its timesteps set.

        Raises:
            ConfigError: If the name is unknown or the number of steps is out of range.
        """
        return make_scheduler(self._parts.scheduler.config, name, num_steps, self._device)

    def _predict(self, latents_bcyx: Tensor, timestep: float, conditioning: Conditioning) -> Tensor:
        return call_unet(self.unet, latents_bcyx, timestep, conditioning)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take turns on this model, without gradients and in evaluation mode; everything is put back afterwards."""
        with exclusive(self._lock, self._modules):
            yield


def call_unet(unet: nn.Module, latents_bcyx: Tensor, timestep: float, conditioning: Conditioning) -> Tensor:
    """Run a diffusers UNet in the type of its context; the prediction has the type of the latents."""
    context_btc = conditioning.context_btc
    prediction_bcyx = unet(
        latents_bcyx.to(context_btc.dtype),
        torch.tensor(timestep, device=context_btc.device, dtype=torch.float32),
        encoder_hidden_states=context_btc,
        added_cond_kwargs=dict(conditioning.added) or None,
        return_dict=False,
    )[0]
    return prediction_bcyx.to(latents_bcyx.dtype)


def check_pixels(pixels_bcyx: Tensor, downscale: int) -> None:
    """Check a batch of pictures before it is encoded.

    Raises:
        ShapeError: If it is no RGB batch, or a side no multiple of `downscale`.
        PictureError: If values lie outside [-1, 1].
    """
    shape = tuple(pixels_bcyx.shape)
    if len(shape) != 4 or shape[1] != 3 or 0 in shape or shape[2] % downscale or shape[3] % downscale:
        raise ShapeError(
            f"RGB pictures as (b, 3, y, x), sides multiples of {downscale}", got=shape, remedy="Pad the picture first."
        )
    low, high = float(pixels_bcyx.min()), float(pixels_bcyx.max())
    if not (low >= -1 - 1e-4 and high <= 1 + 1e-4):
        raise PictureError("pixels in [-1, 1]", got=f"[{low:g}, {high:g}]", remedy="Divide 0..255 by 127.5, less 1.")


def _sample_grid(unet: Any) -> Grid:
    sample_size = unet.config.sample_size
    if sample_size is None:
        return Grid(64, 64)
    return Grid(*sample_size) if isinstance(sample_size, (list, tuple)) else Grid(sample_size, sample_size)
