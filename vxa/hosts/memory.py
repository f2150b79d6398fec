"""A small random model in memory: the Host port without any file, for tests and examples.

Its UNet is a real `UNet2DConditionModel`; text encoder and VAE are linear and a few lines each. Everything follows from
the seed. The pictures are noise, but every rule of attention holds.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vxa.core.errors import ConfigError, HostError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable
from vxa.engine.host import Conditioning, Host, HostInfo, PredictionType
from vxa.hosts.chunks import NUM_COLUMNS, Piece, Specials, chunk_ids, make_table, split_pieces
from vxa.hosts.diffusers_host import call_unet, check_pixels
from vxa.hosts.exclusive import exclusive
from vxa.hosts.fingerprint import hash_module
from vxa.hosts.schedulers import make_scheduler, signal_left

_PIECE = re.compile(r"\w{1,6}|[^\w\s]")
_VOCABULARY = 1024
_SPECIALS = Specials(bos=_VOCABULARY - 2, eos=_VOCABULARY - 1, pad=_VOCABULARY - 1)
_CONTEXT_WIDTH = 32
_POOLED_WIDTH = 16
_TIME_WIDTH = 8
_DOWNSCALE = 8
# q and k as torch initialises them give nearly uniform attention, which would hide mistakes
_SHARPNESS = 4.0

Layout = Literal["sd", "sdxl"]


class RandomHost(Host):
    """A random Stable-Diffusion-shaped model that is built in a moment.

    Args:
        seed: Decides every weight.
        widths: Channels of each level of the UNet, multiples of `heads` and of 8; each level but the last halves.
        heads: Attention heads of every layer.
        layout: "sd" has attention at all levels; "sdxl" has none at the first, two blocks deep at the others, and
            takes pooled text and sizes.
        dtype: Any floating type; float64 for references.
        device: Where to run.
        prediction_type: What the UNet is said to predict.

    Example:
        >>> host = RandomHost()
        >>> [token.text for token in host.tokenize("a red car")[0].content]
        ['a', 'red', 'car']
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        widths: Sequence[int] = (32, 64),
        heads: int = 4,
        layout: Layout = "sd",
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        prediction_type: PredictionType = "epsilon",
    ) -> None:
        super().__init__()
        if not widths or heads < 1 or any(width % 8 or width % heads for width in widths):
            raise ConfigError("at least one width, each a multiple of 8 and of the heads", got=f"{widths}, {heads}")
        if layout == "sdxl" and len(widths) < 2:
            raise ConfigError("at least 2 levels for the SDXL layout", got=len(widths))
        self._device, self._dtype, self._lock = torch.device(device), dtype, threading.RLock()
        self._layout = layout
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            unet = _build_unet(tuple(widths), heads, layout)
            self._text = _RandomText()
            self._pixels = _LinearPixels()
        self.unet = unet
        for module in self._modules:
            # the `to` of diffusers' own models warns of conversions that are fine
            nn.Module.to(module, device=self._device, dtype=dtype)
            module.requires_grad_(False).eval()
        self._schedule = _training_schedule(prediction_type)
        multiple = _DOWNSCALE * 2 ** (len(widths) - 1)
        self.info = HostInfo(
            name=f"random-{seed}",
            hash=hash_module(unet),
            family="random",
            prediction_type=prediction_type,
            sample=Grid(2 * multiple, 2 * multiple),
            latent_channels=4,
            downscale=_DOWNSCALE,
            size_multiple=multiple,
        )

    @property
    def _modules(self) -> tuple[nn.Module, ...]:
        return (self.unet, self._text, self._pixels)

    @property
    def device(self) -> torch.device:
        """Where latents live."""
        return self._device

    @property
    def alphas_cumprod(self) -> Tensor:
        """Signal left at each training timestep, as in Stable Diffusion: shape (1000,), float64, on the CPU."""
        return signal_left(self._schedule)

    def tokenize(self, prompt: str) -> tuple[TokenTable, ...]:
        """Make the token table; words are cut every six characters, ids are hashes. Two alike for the SDXL layout."""
        chunks = split_pieces(_read_pieces(prompt))
        names = ("text_encoder", "text_encoder_2") if self._layout == "sdxl" else ("",)
        return tuple(make_table(prompt, chunks, _SPECIALS, name) for name in names)

    def encode_prompts(self, prompts: Sequence[str], size: Grid) -> Conditioning:
        """Encode prompts: each column is its id's vector plus its position's.

        Raises:
            ConfigError: If there is no prompt.
        """
        if not prompts:
            raise ConfigError("at least one prompt", got="none")
        split = [split_pieces(_read_pieces(prompt)) for prompt in prompts]
        num_chunks = max(len(chunks) for chunks in split)
        padded = [[*chunks, *([[]] * (num_chunks - len(chunks)))] for chunks in split]
        ids_bst = torch.tensor([[chunk_ids(chunk, _SPECIALS) for chunk in chunks] for chunks in padded])
        context_btc = self._text(ids_bst.to(self._device))
        if self._layout == "sd":
            return Conditioning(context_btc)
        pooled_bc = context_btc[..., :_POOLED_WIDTH].mean(1)
        sizes = torch.tensor([size.height, size.width, 0, 0, size.height, size.width])
        time_ids_bc = sizes.to(self._device, self._dtype).expand(len(prompts), -1)
        return Conditioning(context_btc, {"text_embeds": pooled_bc, "time_ids": time_ids_bc})

    def encode_picture(self, pixels_bcyx: Tensor) -> Tensor:
        """Encode RGB in [-1, 1], shape (b, 3, y, x): the mean of each 8×8 block, mapped to 4 channels."""
        check_pixels(pixels_bcyx, _DOWNSCALE)
        return self._pixels.encode(pixels_bcyx.to(self._device, self._dtype))

    def decode(self, latents_bcyx: Tensor) -> Tensor:
        """Decode latents to RGB, clipped to [-1, 1], float32 on the CPU; exact for pictures of plain 8×8 blocks."""
        pixels_bcyx = self._pixels.decode(latents_bcyx.to(self._device, self._dtype))
        return pixels_bcyx.clamp(-1, 1).to("cpu", torch.float32)

    def make_scheduler(self, name: str, num_steps: int) -> Any:
        """Make a diffusers scheduler with Stable Diffusion's noise schedule, its timesteps set."""
        return make_scheduler(self._schedule.config, name, num_steps, self._device)

    def _predict(self, latents_bcyx: Tensor, timestep: float, conditioning: Conditioning) -> Tensor:
        return call_unet(self.unet, latents_bcyx, timestep, conditioning)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take turns on this model, without gradients and in evaluation mode; everything is put back afterwards."""
        with exclusive(self._lock, self._modules):
            yield


class _RandomText(nn.Module):
    """A vector an id and a vector a position."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(_VOCABULARY, _CONTEXT_WIDTH)
        self.places = nn.Embedding(NUM_COLUMNS, _CONTEXT_WIDTH)

    def forward(self, ids_bst: Tensor) -> Tensor:
        """Encode chunks, shape (b, chunk, 77), as a context, shape (b, chunk · 77, c)."""
        return (self.words(ids_bst) + 0.5 * self.places.weight).flatten(1, 2)


