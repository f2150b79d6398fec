"""A generation and its settings: the fields that VXA reads or hands on."""

from dataclasses import dataclass, field
from typing import Any

import torch

from modules import sd_samplers_common, shared


def txt2img_image_conditioning(sd_model, x, width, height):
    if sd_model.model.conditioning_key in {"hybrid", "concat"} or sd_model.is_sdxl_inpaint:
        grey = torch.full((x.shape[0], 3, height, width), 0.5, device=x.device)
        latent = sd_samplers_common.images_tensor_to_samples(grey, 0, sd_model)
        return torch.nn.functional.pad(latent, (0, 0, 0, 0, 1, 0), value=1.0).to(x.dtype)
    return x.new_zeros(x.shape[0], 5, 1, 1)


@dataclass(repr=False)
class StableDiffusionProcessing:
    sd_model: Any = None
    outpath_samples: str | None = None
    outpath_grids: str | None = None
    prompt: str = ""
    negative_prompt: str = ""
    styles: list[str] | None = None
    seed: int = -1
    subseed: int = -1
    sampler_name: str | None = None
    batch_size: int = 1
    n_iter: int = 1
    steps: int = 50
    cfg_scale: float = 7.0
    width: int = 512
    height: int = 512
    do_not_save_samples: bool = False
    do_not_save_grid: bool = False
    extra_generation_params: dict[str, Any] | None = None
    override_settings: dict[str, Any] | None = None
    override_settings_restore_afterwards: bool = True
    disable_extra_networks: bool = False

    scripts: Any = field(default=None, init=False)
    script_args: Any = field(default=None, init=False)
    comments: dict[str, Any] = field(default_factory=dict, init=False)
    all_prompts: list[str] | None = field(default=None, init=False)
    all_negative_prompts: list[str] | None = field(default=None, init=False)
    all_seeds: list[int] | None = field(default=None, init=False)
    all_subseeds: list[int] | None = field(default=None, init=False)
    iteration: int = field(default=0, init=False)
    prompts: list[str] | None = field(default=None, init=False)
    negative_prompts: list[str] | None = field(default=None, init=False)
    seeds: list[int] | None = field(default=None, init=False)
    subseeds: list[int] | None = field(default=None, init=False)
    extra_network_data: dict[str, Any] | None = field(default=None, init=False)

    def __post_init__(self):
        self.styles = self.styles or []
        self.extra_generation_params = self.extra_generation_params or {}
        self.override_settings = self.override_settings or {}
        # a property in the webui: what is passed is ignored
        self.sd_model = shared.sd_model

    def comment(self, text):
        self.comments[text] = 1

    def close(self):
        self.sampler = None


@dataclass(repr=False)
class StableDiffusionProcessingTxt2Img(StableDiffusionProcessing):
    enable_hr: bool = False


@dataclass(repr=False)
class StableDiffusionProcessingImg2Img(StableDiffusionProcessing):
    init_images: list[Any] | None = None
