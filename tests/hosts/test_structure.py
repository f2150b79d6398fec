from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from vxa.core.errors import UnsupportedModelError
from vxa.hosts.diffusers_host import DiffusersParts
from vxa.hosts.structure import (
    check_parts,
    context_width_of,
    downscale_of,
    family_of,
    levels_of,
    prediction_type_of,
)

PartsOf = Callable[..., DiffusersParts]


def _unet(**config: Any) -> Any:
    return SimpleNamespace(config=SimpleNamespace(**config))


@pytest.mark.parametrize(
    ("width", "family"),
    [(768, "sd1"), (1024, "sd2"), (2048, "sdxl"), (128, "tiny"), ([768, 768], "sd1"), (1280, "other")],
)
def test_family_follows_from_the_width_of_the_context(width: Any, family: str) -> None:
    assert family_of(_unet(cross_attention_dim=width)) == family


def test_widths_that_differ_are_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="one width"):
        context_width_of(_unet(cross_attention_dim=[768, 1024]))


def test_sizes_follow_from_the_levels(parts_of: PartsOf) -> None:
    parts = parts_of("sd2")
    assert (levels_of(parts.unet), downscale_of(parts.vae)) == (2, 8)
    assert prediction_type_of(parts.scheduler) == "v_prediction"


def test_sample_prediction_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="noise"):
        prediction_type_of(SimpleNamespace(config={"prediction_type": "sample"}))


@pytest.mark.parametrize("family", ["sd2", "sdxl"])
def test_parts_that_fit_pass(parts_of: PartsOf, family: str) -> None:
    parts = parts_of(family)
    check_parts(parts.unet, parts.vae, parts.text_encoders, parts.tokenizers)


def test_inpainting_models_are_refused(parts_of: PartsOf) -> None:
    parts = parts_of("sd2")
    parts.unet.register_to_config(in_channels=9)
    with pytest.raises(UnsupportedModelError, match="inpainting"):
        check_parts(parts.unet, parts.vae, parts.text_encoders, parts.tokenizers)


def test_refiners_are_refused(parts_of: PartsOf) -> None:
    parts = parts_of("sdxl")
    with pytest.raises(UnsupportedModelError, match="refiner"):
        check_parts(parts.unet, parts.vae, parts.text_encoders[1:], parts.tokenizers[1:])


def test_text_encoders_of_another_width_are_refused(parts_of: PartsOf) -> None:
    parts, other = parts_of("sd2"), parts_of("sdxl")
    with pytest.raises(UnsupportedModelError, match="32 channels"):
        check_parts(parts.unet, parts.vae, other.text_encoders[:1], other.tokenizers[:1])


@pytest.mark.parametrize("key", ["shift_factor", "latents_mean"])
def test_shifted_latents_are_refused(parts_of: PartsOf, key: str) -> None:
    parts = parts_of("sd2")
    parts.vae.register_to_config(**{key: 0.1})
    with pytest.raises(UnsupportedModelError, match=key):
        check_parts(parts.unet, parts.vae, parts.text_encoders, parts.tokenizers)