class _LinearPixels(nn.Module):
    """Block means, mapped from RGB to four channels and back by a matrix with orthonormal columns."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.linalg.qr(torch.randn(4, 3))[0])

    def encode(self, pixels_bcyx: Tensor) -> Tensor:
        means_bcyx = nn.functional.avg_pool2d(pixels_bcyx, _DOWNSCALE)
        return torch.einsum("kc,bcyx->bkyx", self.mix, means_bcyx)

    def decode(self, latents_bkyx: Tensor) -> Tensor:
        means_bcyx = torch.einsum("kc,bkyx->bcyx", self.mix, latents_bkyx)
        return means_bcyx.repeat_interleave(_DOWNSCALE, dim=2).repeat_interleave(_DOWNSCALE, dim=3)


def _read_pieces(prompt: str) -> list[Piece]:
    pieces = []
    for match in _PIECE.finditer(prompt):
        text = match.group().lower()
        pieces.append(Piece(zlib.crc32(text.encode()) % (_VOCABULARY - 2), text, *match.span()))
    return pieces


def _build_unet(widths: tuple[int, ...], heads: int, layout: Layout) -> nn.Module:
    try:
        from diffusers import UNet2DConditionModel
    except ImportError as error:
        raise HostError("the package diffusers", got=error, remedy="Run: pip install diffusers") from error
    attends = [layout == "sd" or level > 0 for level in range(len(widths))]
    extra: dict[str, Any] = {}
    if layout == "sdxl":
        extra = {
            "transformer_layers_per_block": [2 if attend else 1 for attend in attends],
            "use_linear_projection": True,
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": _TIME_WIDTH,
            "projection_class_embeddings_input_dim": _POOLED_WIDTH + 6 * _TIME_WIDTH,
        }
    unet = UNet2DConditionModel(
        sample_size=2 ** len(widths),
        block_out_channels=widths,
        layers_per_block=1,
        down_block_types=tuple("CrossAttnDownBlock2D" if attend else "DownBlock2D" for attend in attends),
        up_block_types=tuple("CrossAttnUpBlock2D" if attend else "UpBlock2D" for attend in reversed(attends)),
        cross_attention_dim=_CONTEXT_WIDTH,
        attention_head_dim=heads,  # diffusers' name for the number of heads
        norm_num_groups=8,
        **extra,
    )
    for name, weight in unet.named_parameters():
        if name.endswith(("attn2.to_q.weight", "attn2.to_k.weight")):
            weight.data.mul_(_SHARPNESS)
    return unet


def _training_schedule(prediction_type: PredictionType) -> Any:
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type=prediction_type,
    )
