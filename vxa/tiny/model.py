"""The parts of the embedded model: built untrained from one configuration, loaded and saved in diffusers layout.

Knows widths and files; knows nothing of scenes or of training.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from safetensors.torch import save
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from vxa.core.errors import ConfigError
from vxa.core.whole_file import writing_file
from vxa.hosts.diffusers_host import DiffusersParts
from vxa.tiny.tokenizer import MAX_LENGTH, write_tokenizer

LATENT_LOG_VARIANCE = -6.0
"""Log-variance of the autoencoder's posterior, everywhere."""


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the model. Widths are multiples of 32, as ldm's group norms need."""

    latent_size: int = 16
    """Side of the latents the UNet is trained on; pictures are eight times larger."""
    vae_widths: tuple[int, ...] = (64, 64, 64, 64)
    """Channels per level; ldm needs integer multiples of the first.

    At a width of 32 the 32 groups of ldm's norms hold one channel each: the last norm then erases every absolute
    brightness, and training stalls at the mean grey.
    """
    unet_widths: tuple[int, ...] = (64, 128, 128)
    """Channels per level; self- and cross-attention stand at each, but perhaps the last."""
    unet_layers: int = 1
    """Blocks per level on the way down; there is one more on the way up."""
    attends_last: bool = True
    """Whether the last level, the coarsest, attends too. In SD1 it does not; the middle block always does."""
    num_heads: int = 4
    """Attention heads of the UNet, the same at all levels as in SD1."""
    text_width: int = 128
    """Channels of the text encoder and of the UNet's context."""
    text_layers: int = 3
    """Transformer layers of the text encoder."""

    @property
    def picture_side(self) -> int:
        """Side of the pictures in pixels."""
        return 8 * self.latent_size


RECIPES = {
    "embedded": ModelConfig(),
    "sd1": ModelConfig(latent_size=32, unet_widths=(32, 64, 128, 128), unet_layers=2, attends_last=False, num_heads=8),
}
"""Models by name: the one that is shipped, and one of SD1's exact topology (16 cross-attention layers, 128 heads) on
pictures of 256×256."""


def build_vae(config: ModelConfig) -> AutoencoderKL:
    """Return an untrained autoencoder: 3 -> 4 channels at an eighth of the size.

    The latents' noise is constant and small: its log-variance, learnt as usual, falls back to a normal distribution
    before the decoder has found any use for the latents.
    """
    num_levels = len(config.vae_widths)
    vae: Any = AutoencoderKL(
        **_blocks(("DownEncoderBlock2D",) * num_levels, ("UpDecoderBlock2D",) * num_levels, config.vae_widths, 1),
        latent_channels=4,
        norm_num_groups=32,
        sample_size=config.picture_side,
    )
    nn.init.zeros_(vae.quant_conv.weight[4:])
    nn.init.constant_(vae.quant_conv.bias[4:], LATENT_LOG_VARIANCE)
    return vae


def build_unet(config: ModelConfig) -> UNet2DConditionModel:
    """Return an untrained UNet with attention at every level, or at every one but the coarsest."""
    attends = [True] * (len(config.unet_widths) - 1) + [config.attends_last]
    down = tuple("CrossAttnDownBlock2D" if one else "DownBlock2D" for one in attends)
    up = tuple("CrossAttnUpBlock2D" if one else "UpBlock2D" for one in reversed(attends))
    return UNet2DConditionModel(
        sample_size=config.latent_size,
        **_blocks(down, up, config.unet_widths, config.unet_layers),
        cross_attention_dim=config.text_width,
        attention_head_dim=config.num_heads,
        norm_num_groups=32,
    )


def _blocks(down: tuple[str, ...], up: tuple[str, ...], widths: tuple[int, ...], layers: int) -> dict[str, Any]:
    """Return the options of the levels."""
    return {
        "down_block_types": down,
        "up_block_types": up,
        "block_out_channels": widths,
        "layers_per_block": layers,
    }


def build_text_encoder(config: ModelConfig, vocabulary_size: int) -> CLIPTextModel:
    """Return an untrained CLIP text encoder.

    The bias of its last norm starts off zero: a final state whose mean is exactly zero makes the webui's "Original"
    emphasis divide by zero.
    """
    text_config = CLIPTextConfig(
        vocab_size=vocabulary_size,
        hidden_size=config.text_width,
        intermediate_size=4 * config.text_width,
        num_hidden_layers=config.text_layers,
        num_attention_heads=4,
        max_position_embeddings=MAX_LENGTH,
        hidden_act="quick_gelu",
        projection_dim=config.text_width,
        bos_token_id=vocabulary_size - 2,
        eos_token_id=vocabulary_size - 1,
        pad_token_id=vocabulary_size - 1,
    )
    encoder = CLIPTextModel(text_config)
    final_bias = [value for name, value in encoder.named_parameters() if name.endswith("final_layer_norm.bias")]
    nn.init.constant_(final_bias[-1], 0.02)
    return encoder


