"""What jobs share: a prompt, a model, how a picture is drawn and looked at; checked when a job is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from vxa.app.settings import check, setting, to_json
from vxa.core.errors import ConfigError
from vxa.hosts.schedulers import SCHEDULERS
from vxa.methods.registry import PRESETS
from vxa.render.colormaps import COLORMAPS

_SIZE_HELP = "Pixels; 0 takes the model's own, or a given picture's."


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that can be asked for, as one frozen dataclass of settings."""

    kind: ClassVar[str]
    """Name of the job in JSON, metadata and on the command line."""

    prompt: str = setting("text", "Prompt", "Text that describes the picture.")
    model: str = setting("text", "Model", "Model folder, .safetensors file or hub id; blank: the embedded model.", "")

    def __post_init__(self) -> None:
        check(self)
        if not self.prompt.strip():
            raise ConfigError("a prompt", got="an empty one", remedy="Describe the picture in words.")

    def to_json(self) -> dict[str, Any]:
        """Write the job as plain data."""
        return {"job": self.kind, **to_json(self)}


@dataclass(frozen=True, kw_only=True)
class GuidedJob(Job):
    """Settings of every job that runs the sampler."""

    negative: str = setting("text", "Negative prompt", "Text to steer away from.", "")
    steps: int = setting("int", "Steps", "Sampler steps.", 20, low=1, high=1000)
    guidance: float = setting(
        "float", "Guidance", "Classifier-free guidance scale; 1 switches it off.", 7.5, low=0, high=100
    )


@dataclass(frozen=True, kw_only=True)
class DrawJob(GuidedJob):
    """Settings of every job that draws a picture."""

    seed: int = setting("int", "Seed", "Seed of the starting noise.", 0, low=0, high=2**32 - 1)
    height: int = setting(
        "int", "Height", "Pixels; 0 takes the model's own, or a given picture's.", 0, low=0, high=8192
    )
    width: int = setting("int", "Width", "Pixels; 0 takes the model's own, or a given picture's.", 0, low=0, high=8192)
    scheduler: str = setting("choice", "Sampler", "Sampling method.", "ddim", names=SCHEDULERS)


@dataclass(frozen=True, kw_only=True)
class VectorsJob(Job):
    """Settings of every job that may ask which heads carry which concept."""

    vectors: str = setting(
        "text", "Head vectors", "File of head relevance vectors, as `vxa heads build` writes it; auto: those of the "
        "embedded model.", "auto",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LookJob(Job):
    """Settings of every job that shows maps."""

    preset: str = setting("choice", "Preset", "How layers and heads become one map.", "daam", names=tuple(PRESETS))
    colormap: str = setting("choice", "Colours", "Colour map of heat pictures.", "turbo", names=tuple(COLORMAPS))
    opacity: float = setting("float", "Opacity", "How much heat covers the picture.", 0.6, low=0, high=1)
