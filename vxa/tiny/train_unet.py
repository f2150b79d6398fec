"""The UNet's stage: predict the noise in the latents of train scenes, given their captions.

Attention is never told where to look. What makes it look at words is the data (two and three objects that differ),
padding that says little, and words hidden at random, so that no word can be left to another to speak for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextModel

from vxa.core.errors import ConfigError
from vxa.tiny.caption_tokens import CaptionTokenizer
from vxa.tiny.loop import LoopConfig, step_generator
from vxa.tiny.scenes import describe_scene


@dataclass(frozen=True)
class UnetConfig:
    """How the UNet is trained."""

    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            num_steps=8000,
            batch_size=64,
            learning_rate=1e-3,
            warmup_steps=300,
            ema_decay=0.999,
            probe_steps=300,
            save_seconds=240,
        )
    )
    """The schedule."""
    snr_power: float = 0.6
    """A timestep is drawn with a chance of snr to the minus this power. One half is the weight of Yu et al. 2023 (arXiv
    2310.08442); a little more gives the noisy steps, where objects find their places, a larger say. Drawing by it
    instead of weighing the losses spends no time on steps that hardly count."""
    related_share: float = 0.25
    """Share of samples drawn from scenes of two objects whose caption says how they stand to each other, besides
    those that chance brings. A relation says little about most pixels, and is learned last."""
    caption_dropout: float = 0.1
    """Share of samples with the empty caption, for classifier-free guidance."""
    word_dropout: float = 0.1
    """Chance of each word's state to be replaced by padding."""
    quiet_padding: float = 0.5
    """Share of samples whose end and padding states are those of the empty caption."""
    seed: int = 3
    """Seed of noise, timesteps and dropout."""

    def __post_init__(self) -> None:
        if not -4 <= self.snr_power <= 4:  # far beyond what is of use; much further, float32 overflows
            raise ConfigError("a power of the signal-to-noise ratio from -4 to 4", got=self.snr_power)
        for name in ("related_share", "caption_dropout", "word_dropout", "quiet_padding"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"a {name.replace('_', ' ')} from 0 to 1", got=getattr(self, name))


class ContextSource:
    """Text-encoder states of captions, with words and padding hidden at random, on the encoder's device.

    Args:
        encoder: Without dropout from now on, and frozen unless it learns.
        learns: Whether the encoder is trained with the UNet.
    """

    def __init__(self, encoder: CLIPTextModel, *, learns: bool = False) -> None:
        self.encoder = encoder.requires_grad_(learns).eval()
        self.device = encoder.device
        self.learns = learns
        self.tokenizer = CaptionTokenizer()
        self._empty_bt = torch.tensor([[self.tokenizer.bos] + [self.tokenizer.eos] * 76])

    @property
    def empty_tc(self) -> Tensor:
        """The empty caption's states."""
        return self._encode(self._empty_bt)[0] if self.learns else self._frozen_empty_tc

    @cached_property
    def _frozen_empty_tc(self) -> Tensor:
        return self._encode(self._empty_bt)[0]

    def ids_of(self, seeds: range, split: str) -> NDArray[np.int16]:
        """Return padded ids of scenes' captions, shape (scene, t)."""
        encode, pad = self.tokenizer.encode, self.tokenizer.pad
        rows = [pad([encode(describe_scene(seed, split)[1])])[0] for seed in seeds]
        return np.array(rows, np.int16)

    def states(self, ids_bt: Tensor) -> Tensor:
        """Return whole, undisturbed contexts, shape (b, t, c)."""
        return self._encode(ids_bt)

    def disturbed(self, ids_bt: Tensor, config: UnetConfig, generator: torch.Generator) -> Tensor:
        """Return contexts for training: some empty, some words and some padding replaced by the empty caption's."""
        batch = len(ids_bt)
        states_btc = self._encode(ids_bt)
        is_word = ids_bt < self.tokenizer.bos
        is_empty = torch.rand((batch, 1), generator=generator) < config.caption_dropout
        is_hidden = is_word & (torch.rand(ids_bt.shape, generator=generator) < config.word_dropout)
        is_quiet = ~is_word & (torch.rand((batch, 1), generator=generator) < config.quiet_padding)
        is_replaced = (is_empty | is_hidden | is_quiet).to(self.device)
        return torch.where(is_replaced[..., None], self.empty_tc, states_btc)

    def _encode(self, ids_bt: Tensor) -> Tensor:
        with torch.set_grad_enabled(self.learns and torch.is_grad_enabled()):
            return self.encoder(input_ids=ids_bt.to(self.device)).last_hidden_state.float()