def build_scheduler() -> DDIMScheduler:
    """Return SD1's noise schedule."""
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type="epsilon",
    )


@dataclass
class ModelParts:
    """The five parts of a text-to-image model, all on one device."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    scheduler: DDIMScheduler

    def save(self, folder: Path) -> None:
        """Write the diffusers layout with float16 safetensors; the parts in memory keep their type.

        Args:
            folder: Made if absent; parts in it are replaced.
        """
        self.unet.save_config(folder / "unet")
        self.vae.save_config(folder / "vae")
        self.text_encoder.config.architectures = ["CLIPTextModel"]
        self.text_encoder.config.save_pretrained(folder / "text_encoder")
        _save_half(self.unet.state_dict(), folder / "unet" / "diffusion_pytorch_model.safetensors")
        _save_half(self.vae.state_dict(), folder / "vae" / "diffusion_pytorch_model.safetensors")
        _save_half(_with_old_names(self.text_encoder.state_dict()), folder / "text_encoder" / "model.safetensors")
        write_tokenizer(folder / "tokenizer")
        self.scheduler.save_pretrained(folder / "scheduler")
        index = {
            "_class_name": "StableDiffusionPipeline",
            "_diffusers_version": "0.21.0",
            "feature_extractor": [None, None],
            "requires_safety_checker": False,
            "safety_checker": [None, None],
            "scheduler": ["diffusers", "DDIMScheduler"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
            "unet": ["diffusers", "UNet2DConditionModel"],
            "vae": ["diffusers", "AutoencoderKL"],
        }
        (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")

    def to(self, device: torch.device | str) -> ModelParts:
        """Move everything that computes to a device, in place, and return it."""
        for module in (self.unet, self.vae, self.text_encoder):
            module.to(device)  # type: ignore[arg-type]
        return self

    def as_diffusers(self) -> DiffusersParts:
        """Return the parts as `DiffusersHost` takes them."""
        return DiffusersParts(self.unet, self.vae, (self.text_encoder,), (self.tokenizer,), self.scheduler)

    @classmethod
    def load(cls, folder: Path) -> ModelParts:
        """Read a folder written by `save`, in float32 and evaluation mode, without any network.

        Raises:
            ConfigError: If there is none.
        """
        check_folder(folder)
        return cls(
            unet=UNet2DConditionModel.from_pretrained(folder / "unet").float().eval(),
            vae=AutoencoderKL.from_pretrained(folder / "vae").float().eval(),
            text_encoder=CLIPTextModel.from_pretrained(folder / "text_encoder").float().eval(),
            tokenizer=CLIPTokenizer.from_pretrained(folder / "tokenizer"),
            scheduler=DDIMScheduler(**_read_config(folder / "scheduler" / "scheduler_config.json")),
        )


def check_folder(folder: Path) -> None:
    """Refuse what is no model.

    Raises:
        ConfigError: If the folder holds none in diffusers layout.
    """
    if not (folder / "model_index.json").is_file():
        remedy = "Name a folder with a model_index.json."
        raise ConfigError("a model's folder in diffusers layout", got=str(folder), remedy=remedy)


def _read_config(path: Path) -> dict[str, Any]:
    """Return a scheduler's options without the entries that diffusers keeps for itself."""
    options = json.loads(path.read_text(encoding="utf-8"))
    return {name: value for name, value in options.items() if not name.startswith("_")}


def _save_half(state: dict[str, Tensor], path: Path) -> None:
    """Write weights in float16."""
    half = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    with writing_file(path) as file:
        file.write(save({name: value.contiguous() for name, value in half.items()}, metadata={"format": "pt"}))


def _with_old_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the text encoder's weights under the names of transformers 4, which 5 reads as well.

    transformers 5 dropped the prefix; 4.30 finds nothing without it and goes on with random weights.
    """
    prefix = "text_model."
    return {name if name.startswith(prefix) else prefix + name: value for name, value in state.items()}


def build_model(config: ModelConfig, folder: Path, seed: int = 0) -> ModelParts:
    """Build every part untrained.

    Args:
        config: The sizes.
        folder: Where the tokenizer's files are written, in a folder of that name.
        seed: Seed of the random weights; the caller's random state is left as it was.
    """
    vocabulary_size = write_tokenizer(folder / "tokenizer")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ModelParts(
            unet=build_unet(config).eval(),
            vae=build_vae(config).eval(),
            text_encoder=build_text_encoder(config, vocabulary_size).eval(),
            tokenizer=CLIPTokenizer.from_pretrained(folder / "tokenizer"),
            scheduler=build_scheduler(),
        )
