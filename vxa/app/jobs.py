"""What can be asked for: each job is one frozen dataclass of settings.

Command line, form, JSON and the metadata of saved pictures are all made from these declarations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.job import DrawJob, Job, LookJob, VectorsJob
from vxa.app.settings import again, from_json, setting
from vxa.core.errors import ConfigError, did_you_mean
from vxa.methods.head_lens import HeadLens
from vxa.methods.registry import PRESETS

MODES = ("heat", "mask", "grey", "threshold")


@dataclass(frozen=True, kw_only=True)
class MapJob(LookJob, VectorsJob):
    """Settings that every job on word maps shares."""

    draws_picture: ClassVar[bool]
    """Whether it draws the picture that it looks at; else one is given."""

    prompt: str = setting("text", "Prompt", "Text whose words are looked at.")
    tokens: str = setting(
        "text",
        "Indices of tokens / words",
        "Words, phrases, indices (3) or ranges (1-3), separated by commas; blank: all but BOS.",
        "",
    )
    combine: bool = setting("flag", "One map", "Show the chosen tokens together in one map.", False)
    preset: str = again(LookJob, "preset", "daam", names=(*PRESETS, HeadLens.name))
    lens: str = setting(
        "text", "Head lens", "Concept whose heads the preset head-lens looks through, or heads by number (17, 20-23).",
        "",
    )  # fmt: skip
    layers: str = setting(
        "text",
        "Cross-attention layer",
        "Layer names or groups (middle, down, up, all, 16x16), separated by commas; blank: the preset's own.",
        "",
    )
    heads: tuple[int, ...] = setting("ints", "Heads", "Head numbers from 0 in each layer; blank: all.", (), low=0)
    modes: tuple[str, ...] = setting(
        "choices", "Output pictures", "Kinds of picture drawn for each word.", ("heat", "mask", "grey"), names=MODES
    )
    threshold: float | None = setting(
        "float", "Threshold", "Value that parts a word from the rest; auto: Otsu's.", None, low=0, high=1, optional=True
    )
    layer_sheet: bool = setting("flag", "Layer sheet", "Draw a sheet of every layer's own map too.", False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.modes:
            raise ConfigError("at least one mode", got="none", remedy=f"There are: {', '.join(MODES)}.")
        self._check_lens()

    @property
    def needs_heads(self) -> bool:
        """Whether its maps are made of single heads."""
        return bool(self.heads) or self.preset == HeadLens.name

    def _check_lens(self) -> None:
        if self.preset == HeadLens.name and not self.lens.strip():
            raise ConfigError("a concept or heads to look through", got="neither", remedy="Name them in the lens.")
        if self.lens.strip() and (self.preset != HeadLens.name or self.heads):
            got = "heads of each layer too" if self.heads else f"the preset {self.preset}"
            raise ConfigError(f"a lens with the preset {HeadLens.name} alone", got=got, remedy="Leave one of them out.")


@dataclass(frozen=True, kw_only=True)
class VisualizeJob(MapJob):
    """Look at a picture that exists: which of its pixels listen to which word of a prompt."""

    kind: ClassVar[str] = "visualize"
    draws_picture: ClassVar[bool] = False

    timesteps: tuple[int, ...] = setting(
        "ints",
        "Time embedding (timesteps)",
        "Timesteps (0 clean … 999 noise) the picture is looked at; several are averaged.",
        (100, 240),
        low=0,
        high=999,
    )
    noise: bool = setting("flag", "Noise", "Noise the picture to the timestep, as the model knows it.", True)
    draws: int = setting("int", "Noise draws", "Noise draws averaged at each timestep.", 2, low=1, high=64)
    seed: int = setting("int", "Seed", "Seed of the first draw.", 0, low=0, high=2**32 - 1)
    unit_range: bool = setting(
        "flag", "[0,1] input", "Feed the encoder pixels in [0, 1] as the original VXA did (wrongly).", False
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.timesteps:
            raise ConfigError("at least one timestep", got="none", remedy="100, 240 is a good choice.")


@dataclass(frozen=True, kw_only=True)
class GenerateJob(MapJob, DrawJob):
    """Draw a picture from a prompt and collect word maps on the way."""

    kind: ClassVar[str] = "generate"
    draws_picture: ClassVar[bool] = True

    record_steps: tuple[int, ...] = setting(
        "ints", "Steps recorded", "Sampler steps whose maps are averaged, from 0; blank: all.", (), low=0, high=999
    )


JOBS: dict[str, type[Job]] = {
    job.kind: job for job in (VisualizeJob, GenerateJob, EditJob, InvertJob, PaintJob, ExciteJob, AdjustJob, WeakenJob)
}


def job_from_json(values: object) -> Job:
    """Make the job that `to_json` wrote.

    Raises:
        ConfigError: If it is of no known kind or a setting is wrong.
    """
    named: Mapping[str, Any] = values if isinstance(values, Mapping) else {}
    kind = named.get("job")
    if not isinstance(kind, str) or kind not in JOBS:
        raise ConfigError("a job of a known kind", got=repr(kind), remedy=did_you_mean(str(kind), JOBS))
    return from_json(JOBS[kind], {name: value for name, value in named.items() if name != "job"})


def job_text(job: Job) -> str:
    """Write a job as one line of JSON, the same every time."""
    return json.dumps(job.to_json(), sort_keys=True, ensure_ascii=False)
