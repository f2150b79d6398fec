"""A real picture made ready to be edited: inverted, drawn again, and kept in a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from vxa.app.editing.drawing import Beginning, Phases, Run, draw
from vxa.app.editing.invert_job import InvertJob
from vxa.app.pixels import Picture, decode, encode
from vxa.app.progress import Progress, no_progress
from vxa.app.provenance import KEY
from vxa.app.settings import from_json
from vxa.core.errors import ConfigError, HostError, OutputError
from vxa.core.grid import Grid
from vxa.core.psnr import psnr
from vxa.engine.host import Host, HostInfo
from vxa.engine.sampling import SamplingPlan, Start
from vxa.methods.ddim_inversion import NoiseLevels, Trajectory, invert
from vxa.methods.null_text import NullText, optimise_null_text
from vxa.methods.refined_inversion import RefinedInversion, invert_refined
from vxa.render.padding import Padding, pad_to_multiple

INVERSION_NAME = "inversion.safetensors"
"""File that keeps an inversion."""
_PICTURES = ("picture", "reconstruction", "encoded")
_LOOKING, _OPTIMISING, _AGAIN = "inverting the picture", "optimising the empty prompt", "drawing it again"


@dataclass(frozen=True, eq=False)
class Inversion:
    """A picture, the noise it comes from, and how well the model draws it again."""

    job: InvertJob
    """What was asked."""
    picture: Picture
    """The picture itself, shape (height, width, 3)."""
    latents: tuple[Tensor, ...]
    """Latents, clean first, the noise last, shape (1, channels, y, x); of every step but for the refined inversion."""
    unconds: tuple[Tensor, ...]
    """Contexts that null-text optimisation found, one a step; else none."""
    reconstruction: Picture
    """The picture drawn again."""
    encoded: Picture
    """The picture after encoder and decoder alone: as good as it gets."""
    model: HostInfo
    """Who inverted it."""

    @property
    def error(self) -> float:
        """How alike picture and reconstruction are: PSNR, dB."""
        return psnr(self.picture, self.reconstruction)

    @property
    def least_error(self) -> float:
        """PSNR that encoder and decoder alone leave."""
        return psnr(self.picture, self.encoded)

    def beginning(self, host: Host) -> Beginning:
        """Give what runs that draw or edit it begin with."""
        if self.job.inversion == "refined":
            return Beginning(Start(noise_bcyx=self.latents[-1]))
        levels = NoiseLevels.of(host, self.job.steps)
        size = Grid(*self.latents[0].shape[-2:]).times(host.info.downscale)
        trajectory = Trajectory(self.job.prompt, size, levels, self.latents)
        held = trajectory if self.job.inversion == "direct" else None
        return Beginning(trajectory.start, self.unconds or None, held)


def invert_picture(job: InvertJob, picture: Picture, host: Host, progress: Progress = no_progress) -> Inversion:
    """Invert a picture and draw it again.

    Args:
        job: How.
        picture: Shape (height, width, 3), uint8; padded by reflection to the model's multiple.
        host: The model.
        progress: Told after every step.
    """
    optimising = {_OPTIMISING: job.steps} if job.inversion == "null-text" else {}
    phases = Phases(progress, {_LOOKING: job.steps, **optimising, _AGAIN: job.steps})
    with host.running():
        latents_bcyx, padding = encode(host, picture)
        encoded = decode(host, latents_bcyx, padding)[0]
        latents, unconds = _find_noise(job, latents_bcyx, host, phases)
        draft = Inversion(job, picture, latents, unconds, encoded, encoded, host.info)
        size = Grid(padding.padded_height, padding.padded_width)
        again = draw(host, Run(plan_of(job, size)), phases.of(_AGAIN), beginning=draft.beginning(host), padding=padding)
    return Inversion(job, picture, latents, unconds, again.pictures[0], encoded, host.info)


def plan_of(job: InvertJob, size: Grid) -> SamplingPlan:
    """Plan to draw the picture of an inversion again."""
    return SamplingPlan((job.prompt,), size, (0,), job.negative, job.steps, job.guidance)


def _find_noise(
    job: InvertJob, latents_bcyx: Tensor, host: Host, phases: Phases
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    if job.inversion == "refined":
        config = RefinedInversion(job.guidance, job.steps, negative=job.negative)
        return (latents_bcyx, invert_refined(host, latents_bcyx, job.prompt, config, phases.of(_LOOKING))), ()
    trajectory = invert(host, latents_bcyx, job.prompt, num_steps=job.steps, on_progress=phases.of(_LOOKING))
    if job.inversion != "null-text" or job.guidance <= 1:  # without guidance no empty prompt is run
        return trajectory.latents, ()
    config = NullText(job.guidance, job.null_steps, negative=job.negative)
    return trajectory.latents, tuple(optimise_null_text(host, trajectory, config, phases.of(_OPTIMISING)))


def save_inversion(inversion: Inversion, path: Path) -> None:
    """Write an inversion to a file.

    Raises:
        OutputError: If it cannot be written.
    """
    tensors = {f"latents.{number:04}": latents.cpu().contiguous() for number, latents in enumerate(inversion.latents)}
    tensors |= {f"unconds.{number:04}": context.cpu().contiguous() for number, context in enumerate(inversion.unconds)}
    for name in _PICTURES:
        tensors[name] = torch.from_numpy(np.array(getattr(inversion, name)))
    try:
        # one entry: several are written in any order
        about = json.dumps({"job": inversion.job.to_json(), "model": inversion.model.hash}, sort_keys=True)
        save_file(tensors, path, {KEY: about})
    except (OSError, SafetensorError) as error:
        raise OutputError(f"to write {path}", got=error, remedy="Choose a folder with room to write.") from error


def load_inversion(path: Path | str, host: Host) -> Inversion:
    """Read what `save_inversion` wrote.

    Args:
        path: The file, or the folder it is in.
        host: The model that it was made with.

    Raises:
        ConfigError: If there is no such file, or it is damaged.
        HostError: If it was made with another model.
    """
    job, model_hash, tensors = _read(path)
    if model_hash != host.info.hash:
        raise HostError(
            f"an inversion made with {host.info.name} (hash {host.info.hash})",
            got=f"one made with hash {model_hash}",
            remedy="Name its model with --model, or invert the picture again.",
        )

    def series(name: str) -> tuple[Tensor, ...]:
        return tuple(tensors[key].to(host.device) for key in sorted(tensors) if key.startswith(f"{name}."))

    picture, reconstruction, encoded = (tensors[name].numpy() for name in _PICTURES)
    found = Inversion(job, picture, series("latents"), series("unconds"), reconstruction, encoded, host.info)
    _check_shapes(path, found, pad_to_multiple(picture, host.info.size_multiple)[1], host)
    return found


def read_inverted_job(path: Path | str) -> InvertJob:
    """Read how a saved inversion was made; errors as of `load_inversion`."""
    return _read(path)[0]


def _read(path: Path | str) -> tuple[InvertJob, str, dict[str, Tensor]]:
    path = Path(path) / INVERSION_NAME if Path(path).is_dir() else Path(path)
    try:
        with safe_open(path, "pt") as file:
            about: dict[str, Any] = json.loads((file.metadata() or {})[KEY])
            job = from_json(InvertJob, {name: value for name, value in about["job"].items() if name != "job"})
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        if missing := {*_PICTURES} - set(tensors):
            raise KeyError(*missing)
        return job, about["model"], tensors
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"an inversion that `vxa invert` saved as {INVERSION_NAME}", got=f"{path} ({error})",
            remedy="Invert the picture again.",
        ) from error  # fmt: skip


def _check_shapes(path: Path | str, found: Inversion, padding: Padding, host: Host) -> None:
    grid = Grid(padding.padded_height, padding.padded_width).divided(host.info.downscale)
    shape = (1, host.info.latent_channels, grid.height, grid.width)
    counts = (2,) if found.job.inversion == "refined" else (found.job.steps + 1,)
    if len(found.latents) not in counts or any(tuple(latents.shape) != shape for latents in found.latents):
        raise ConfigError(
            f"{counts[0]} latents of shape {shape}", got=f"{len(found.latents)} others in {path}",
            remedy="Invert the picture again.",
        )  # fmt: skip