class UnetStage:
    """Computes the UNet's loss from a pool of latents."""

    name = "unet"

    def __init__(
        self,
        module: UNet2DConditionModel,
        context: ContextSource,
        latents: NDArray[np.float16],
        config: UnetConfig,
        scheduler: DDIMScheduler,
    ) -> None:
        self.module: nn.Module = module
        if context.learns:
            self.module = nn.ModuleDict({"unet": module, "text": context.encoder})
        self._unet = module
        self.context, self.latents, self.config = context, latents, config
        self.alphas_cumprod: Tensor = scheduler.alphas_cumprod
        snr = self.alphas_cumprod / (1 - self.alphas_cumprod)
        self.chances = (snr**-config.snr_power).cumsum(0) / (snr**-config.snr_power).sum()
        self.ids = context.ids_of(range(len(latents)), "train")
        self.rank, self.num_ranks = 0, 1
        self.probe_with: Callable[[], dict[str, float]] | None = None
        if context.device.type == "cpu":
            # scaled-dot-product attention's backward pass is slow there at these sizes; the explicit one is exact too
            module.set_attn_processor(AttnProcessor())

    def compute_loss(self, step: int) -> dict[str, Tensor]:
        """Return the noise-prediction loss of this process's share of a batch; its timesteps are spread evenly."""
        config, generator = self.config, step_generator(self.config.seed, step)
        batch, share = config.loop.batch_size, slice(self.rank, None, self.num_ranks)
        chosen = self._choose_scenes(generator)[share].numpy()
        places = (torch.arange(batch) + torch.rand(batch, generator=generator)) / batch
        timesteps = torch.searchsorted(self.chances, places).clamp(max=len(self.chances) - 1)[share]
        noise = torch.randn((batch, *self.latents.shape[1:]), generator=generator)[share]
        latents_bcyx = torch.from_numpy(self.latents[chosen].astype(np.float32))
        ids_bt = torch.from_numpy(self.ids[chosen].astype(np.int64))
        own = step_generator(config.seed + 1 + self.rank, step)
        context_btc = self.context.disturbed(ids_bt, config, own)
        alphas = self.alphas_cumprod[timesteps]
        noisy = alphas.sqrt().view(-1, 1, 1, 1) * latents_bcyx + (1 - alphas).sqrt().view(-1, 1, 1, 1) * noise
        device = self.context.device
        with torch.autocast(device.type, dtype=torch.bfloat16):
            predicted = self._unet(noisy.to(device), timesteps.to(device), context_btc, return_dict=False)[0]
        return {"loss": functional.mse_loss(predicted.float(), noise.to(device))}

    @cached_property
    def related(self) -> Tensor:
        """Scenes of two objects whose relation is said, shape (scene,)."""
        layouts = [describe_scene(seed, "train")[0] for seed in range(len(self.latents))]
        is_related = [len(layout.objects) == 2 and layout.relation is not None for layout in layouts]
        return torch.tensor(is_related).nonzero()[:, 0]

    def _choose_scenes(self, generator: torch.Generator) -> Tensor:
        """Draw the scenes of a whole batch."""
        config, batch = self.config, self.config.loop.batch_size
        chosen = torch.randint(len(self.latents), (batch,), generator=generator)
        if not config.related_share or not len(self.related):
            return chosen
        related = self.related[torch.randint(len(self.related), (batch,), generator=generator)]
        is_related = torch.rand(batch, generator=generator) < config.related_share
        return torch.where(is_related, related, chosen)

    def probe(self) -> dict[str, float]:
        """Return the figures of the probe that was set, if any."""
        return self.probe_with() if self.probe_with is not None else {}


def still_residuals(unet: UNet2DConditionModel) -> None:
    """Zero the last layer of every residual branch and of the output, as ldm does, so that training starts calm."""
    for name, module in unet.named_modules():
        if name.endswith((".conv2", ".proj_out")) or name == "conv_out":
            nn.init.zeros_(module.weight)
            nn.init.zeros_(module.bias)
